import { afterAll, beforeAll, expect, test } from 'vitest';
import { SlackStandIn } from '../notify/slack/stand-in.ts';
import { until } from '../stream/until.ts';
import { Client, times } from './envoy/client.ts';
import { CLUSTERS, LISTENERS, type Listener } from './envoy/config.ts';
import { PER_LISTENER, sendTraffic } from './envoy/traffic.ts';
import { exactP99, type Line, outcomeOf, type Tally, tally } from './envoy/truth.ts';
import { isLogged, startWorld, told, type World } from './envoy/world.ts';
import { describePart } from './parts.ts';

interface Stats extends Tally {
  reporter: string;
  p99_latency: number | null;
  latency_samples: number;
}

interface Service {
  service: string;
  windows: Record<'5m' | '1h', Stats>;
  subsets: { subset: string; windows: Record<'5m' | '1h', Stats> }[];
}

const FORGED = 'x" "AJ" "WAS" "HERE';

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
    expect(told(stats)).toEqual({
      requests: lines.length,
      logs: lines.filter(isLogged).length,
      spans: lines.length,
      dropped: 0,
    });
  });

  test('has each request counted once per service, as its own file log says', async () => {
    const expected = expectedServices(lines);
    const read = async () => {
      const { services } = await world.meshpulse.get<{ services: Service[] }>('/api/v1/services');
      return Object.fromEntries(
        services.map(({ service, windows }) => [service, { ...pick(windows['5m']) }]),
      );
    };
    await expect.poll(read, { timeout: 15_000 }).toEqual(expected);
    for (const { refused, failures, successes } of [expected['ratings.default']!]) {
      expect(Math.min(refused, failures, successes)).toBeGreaterThan(0);
    }
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

describePart('envoy', 'Sixty failures through a real Envoy', (binary) => {
  let world: World;
  const slack = new SlackStandIn([]);

  beforeAll(async () => {
    world = await startWorld(binary, { MESHPULSE_SLACK_WEBHOOK_URL: await slack.listen() });
  });
  afterAll(async () => {
    await world?.stop();
    await slack.close();
  });

  test('open the breaker, and Slack hears of it once', async () => {
    const client = new Client(world.envoy.port('attributes'));
    await times(60, 4, () => client.get('reviews.default', '/v1/status/503'));
    client.close();
    await world.settled();

    const read = async () => {
      const { windows } = await world.meshpulse.get<Service>('/api/v1/services/reviews.default');
      return windows['5m'].failures;
    };
    await expect.poll(read, { timeout: 15_000 }).toBe(60);
    await until('Slack is told', () => slack.bodies.length > 0);
    const { breakers } = await world.meshpulse.get<{ breakers: object[] }>(
      '/api/v1/breakers?state=OPEN',
    );
    expect(breakers).toContainEqual(
      expect.objectContaining({ key: 'inferred:*:reviews.default:*', calls: 60, failed: 60 }),
    );
    // What a drain still sends would be a second message.
    expect(await world.stop()).toBe(0);
    expect(slack.bodies).toHaveLength(1);
  });
});

const pick = ({ requests, successes, failures, refused, excluded, reporter }: Stats) => ({
  requests,
  successes,
  failures,
  refused,
  excluded,
  reporter,
});

/** The service a request was for, by the plainest reading: its cluster's host, else its authority. */
function serviceOf({ cluster, authority }: Line): string {
  const host = cluster?.split('|')[3] ?? authority.split(':')[0]!;
  return host.replace('.svc.cluster.local', '');
}

/** A line of text with forged columns is not evidence of anything. */
const isForged = ({ listener, agent }: Line) => listener === 'text' && agent === FORGED;

const logged = (lines: readonly Line[], cluster: string) =>
  lines.filter((line) => isLogged(line) && !isForged(line) && line.cluster === cluster);

const loggedOf = (lines: readonly Line[], service: string) =>
  lines.filter((line) => isLogged(line) && !isForged(line) && serviceOf(line) === service);

function expectedServices(lines: readonly Line[]): Record<string, Tally & { reporter: string }> {
  const names = new Set(lines.map(serviceOf));
  const services = [...names].map((service): [string, Tally & { reporter: string }] => {
    const own = loggedOf(lines, service);
    return own.length > 0
      ? [service, { ...tally(own), reporter: 'source' }]
      : [
          service,
          { ...tally(lines.filter((line) => serviceOf(line) === service)), reporter: 'spans' },
        ];
  });
  // A span without an upstream cluster tells of a request to the proxy's own service.
  const unrouted = lines.filter(({ listener, cluster }) => listener === 'text' && cluster === null);
  const own = ['productpage.default', { ...tally(unrouted), reporter: 'spans' }] as const;
  return Object.fromEntries([...services, own]);
}

function expectedBins(listener: Listener, input: string, own: readonly Line[]) {
  const none = { counted: 0, excluded: 0, duplicate: 0, late: 0, dead_lettered: 0 };
  // CLIENT spans are not requests.
  if (listener === 'attributes' && input === 'zipkin_spans')
    return { ...none, excluded: own.length };
  const forged = input === 'otlp_logs' ? own.filter(isForged).length : 0;
  const excluded = own.filter((line) => outcomeOf(line) === 'excluded').length;
  return {
    ...none,
    counted: own.length - excluded - forged,
    excluded,
    dead_lettered: forged,
  };
}

function servicesOfClusters(): Record<string, string[]> {
  const { reviewsV1, reviewsV2, ...rest } = CLUSTERS;
  const single = Object.values(rest).map((cluster): [string, string[]] => [
    serviceOf({ cluster } as Line),
    [cluster],
  ]);
  return { 'reviews.default': [reviewsV1, reviewsV2], ...Object.fromEntries(single) };
}

/** How Envoy's counters differ from its log lines, for so many listeners. */
function unlike(listeners: number) {
  const { broken, faults, overlong, forged } = PER_LISTENER;
  return {
    broken: broken * listeners,
    faults: faults * listeners,
    overlong: overlong * listeners,
    // Only text can be forged.
    forged: listeners === 0 ? 0 : forged,
  };
}

function counters(stats: Readonly<Record<string, number>>, clusters: readonly string[]) {
  const of = (...names: string[]) =>
    clusters
      .flatMap((cluster) => names.map((name) => stats[`cluster.${cluster}.${name}`] ?? 0))
      .reduce((a, b) => a + b, 0);
  return {
    good: of('upstream_rq_2xx', 'upstream_rq_3xx', 'upstream_rq_4xx'),
    '5xx': of('upstream_rq_5xx'),
    refused: of(
      'upstream_rq_pending_overflow',
      'upstream_rq_active_overflow',
      'upstream_cx_none_healthy',
    ),
  };
}

const sumOf = (stats: Readonly<Record<string, number>>, name: string) =>
  Object.values(CLUSTERS).reduce((sum, key) => sum + (stats[`cluster.${key}.${name}`] ?? 0), 0);
