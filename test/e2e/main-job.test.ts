import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Config } from '../../src/config/config.ts';
import { SlackStandIn } from '../notify/slack/stand-in.ts';
import { Random } from '../random.ts';
import { until } from '../stream/until.ts';
import { bodiesOf, type Hop, PROVIDERS, SERVICES, type Sent, secondOf } from './bookshop.ts';
import { Ledger, receivedOf, watchAccounts } from './ledger.ts';
import { newFolder, removeFolder, startServer, type TestServer } from './server.ts';
import { toldIn } from './slack.ts';

interface Stats {
  requests: number;
  successes: number;
  failures: number;
  success_rate: number;
  p50_latency: number;
  p99_latency: number;
  latency_samples: number;
  reporter: string;
  blind: boolean;
}
interface Windows {
  '1m': Stats;
  '5m': Stats;
}
interface Service {
  service: string;
  as_of: string;
  circuit_breaker_health: string;
  windows: Windows;
  subsets: { subset: string; windows: Windows }[];
}
interface Dependency {
  source: string;
  destination: string;
  windows: Windows;
}
interface Transition {
  from: string;
  to: string;
  at: string;
  sequence: [number, number];
  previous: [number, number] | null;
}

const START = Date.UTC(2026, 10, 23, 12);
const WAIT_SECONDS = 5;
/** Whose view of each service is the fullest. */
const REPORTER = {
  details: 'destination',
  frontend: 'spans',
  ratings: 'source',
  reviews: 'source',
};

describe('a mesh of four services tells by logs, OTLP and spans', () => {
  const folder = newFolder();
  const slack = new SlackStandIn([]);
  const random = new Random(20261123);
  const ledger = new Ledger();
  const hops: Hop[] = [];
  let webhookUrl: string;
  let server: TestServer;
  let now = START + 60_000;

  const start = () =>
    startServer({
      folder,
      clock: () => now,
      providers: PROVIDERS,
      adjust: (config: Config) => ({
        ...config,
        policy: {
          ...config.policy,
          breaker: { ...config.policy.breaker, waitSeconds: WAIT_SECONDS },
        },
        notify: { slack: { webhookUrl, from: 'test' } },
      }),
    });

  /** Lets the clock pass without traffic until all that was sent is in the answers. */
  const settle = async () => {
    now += 3_000;
    await until('the watermark has passed', async () => {
      const { as_of } = await server.get<{ as_of: string }>('/api/v1/services');
      return Date.parse(as_of) === now - 2_000;
    });
  };
  /** Traffic as it happens, a second at a time. */
  const live = async (seconds: number, errors: number) => {
    for (let second = 0; second < seconds; second++) {
      const happened = secondOf(random, now, errors);
      now += 1_000;
      hops.push(...happened);
      await Promise.all(bodiesOf(happened).map((sent) => ledger.send(server, sent)));
    }
  };
  const services = async () => {
    const { services } = await server.get<{ services: Service[] }>('/api/v1/services');
    return services;
  };
  const transitions = async (service: string) => {
    const key = encodeURIComponent(`inferred:*:${service}.shop:*`);
    const path = `/api/v1/breakers/${key}/transitions`;
    return (await server.get<{ transitions: Transition[] }>(path)).transitions;
  };
  const moves = async (service: string) =>
    (await transitions(service)).map(({ from, to }) => `${from}>${to}`);
  const told = () => slack.bodies.flatMap((body) => toldIn(JSON.parse(body))).sort();
  const allTold = (...states: string[]) =>
    SERVICES.flatMap((service) => states.map((state) => `${service}.shop ${state}`)).sort();

  beforeAll(async () => {
    webhookUrl = await slack.listen();
    server = await start();
  }, 30_000);
  afterAll(async () => {
    await server?.stop();
    await slack.close();
    removeFolder(folder);
  });

  test('60 s at 1 000 requests/s, in a burst, some bodies twice: all add up at any time', async () => {
    const seconds = Array.from({ length: 60 }, (_, s) => secondOf(random, START + s * 1_000, 0.05));
    hops.push(...seconds.flat());
    const bodies = seconds.map(bodiesOf);
    let done = false;
    const watching = watchAccounts(server, ledger, () => done);
    await Promise.all(
      PROVIDERS.map(async (_, provider) => {
        for (const [second, each] of bodies.entries()) {
          await ledger.send(server, each[provider]!);
          // As a sender does whose answer was lost.
          if (second % 7 === 3) await ledger.send(server, each[provider]!);
        }
      }),
    ).finally(() => {
      done = true;
    });
    expect(await watching).toBeGreaterThan(3);
    await settle();

    const accounts = await server.accounts();
    expect(receivedOf(accounts)).toEqual(ledger.acknowledged);
    for (const [provider, input] of [
      ['shipper', 'access_logs'],
      ['envoy', 'otlp_logs'],
      ['tracer', 'zipkin_spans'],
    ] as const) {
      const own = bodies.map(
        (each) => each.find(({ post }) => post.provider === provider)!.records,
      );
      const twice = own.filter((_, second) => second % 7 === 3);
      expect(accounts.get(`${provider}/${input}`)).toMatchObject({
        counted: total(own),
        duplicate: total(twice),
        late: 0,
        excluded: 0,
        dead_lettered: 0,
      });
    }
    expect(accounts.size).toBe(3);
  }, 60_000);

  test('the API has the exact counts and rates, and p99 within 1 %', async () => {
    expect((await services()).map(({ service }) => service)).toEqual(
      SERVICES.map((name) => `${name}.shop`),
    );
    for (const name of SERVICES) {
      const service = await server.get<Service>(`/api/v1/services/${name}.shop`);
      const own = hops.filter(({ destination }) => destination === name);
      expectWindows(service.windows, own, service.as_of);
      for (const window of ['1m', '5m'] as const) {
        expect(service.windows[window].reporter).toBe(REPORTER[name]);
      }
      expect(service.circuit_breaker_health).toBe('CLOSED');
      const subsets = [...new Set(own.flatMap(({ subset }) => subset ?? []))].sort();
      expect(service.subsets.map(({ subset }) => subset).sort()).toEqual(subsets);
      for (const { subset, windows } of service.subsets) {
        expectWindows(
          windows,
          own.filter((hop) => hop.subset === subset),
          service.as_of,
        );
      }
    }
  });

  test('so has every dependency', async () => {
    const { as_of, dependencies } = await server.get<{ as_of: string; dependencies: Dependency[] }>(
      '/api/v1/dependencies',
    );
    const found = dependencies.map(({ source, destination }) => `${source}>${destination}`);
    expect(found.sort()).toEqual([
      'frontend.shop>details.shop',
      'frontend.shop>reviews.shop',
      'gateway.shop>frontend.shop',
      'reviews.shop>ratings.shop',
    ]);
    for (const { source, destination, windows } of dependencies) {
      const own = hops.filter(
        (hop) => `${hop.source}.shop` === source && `${hop.destination}.shop` === destination,
      );
      expectWindows(windows, own, as_of);
    }
    expect(slack.bodies).toEqual([]);
  });

  test('all failing: every breaker opens within 6 s, and Slack hears of each once', async () => {
    const outage = now;
    await live(6, 1);
    await settle();
    for (const name of SERVICES) {
      await expect.poll(() => moves(name), { timeout: 5_000 }).toEqual(['CLOSED>OPEN']);
      const [opened] = await transitions(name);
      expect(Date.parse(opened!.at) - outage).toBeLessThanOrEqual(6_000);
    }
    const states = (await services()).map((service) => service.circuit_breaker_health);
    expect(states).toEqual(['OPEN', 'OPEN', 'OPEN', 'OPEN']);
    await expect.poll(told, { timeout: 10_000 }).toEqual(allTold('open'));
  });

  test('after a restart everything is as it was, and Slack hears nothing again', async () => {
    const paths = [
      '/api/v1/services',
      ...SERVICES.map((name) => `/api/v1/services/${name}.shop`),
      '/api/v1/dependencies',
      '/api/v1/breakers',
      '/api/v1/alerts?history=true',
    ];
    const all = async () => ({
      answers: await Promise.all(paths.map((path) => server.get(path))),
      moves: await Promise.all(SERVICES.map(transitions)),
      accounts: await server.accounts(),
    });
    const before = await all();
    await server.stop();
    server = await start();
    await expect.poll(all, { timeout: 10_000 }).toEqual(before);
    await nothingIsOwed();
    expect(told()).toEqual(allTold('open'));
  });

  test('what was sent before the restart is still known', async () => {
    const again = bodiesOf(hops.slice(-1_000));
    const before = await server.accounts();
    await Promise.all(again.map((sent) => ledger.send(server, sent)));
    now += 1_000;
    await until('the copies are accounted for', async () => {
      const received = receivedOf(await server.accounts());
      return PROVIDERS.every((name) => received.get(name) === ledger.acknowledged.get(name));
    });
    const after = await server.accounts();
    for (const [key, { counted, duplicate }] of before) {
      const { records } = again.find(({ post }) => key.startsWith(`${post.provider}/`)) as Sent;
      expect(after.get(key)).toMatchObject({ counted, duplicate: duplicate + records });
    }
  });

  test('healthy again: every breaker half-opens, closes, and Slack hears of each once', async () => {
    await live(12, 0.05);
    await settle();
    for (const name of SERVICES) {
      await expect
        .poll(() => moves(name), { timeout: 5_000 })
        .toEqual(['CLOSED>OPEN', 'OPEN>HALF_OPEN', 'HALF_OPEN>CLOSED']);
      const [opened, probing, closed] = await transitions(name);
      const waited = Date.parse(probing!.at) - Date.parse(opened!.at);
      expect(waited).toBeGreaterThanOrEqual(WAIT_SECONDS * 1_000);
      expect(probing!.previous).toEqual(opened!.sequence);
      expect(closed!.previous).toEqual(probing!.sequence);
    }
    await expect.poll(told, { timeout: 10_000 }).toEqual(allTold('open', 'closed'));
  });

  test('windows that span the restart are exact', async () => {
    for (const name of SERVICES) {
      const service = await server.get<Service>(`/api/v1/services/${name}.shop`);
      const own = hops.filter(({ destination }) => destination === name);
      expectWindows(service.windows, own, service.as_of);
    }
    const accounts = await server.accounts();
    expect(receivedOf(accounts)).toEqual(ledger.acknowledged);
  });

  test('another restart tells nobody anything', async () => {
    await server.stop();
    server = await start();
    await nothingIsOwed();
    expect(told()).toEqual(allTold('open', 'closed'));
  });

  /** Resolves when the notifier has looked at every alert, and found that all was told. */
  async function nothingIsOwed(): Promise<void> {
    await until('every alert was decided on', async () => {
      const outcomes = await server.samples('meshpulse_notifications_total');
      return outcomes.get('slack/already_sent') === SERVICES.length;
    });
    expect((await server.samples('meshpulse_notification_attempts_total')).size).toBe(0);
  }
});

/** Compares with the hops themselves. A window is the current step and the full steps before it. */
function expectWindows(windows: Windows, own: readonly Hop[], asOf: string): void {
  const at = Math.floor(Date.parse(asOf) / 1_000);
  for (const [name, length, step] of [
    ['1m', 60, 1],
    ['5m', 300, 10],
  ] as const) {
    const from = at - (at % step) - length + step;
    const inside = own.filter(({ startMs, durationMs }) => {
      const second = Math.floor((startMs + durationMs) / 1_000);
      return second >= from && second <= at;
    });
    const { success_rate, p50_latency, p99_latency, ...counts } = windows[name];
    const good = inside.filter(({ code }) => code === 200).length;
    expect(inside.length).toBeGreaterThan(100);
    expect(counts).toMatchObject({
      requests: inside.length,
      successes: good,
      failures: inside.length - good,
      latency_samples: inside.length,
      blind: false,
    });
    expect(success_rate).toBe(good / inside.length);
    const sorted = inside.map(({ durationMs }) => durationMs).sort((a, b) => a - b);
    for (const [quantile, shown] of [
      [0.5, p50_latency],
      [0.99, p99_latency],
    ] as const) {
      const exact = sorted[Math.ceil(quantile * sorted.length) - 1]!;
      expect(Math.abs(shown - exact) / exact).toBeLessThanOrEqual(0.01);
    }
  }
}

function total(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}
