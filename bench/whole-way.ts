import { SHAPES, type ShapeName } from './load/payloads.ts';
import { send } from './load/send.ts';
import { ServerUnderLoad } from './load/server.ts';

/** Reference ceilings, events per CPU-second: a sketch of the whole way that did less, on one pinned core. */
const CEILINGS: Partial<Record<ShapeName, string>> = {
  zipkin100: '413–481 k',
  zipkin5: '127–138 k',
  otlpAttributes100: '729–760 k',
  istioText100: '– (parsing alone 1 500 k)',
};

const CONNECTIONS = 16;

/**
 * A real server in a process of its own on loopback, posts over 16 connections from another process: events for each
 * second of the server's CPU time, until all are counted (durable, folded, published, shown). Says what share of them
 * that was, p50 and p99 of the answers, and the server's memory.
 */
export async function run(smoke: boolean): Promise<void> {
  for (const shape of Object.keys(CEILINGS) as ShapeName[]) {
    const server = await ServerUnderLoad.start();
    try {
      await measure(server, shape, smoke);
    } finally {
      await server.stop();
    }
  }
}

async function measure(server: ServerUnderLoad, shape: ShapeName, smoke: boolean): Promise<void> {
  const job = { url: server.url, shape, connections: CONNECTIONS };
  const limits = smoke ? { posts: 32, ms: 5_000 } : { posts: 1_000_000, ms: 10_000 };
  const warm = smoke ? { posts: 16, ms: 1_000 } : { posts: 1_000_000, ms: 3_000 };
  const before = await send({ ...job, ...warm, firstPost: 0 });
  await server.hasCounted(before.events);

  const from = await server.usage();
  const sent = await send({ ...job, ...limits, firstPost: 1_000_000 });
  await server.hasCounted(before.events + sent.events);
  const to = await server.usage();

  const rate = sent.events / (to.cpuSeconds - from.cpuSeconds);
  console.log(
    `${SHAPES[shape].name.padEnd(42)} ${thousands(rate)} events/CPU-s   reference ceiling ${CEILINGS[shape]}\n` +
      `  ${thousands(sent.events / (sent.ms / 1000))} events/s, ${Math.round(sent.bytes / 1024)} kB a post, ` +
      `p50 ${sent.p50.toFixed(1)} ms, p99 ${sent.p99.toFixed(1)} ms, ${Math.round(to.rss / 2 ** 20)} MB resident`,
  );
}

function thousands(rate: number): string {
  return `${(rate / 1000).toFixed(0)} k`.padStart(7);
}
