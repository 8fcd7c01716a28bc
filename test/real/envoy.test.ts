import { afterAll, beforeAll, expect, test } from 'vitest';
import { SlackStandIn } from '../notify/slack/stand-in.ts';
import { until } from '../stream/until.ts';
import { Client, times } from './envoy/client.ts';
import { CLUSTERS, LISTENERS, type Listener } from './envoy/config.ts';
import {
  type Breaker,
  CALLER,
  counters,
  expectedBins,
  expectedServices,
  logged,
  loggedOf,
  pick,
  type Service,
  servicesOfClusters,
  sumOf,
  unlike,
} from './envoy/expected.ts';
import { FORGED, PER_LISTENER, sendTraffic } from './envoy/traffic.ts';
import { exactP99, type Line, tally } from './envoy/truth.ts';
import { startWorld, told, type World } from './envoy/world.ts';
import { describePart } from './parts.ts';

describePart('envoy', 'A real Envoy that reports to a real server', (binary) => {
  let world: World;
  let lines: Line[];
  let stats: Readonly<Record<string, number>>;

  beforeAll(async () => {
    world = await startWorld(binary);
    await sendTraffic(world.envoy, world.upstream);
    await world.settled();
    lines = world.envoy.lines();
    stats = await world.envoy.stats();
  });
  afterAll(async () => {
    expect(await world?.stop()).toBe(0);
  });

  test('got an answer it takes for written to every report', () => {
    expect(lines.length).toBeGreaterThan(700);
    const { requests, spans, reports, asTheyMustBeAnswered, dropped } = told(stats);
    expect({ requests, spans, dropped }).toEqual({
      requests: lines.length,
      spans: lines.length,
      dropped: 0,
    });
    expect(asTheyMustBeAnswered).toBe(reports);
  });

  test('has each request counted once per service, as its own file log says', async () => {
    const expected = expectedServices(lines);
    const read = async () => {
      const { services } = await world.meshpulse.get<{ services: Service[] }>('/api/v1/services');
      return Object.fromEntries(
        services.map(({ service, windows }) => [service, pick(windows['5m'])]),
      );
    };
    await expect.poll(read, { timeout: 15_000 }).toEqual(expected);
    // Or nothing was shown.
    const { successes, failures, refused } = expected['ratings.default']!;
    expect(Math.min(successes, failures, refused)).toBeGreaterThan(0);
  });

  test('has the subsets v1 and v2 apart', async () => {
    const { subsets } = await world.meshpulse.get<Service>('/api/v1/services/reviews.default');
    const found = subsets.map(({ subset, windows }) => [subset, pick(windows['5m'])]);
    const of = (cluster: string) => ({ reporter: 'source', ...tally(logged(lines, cluster)) });
    expect(Object.fromEntries(found)).toEqual({
      v1: of(CLUSTERS.reviewsV1),
      v2: of(CLUSTERS.reviewsV2),
    });
  });

  test('counts the same itself: upstream_rq_xx, overflows, no healthy host', async () => {
    const { services } = await world.meshpulse.get<{ services: Service[] }>('/api/v1/services');
    const rows = Object.entries(servicesOfClusters()).map(([service, clusters]) => {
      const mesh = services.find((one) => one.service === service)!.windows['5m'];
      const envoy = counters(stats, clusters);
      const known = service === 'details.default' ? unlike(2) : unlike(0);
      // What Envoy keeps apart: a body broken off is a 2xx, an abort by the fault filter and a stream over its
      // longest duration are no upstream_rq_xx; and what its text log lost to forged columns.
      expect({
        service,
        successes: mesh.successes + known.broken + known.forged,
        failures: mesh.failures - known.broken - known.faults - known.overlong + mesh.refused,
        refused: mesh.refused,
      }).toEqual({
        service,
        successes: envoy.good,
        failures: envoy['5xx'],
        refused: envoy.refused,
      });
      return { service, ...pick(mesh), 'envoy 2-4xx': envoy.good, 'envoy 5xx': envoy['5xx'] };
    });
    expect(sumOf(stats, 'upstream_rq_pending_overflow')).toBeGreaterThan(0);
    expect(sumOf(stats, 'upstream_rq_active_overflow')).toBeGreaterThan(0);
    console.table(rows);
  });

  test('has every record in one bin of its own provider and input', async () => {
    const metrics = await world.meshpulse.metrics();
    const bins = ['counted', 'excluded', 'duplicate', 'late', 'dead_lettered'];
    for (const listener of Object.keys(LISTENERS) as Listener[]) {
      const own = lines.filter((line) => line.listener === listener);
      for (const input of ['otlp_logs', 'zipkin_spans']) {
        const value = (bin: string) =>
          metrics.get(`meshpulse_events_${bin}_total{provider="${listener}",input="${input}"}`);
        if (input === 'otlp_logs' && listener === 'spans') {
          expect(value('received')).toBeUndefined();
          continue;
        }
        expect({
          listener,
          input,
          ...Object.fromEntries(bins.map((bin) => [bin, value(bin)])),
        }).toEqual({
          listener,
          input,
          ...expectedBins(listener, input, own),
        });
        expect(value('received')).toBe(own.length);
      }
    }
  });

  test('has its p99 within 1 % of the exact nearest rank', async () => {
    const { services } = await world.meshpulse.get<{ services: Service[] }>('/api/v1/services');
    const rows = ['details.default', 'reviews.default'].map((service) => {
      const { p99_latency, latency_samples } = services.find((one) => one.service === service)!
        .windows['5m'];
      const exact = exactP99(loggedOf(lines, service));
      expect(latency_samples).toBeGreaterThan(200);
      expect(Math.abs(p99_latency! - exact) / exact).toBeLessThanOrEqual(0.01);
      return { service, samples: latency_samples, p99: p99_latency, exact };
    });
    console.table(rows);
  });

  test('loses nothing of the neighbours of hostile User-Agents', async () => {
    const { dead_letters } = await world.meshpulse.get<{
      dead_letters: { provider: string; reason: string; sample: string }[];
    }>('/api/v1/dead-letters');
    expect(dead_letters).toHaveLength(PER_LISTENER.forged);
    for (const { provider, reason, sample } of dead_letters) {
      expect([provider, reason]).toEqual(['text', 'wrong_field_count']);
      expect(sample).toContain(FORGED);
    }
    // Envoy's JSON shows a byte that is not UTF-8 as a character of Latin-1.
    expect(lines.filter(({ agent }) => agent?.startsWith('a\u00ff\u00fe'))).toHaveLength(2);
  });

  test('adds nothing when it ends', async () => {
    const before = await world.meshpulse.metrics();
    await world.envoy.stop();
    const after = await world.meshpulse.metrics();
    const events = (all: ReadonlyMap<string, number>) =>
      [...all].filter(([name]) => name.startsWith('meshpulse_events_'));
    expect(events(after)).toEqual(events(before));
  });
});

describePart('envoy', 'Failures through a real Envoy that tells of each twice', (binary) => {
  let world: World;
  const slack = new SlackStandIn([]);

  beforeAll(async () => {
    world = await startWorld(binary, { MESHPULSE_SLACK_WEBHOOK_URL: await slack.listen() });
  });
  afterAll(async () => {
    await world?.stop();
    await slack.close();
  });

  /** Fails so many requests; resolves to the breakers of the service once its windows show them all. */
  async function fail(service: string, count: number): Promise<Breaker[]> {
    const client = new Client(world.envoy.port('attributes'));
    await times(count, 4, () => client.get(service, '/status/503'));
    client.close();
    await world.settled();
    const read = async () => {
      const { windows } = await world.meshpulse.get<Service>(`/api/v1/services/${service}`);
      return pick(windows['5m']);
    };
    const failures = { requests: count, successes: 0, failures: count, refused: 0, excluded: 0 };
    await expect.poll(read, { timeout: 15_000 }).toEqual({ ...failures, reporter: 'source' });
    const path = `/api/v1/breakers?basis=inferred&service=${service}`;
    return (await world.meshpulse.get<{ breakers: Breaker[] }>(path)).breakers;
  }

  test('leave a breaker closed that wants twenty calls and has had twelve', async () => {
    expect(await fail('details.default', 12)).toEqual([
      expect.objectContaining({ rollup: true, state: 'CLOSED', calls: 12, failed: 12 }),
      expect.objectContaining({ source: CALLER, state: 'CLOSED', calls: 12, failed: 12 }),
    ]);
  });

  test('open the breaker when they are sixty, and Slack hears of it once', async () => {
    expect(await fail('payments.default', 60)).toEqual([
      expect.objectContaining({ rollup: true, state: 'OPEN', calls: 60, failed: 60 }),
      expect.objectContaining({ source: CALLER, state: 'OPEN', calls: 60, failed: 60 }),
    ]);
    await until('Slack is told', () => slack.bodies.length > 0);
    // What a drain still sends would be a second message.
    expect(await world.stop()).toBe(0);
    expect(slack.bodies).toHaveLength(1);
    expect(slack.bodies[0]).toContain('Breaker open: payments.default');
  });
});
