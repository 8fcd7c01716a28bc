import { until } from '../../stream/until.ts';
import { Client, times } from './client.ts';
import { LISTENERS, type Listener } from './config.ts';
import type { Envoy } from './envoy.ts';
import type { Upstream } from './upstream.ts';

/** How often each listener is sent what Envoy's log and its counters tell apart. */
export const PER_LISTENER = {
  /** 200 head, body broken off: 200 UPE. */
  broken: 3,
  /** Aborts by the fault filter: FI, and not in `upstream_rq_xx`. */
  faults: 4,
  /** 504 with the flag `-`, and not in `upstream_rq_xx`. */
  overlong: 3,
  /** Columns forged through User-Agent. */
  forged: 2,
} as const;

/** A User-Agent that is columns of a line of text. */
export const FORGED = 'x" "AJ" "WAS" "HERE';

const WAITED = 120;

/** A minute in the life of a bookshop, in a few seconds; resolves when every request is over. */
export async function sendTraffic(envoy: Envoy, upstream: Upstream): Promise<void> {
  for (const listener of Object.keys(LISTENERS) as Listener[]) {
    const client = new Client(envoy.port(listener));
    await (listener === 'spans' ? payments(client, upstream) : bookshop(client, upstream));
    client.close();
  }
}

/** Where only spans tell of a service. */
async function payments(client: Client, upstream: Upstream): Promise<void> {
  await times(110, 4, (i) => client.get('payments.default', `/wait/${2 + (i % 40)}`));
  await times(9, 4, () => client.get('payments.default', '/status/500'));
  await times(3, 1, () => abort(client, 'payments.default', upstream));
}

async function bookshop(client: Client, upstream: Upstream): Promise<void> {
  await Promise.all([reviews(client), details(client)]);
  await abort(client, 'details.default', upstream);
  await abort(client, 'reviews.default', upstream, '/v2/hold');
  await ratings(client, upstream);
  await stock(client, upstream);
  await times(10, 4, () => client.get('inventory.default', '/status/200'));
  await times(12, 4, () => client.get('shipping.default', '/status/200'));
  await times(5, 2, () => client.get('nowhere.default', '/status/200'));
}

async function reviews(client: Client): Promise<void> {
  await times(WAITED, 4, (i) => client.get('reviews.default', `/v1/wait/${1 + (i % 25)}`));
  await times(80, 4, (i) => client.get('reviews.default', `/v2/wait/${5 + (i % 35)}`));
  await times(7, 2, () => client.get('reviews.default', '/v1/status/500'));
  await times(11, 2, () => client.get('reviews.default', '/v2/status/503'));
  await times(6, 2, () => client.get('reviews.default', '/v2/status/404'));
}

async function details(client: Client): Promise<void> {
  await times(WAITED, 4, (i) => client.get('details.default', `/wait/${2 + (i % 60)}`));
  await times(PER_LISTENER.broken, 1, () => client.get('details.default', '/break'));
  await times(PER_LISTENER.overlong, 3, () => client.get('details.default', '/short/hold'));
  const fault = { 'x-envoy-fault-abort-request': '503' };
  await times(PER_LISTENER.faults, 2, () => client.get('details.default', '/status/200', fault));
  await hostile(client);
}

/** Bytes that are not UTF-8, quotes, and columns forged by quotes, each between requests that are not. */
async function hostile(client: Client): Promise<void> {
  const bytes = [
    Buffer.from([0x61, 0xff, 0xfe, 0x80, 0xc3, 0x28, 0x7a]),
    Buffer.from([0xed, 0xa0, 0x80]),
    ...Array(PER_LISTENER.forged).fill(Buffer.from(FORGED)),
  ];
  for (const agent of bytes) {
    await client.get('details.default', '/status/200');
    await client.getAs(agent, 'details.default', '/status/200');
    await client.get('details.default', '/status/200');
  }
}

/** One at a time, and while one is held there is no room for others. */
async function ratings(client: Client, upstream: Upstream): Promise<void> {
  await times(40, 1, () => client.get('ratings.default', '/status/200'));
  await times(5, 1, () => client.get('ratings.default', '/status/500'));
  await times(2, 1, () => client.get('ratings.default', '/impatient/hold'));
  await until('the timed-out request has left', () => upstream.held() === 0);
  const held = client.get('ratings.default', '/hold');
  await until('the upstream holds it', () => upstream.held() === 1);
  await times(12, 3, () => client.get('ratings.default', '/status/200'));
  upstream.release();
  await held;
}

/** More at once than its connections and its queue take. */
export async function stock(client: Client, upstream: Upstream): Promise<void> {
  let over = 0;
  const all = times(15, 15, () =>
    client.get('stock.default', '/hold').then(() => {
      over += 1;
    }),
  );
  await until('the first is held and others are refused', () => upstream.held() > 0 && over > 0);
  await until('all are answered', () => {
    // What was queued is held in its turn.
    upstream.release();
    return over === 15;
  });
  await all;
}

async function abort(
  client: Client,
  service: string,
  upstream: Upstream,
  path = '/hold',
): Promise<void> {
  const { request, status } = client.begin(service, path);
  await until('the upstream holds it', () => upstream.held() === 1);
  request.destroy();
  await status;
  await until('the upstream is rid of it', () => upstream.held() === 0);
}
