import { afterEach, describe, expect, test, vi } from 'vitest';
import type { LaneStub } from '../../functions/lanes.ts';
import type { Growth } from '../../src/telemetry/metrics.ts';
import { istioLine } from '../receive/payloads.ts';

const working: Promise<unknown>[] = [];
const context = {
  waitUntil: (work: Promise<unknown>) => void working.push(work),
  passThroughOnException() {},
  props: {},
};

const KAFKA = { MESHPULSE_KAFKA_BROKERS: 'kafka.example:9092' };

/** Takes everything, and keeps what it is told. */
function laneThatTakes() {
  const counted: Growth[] = [];
  const lane: LaneStub = {
    append: async () => ({ refused: null }),
    count: async (growth) => void counted.push(...growth),
    figures: async () => ({
      appendedRecords: 7,
      spilledRecords: 2,
      outboxBytes: 100,
      waitingBytes: 0,
      connected: true,
      growth: counted,
    }),
  };
  return lane;
}

/** A fresh isolate's worth of the Worker: it reads its settings once. */
async function worker(settings: Record<string, unknown> = {}) {
  const lane = laneThatTakes();
  vi.resetModules();
  const { default: entry } = await import('../../functions/worker.ts');
  return (path: string, init?: RequestInit) =>
    entry.fetch(
      new Request(`http://localhost${path}`, init),
      { ...KAFKA, LANE: { getByName: () => lane }, ...settings },
      context,
    );
}

/** Of a provider of the same name. */
async function token(name: string) {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(name));
  const sha256 = [...new Uint8Array(digest)].map((b) => b.toString(16).padStart(2, '0')).join('');
  return { provider: name, scopes: ['ingest'], sha256 };
}

afterEach(() => vi.restoreAllMocks());

describe('the Worker', () => {
  test('is up, and takes a body without a token where none is set', async () => {
    const fetch = await worker();
    expect(await (await fetch('/healthz')).json()).toEqual({ status: 'ok' });
    const response = await fetch('/v1/access-logs', { method: 'POST', body: istioLine() });
    expect(await response.json()).toEqual({ records: 1, accepted: 1, dead_lettered: {} });
  });

  test('knows the tokens of its secret', async () => {
    const fetch = await worker({ MESHPULSE_TOKENS: JSON.stringify([await token('sender')]) });
    const post = (path: string) => fetch(path, { method: 'POST', body: istioLine() });
    expect((await post('/v1/access-logs')).status).toBe(401);
    expect((await post('/t/sender/v1/access-logs')).status).toBe(200);
  });

  test('its lanes say what its isolates have counted, refusals too', async () => {
    const fetch = await worker({ MESHPULSE_LANES: '2' });
    await fetch('/v1/access-logs', { method: 'POST', body: istioLine() });
    await fetch('/v1/access-logs', { method: 'PUT', body: istioLine() });
    await Promise.all(working);
    const metrics = await (await fetch('/metrics')).text();
    expect(metrics).toContain('meshpulse_lane_records_total{lane="1",to="brokers"} 7');
    expect(metrics).toContain('meshpulse_lane_outbox_bytes{lane="0"} 100');
    const by = 'input="access_logs",lane="0"';
    expect(metrics).toContain(`meshpulse_records_acknowledged_total{provider="anonymous",${by}} 1`);
    expect(metrics).toContain(
      `meshpulse_requests_refused_total{code="method_not_allowed",${by}} 1`,
    );
  });

  test('a provider over the limit that the platform keeps is told so by its door, and counted', async () => {
    const keys: string[] = [];
    const limit = async ({ key }: { key: string }) => {
      keys.push(key);
      return { success: keys.filter((each) => each === key).length < 2 };
    };
    const fetch = await worker({
      POSTS_LIMIT: { limit },
      MESHPULSE_TOKENS: JSON.stringify([await token('a'), await token('b')]),
    });
    const post = (name: string) => fetch(`/t/${name}/api/v2/spans`, { method: 'POST', body: '[]' });
    expect((await post('a')).status).toBe(202);
    const refused = await post('a');
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1']);
    expect(await refused.text()).toContain('a sends too many requests');
    expect([(await post('b')).status, (await post('unknown')).status]).toEqual([202, 401]);
    expect(keys).toEqual(['a', 'a', 'b']);
  });

  test('a platform limit that does not answer lets everyone send', async () => {
    vi.spyOn(console, 'warn').mockImplementation(() => {});
    const limit = () => Promise.reject(new Error('down'));
    const fetch = await worker({ POSTS_LIMIT: { limit } });
    expect((await fetch('/api/v2/spans', { method: 'POST', body: '[]' })).status).toBe(202);
  });

  test('a post goes on although its client may have hung up', async () => {
    working.length = 0;
    const fetch = await worker();
    const answering = fetch('/v1/access-logs', { method: 'POST', body: istioLine() });
    expect(working).toHaveLength(1);
    expect(await working[0]).toBe(await answering);
  });

  test('its counters are for who may query', async () => {
    const sha256 = 'ab'.repeat(32);
    const fetch = await worker({
      MESHPULSE_TOKENS: JSON.stringify([{ provider: 'edge', scopes: ['ingest'], sha256 }]),
    });
    expect((await fetch('/metrics')).status).toBe(401);
  });

  test('takes its limits from its settings', async () => {
    const fetch = await worker({ MESHPULSE_MAX_INFLATED_BYTES: '100' });
    const response = await fetch('/v1/access-logs', { method: 'POST', body: istioLine() });
    expect(response.status).toBe(413);
  });

  test.each([
    ['MESHPULSE_MAX_RECORDS', 'many'],
    ['MESHPULSE_MAX_BODY_BYTES', '0'],
    ['MESHPULSE_OTLP_HEADERS', 'authorization=100%'],
    ['MESHPULSE_TOKENS', 'secret'],
    ['MESHPULSE_TOKENS', '[{"provider":"edge","scopes":["everything"],"sha256":"00"}]'],
  ])(
    'takes nothing while %s is wrong, and names it in the log without its value',
    async (name, value) => {
      const error = vi.spyOn(console, 'error').mockImplementation(() => {});
      const fetch = await worker({ [name]: value });
      const response = await fetch('/v1/access-logs', { method: 'POST', body: istioLine() });
      expect(response.status).toBe(500);
      expect(await response.text()).not.toContain(name);
      const logged = error.mock.calls.flat().join();
      expect(logged).toContain(name);
      expect(logged).not.toContain(value === '0' ? '"0"' : value);
    },
  );
});
