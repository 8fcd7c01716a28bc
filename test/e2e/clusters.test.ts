import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { Random } from '../random.ts';
import { until } from '../stream/until.ts';
import { bodiesOf, type Hop, secondOf } from './bookshop.ts';
import { tokenOf } from './client.ts';
import { newFolder, removeFolder, startServer, type TestServer } from './server.ts';

const START = Date.UTC(2026, 10, 23, 12);
const CLUSTERS = { 'mesh-east': 'us-east-1', 'mesh-west': 'eu-west-2' } as const;
type Provider = keyof typeof CLUSTERS;

interface Service {
  as_of: string;
  windows: Record<string, { requests: number; successes: number }>;
  clusters: {
    cluster: string;
    windows: Record<string, { requests: number; successes: number; reporter: string }>;
  }[];
  failovers: unknown[];
}

/** A token for each mesh, which says its cluster, and one to read with. */
const FILE = stringify({
  tokens: Object.entries({ ...CLUSTERS, reader: undefined }).map(([provider, cluster]) => ({
    provider,
    scopes: [cluster === undefined ? 'query' : 'ingest'],
    sha256: createHash('sha256').update(tokenOf(provider)).digest('hex'),
    ...(cluster !== undefined && { cluster }),
  })),
});

const folder = newFolder();
const random = new Random(7);
let now = START;
let server: TestServer;
beforeAll(async () => {
  writeFileSync(join(folder, 'meshpulse.yaml'), FILE);
  server = await startServer({ clock: () => now, folder });
}, 30_000);
afterAll(async () => {
  await server?.stop();
  removeFolder(folder);
});

/** A second of the bookshop: what the sidecars of details and reviews logged in each cluster is pushed at once. */
async function second(requests: Record<Provider, (secondMs: number) => Hop[]>): Promise<void> {
  const happened = now;
  now += 1_000;
  const posts = Object.entries(requests).map(([provider, hopsOf]) => {
    const [, envoy] = bodiesOf(hopsOf(happened));
    return server.post({ ...envoy!.post, provider });
  });
  for (const answer of await Promise.all(posts)) expect(answer.status).toBe(200);
}

const busy = (secondMs: number) => secondOf(random, secondMs, 0, 400);
const none = (): Hop[] => [];
const ended = (secondMs: number, { startMs, durationMs }: Hop) => startMs + durationMs - secondMs;
/** Those that ended before so many milliseconds of the second; and the others. */
const before = (ms: number) => (secondMs: number) =>
  busy(secondMs).filter((hop) => ended(secondMs, hop) < ms);
const since = (ms: number) => (secondMs: number) =>
  busy(secondMs).filter((hop) => ended(secondMs, hop) >= ms);

/** The service once all that was posted is in it. */
async function reviews(): Promise<Service> {
  let service: Service | null = null;
  await until('all is in the answer', async () => {
    const answer = await server.ask('/api/v1/services/reviews.shop');
    service = answer.ok ? ((await answer.json()) as Service) : null;
    return service !== null && Date.parse(service.as_of) >= now - 2_500;
  });
  return service!;
}

test('two clusters that push at once are seen per cluster and together; one dies, and the other one takes over within five seconds', async () => {
  for (let i = 0; i < 15; i++) await second({ 'mesh-east': busy, 'mesh-west': busy });
  const both = await reviews();
  const [east, west] = both.clusters.map(({ windows }) => windows['1m']!.requests);
  expect(both.clusters.map(({ cluster }) => cluster).sort()).toEqual(['eu-west-2', 'us-east-1']);
  expect(Math.min(east!, west!)).toBeGreaterThan(500);
  expect(both.windows['1m']!.requests).toBe(east! + west!);
  expect(both.failovers).toEqual([]);

  // West goes down by itself for a while, and nobody takes its requests: that is none.
  for (let i = 0; i < 12; i++) await second({ 'mesh-east': busy, 'mesh-west': none });
  for (let i = 0; i < 12; i++) await second({ 'mesh-east': busy, 'mesh-west': none });
  expect((await reviews()).failovers).toEqual([]);

  // East dies 400 ms into a second; 3.2 s later all is in west.
  const died = now + 400;
  await second({ 'mesh-east': before(400), 'mesh-west': none });
  for (let i = 0; i < 2; i++) await second({ 'mesh-east': none, 'mesh-west': none });
  await second({ 'mesh-east': none, 'mesh-west': since(600) });
  for (let i = 0; i < 12; i++) await second({ 'mesh-east': none, 'mesh-west': busy });
  const after = await reviews();
  expect(after.failovers).toHaveLength(1);
  const failover = after.failovers[0] as Record<'began_at' | 'over_at', string> & {
    seconds: number;
  };
  expect(failover).toMatchObject({ from: 'us-east-1', to: 'eu-west-2' });
  expect(Math.abs(Date.parse(failover.began_at) - died)).toBeLessThan(50);
  expect(Math.abs(Date.parse(failover.over_at) - (died + 3_200))).toBeLessThan(50);
  expect(failover.seconds).toBeGreaterThan(3.1);
  expect(failover.seconds).toBeLessThan(3.3);
  const last = Object.fromEntries(
    after.clusters.map(({ cluster, windows }) => [cluster, windows['10s']!]),
  );
  expect(last['us-east-1']).toMatchObject({ requests: 0, reporter: 'none' });
  expect(last['eu-west-2']).toMatchObject({ reporter: 'destination' });
  expect(last['eu-west-2']!.successes).toBe(after.windows['10s']!.successes);
}, 60_000);
