import { setTimeout as sleep } from 'node:timers/promises';
import { findPart, missingPart } from '../test/real/parts.ts';
import { MeshOfRoles, SESSION_MS } from './kafka/mesh-of-roles.ts';
import { Steady } from './kafka/steady.ts';
import { type ServerUnderLoad, until } from './load/server.ts';
import type { Options } from './options.ts';

const PARTITIONS = 4;
const RATE = 20_000;
const SERVICES = 50;
const AFTERWARDS_MS = 40_000;
/** A service's numbers are those of now when they are no older than this; with everything well they are 3 s old. */
const FRESH_MS = 4_000;

interface Service {
  service: string;
  as_of: string;
}

/**
 * kill -9 of one of two aggregators on a real Kafka under a fixed rate, `--minutes` (1) of it behind them: how long until
 * the API's numbers of every service are those of now again, beyond the session time-out after which Kafka gives the
 * partitions away. Throws unless every event answered 2xx is counted once at the end. Required: 5 s.
 */
export async function run(smoke: boolean, options: Options): Promise<void> {
  const launcher = findPart('kafka');
  if (launcher === null) {
    console.log(`skipped: ${missingPart('kafka')}`);
    return;
  }
  const rate = options.rate ?? (smoke ? 1_000 : RATE);
  const services = options.services ?? SERVICES;
  const beforeMs = smoke ? 8_000 : 60_000 * (options.minutes ?? 1);
  const mesh = await MeshOfRoles.start(launcher, PARTITIONS);
  try {
    const receive = await mesh.add('receive');
    const killed = await mesh.add('aggregate');
    const heir = await mesh.add('aggregate');
    const api = await mesh.add('api');
    const steady = new Steady({
      url: receive.url,
      services,
      dependencies: 3 * services,
      rate,
      connections: 64,
      ms: beforeMs + SESSION_MS + AFTERWARDS_MS,
      reportEveryMs: 1_000,
    });
    await sleep(beforeMs);
    const expected = (await list(api)).length;
    await killed.kill();
    const start = performance.now();
    await until('the partitions are given away', 60_000, 50, async () => isStale(api));
    await until('all services are of now', 120_000, 100, async () => {
      const all = await list(api);
      return all.length === expected && all.every(isFresh);
    });
    const spent = performance.now() - start;
    await steady.ended;
    await api.hasCounted(steady.events);
    const restored = heir.logged('checkpoint_restored') as Record<string, number>;
    console.log(
      `${services} services, ${rate} events/s, ${beforeMs / 1_000} s behind: right again ` +
        `${seconds(spent)} after kill -9, ${seconds(spent - SESSION_MS)} beyond the session time-out   required: 5 s\n` +
        `  first partition: ${JSON.stringify(restored)}\n` +
        `  ${steady.events} events answered 2xx, all counted once; others ${JSON.stringify(steady.others)}`,
    );
  } finally {
    await mesh.stop();
  }
}

async function list(api: ServerUnderLoad): Promise<Service[]> {
  const page = await api.ask('/api/v1/services?limit=1000');
  return ((await page.json()) as { services: Service[] }).services;
}

const isFresh = ({ as_of }: Service) => Date.now() - Date.parse(as_of) < FRESH_MS;

async function isStale(api: ServerUnderLoad): Promise<boolean> {
  return (await list(api)).some((service) => !isFresh(service));
}

const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;
