import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../../stream/until.ts';
import { Client, times } from './client.ts';
import { CLUSTERS } from './config.ts';
import { enforced } from './ejections.ts';
import { stock } from './traffic.ts';
import { moved } from './transitions.ts';
import type { Upstream } from './upstream.ts';
import type { World } from './world.ts';

/** Hosts that fail and recover, limits that overflow; resolves when the breakers of all three services are closed. */
export async function makeTrouble(world: World): Promise<void> {
  const client = new Client(world.envoy.port('attributes'));
  try {
    await Promise.all([ejections(world, client), overflows(world, client)]);
  } finally {
    client.close();
  }
}

/** One host of shipping fails, then both, until each was ejected twice; then both recover. */
async function ejections(world: World, client: Client): Promise<void> {
  const [first, second] = world.shipping;
  const ejected = ({ port }: Upstream) =>
    enforced(world.envoy.ejections()).filter(
      ({ action, upstream_url }) => action === 'EJECT' && upstream_url.endsWith(`:${port}`),
    ).length;
  const traffic = new Traffic(client, 'shipping.default', 4);
  await until('all is well', () => traffic.answered(200) >= 40);
  first.fail(true);
  await until('one host is ejected', () => ejected(first) > 0);
  const before = traffic.answered(200);
  await until('the other host answers', () => traffic.answered(200) >= before + 20);
  second.fail(true);
  await until('both are ejected twice', () => ejected(first) > 1 && ejected(second) > 1, 30_000);
  first.fail(false);
  second.fail(false);
  await moved(world, 'shipping.default', 'CLOSED', 3);
  await traffic.stop();
}

/** At ratings one is in the way of others for a while; at stock there are too many at once, twice. */
async function overflows(world: World, client: Client): Promise<void> {
  const { upstream, envoy } = world;
  const traffic = new Traffic(client, 'ratings.default', 1);
  await until('all is well', () => traffic.answered(200) >= 20);
  const held = await hold(client, upstream);
  await until('the limit shows', async () => {
    const stats = await envoy.stats();
    return stats[`cluster.${CLUSTERS.ratings}.circuit_breakers.default.rq_open`] === 1;
  });
  await times(12, 3, () => client.get('ratings.default', '/status/200'));
  await until('who goes on asking is refused', () => traffic.answered(503) >= 20);
  upstream.release();
  await held.over;

  await stock(client, upstream);
  await moved(world, 'stock.default', 'HALF_OPEN', 2);
  await stock(client, upstream);
  await moved(world, 'stock.default', 'HALF_OPEN', 4);
  await times(3, 1, () => client.get('stock.default', '/status/200'));
  await moved(world, 'stock.default', 'CLOSED', 5);
  await moved(world, 'ratings.default', 'CLOSED', 3);
  await traffic.stop();
}

/** Takes the one place there is at ratings, which whoever asks all the time may have at the moment. */
async function hold(client: Client, upstream: Upstream): Promise<{ over: Promise<number> }> {
  for (;;) {
    let refused = false;
    const over = client.get('ratings.default', '/hold').finally(() => {
      refused = true;
    });
    await until('it is held or refused', () => refused || upstream.held() > 0);
    if (!refused) return { over };
  }
}

/** Asks a service all the time, in so many lanes, as users do who are not told of its trouble. */
class Traffic {
  readonly #answers = new Map<number, number>();
  readonly #lanes: Promise<void>[];
  #stopped = false;

  constructor(client: Client, service: string, lanes: number) {
    const lane = async () => {
      while (!this.#stopped) {
        const status = await client.get(service, '/status/200');
        this.#answers.set(status, this.answered(status) + 1);
        await sleep(20);
      }
    };
    this.#lanes = Array.from({ length: lanes }, lane);
  }

  answered(status: number): number {
    return this.#answers.get(status) ?? 0;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#lanes);
  }
}
