import { TOPICS } from '../src/stream/record.ts';
import { findPart, missingPart } from '../test/real/parts.ts';
import { MeshOfRoles } from './kafka/mesh-of-roles.ts';
import { SHAPES, type ShapeName } from './load/payloads.ts';
import { send } from './load/send.ts';
import type { ServerUnderLoad } from './load/server.ts';

const PARTITIONS = 4;
const MEASURED: readonly ShapeName[] = ['zipkin100', 'zipkin5', 'otlpAttributes100'];
const CONNECTIONS = 16;

/**
 * The whole way through a real Kafka, one process a role: events for each second of CPU time of each, until all are
 * counted as the API tells. `BENCH_NODE_FLAGS` may ask for a profile of each process.
 */
export async function run(smoke: boolean): Promise<void> {
  const launcher = findPart('kafka');
  if (launcher === null) {
    console.log(`skipped: ${missingPart('kafka')}`);
    return;
  }
  const mesh = await MeshOfRoles.start(launcher, PARTITIONS);
  try {
    const receive = await mesh.add('receive');
    const aggregate = await mesh.add('aggregate');
    const api = await mesh.add('api');
    let sent = 0;
    for (const shape of smoke ? MEASURED.slice(0, 1) : MEASURED) {
      sent += await measure(mesh, { receive, aggregate, api }, shape, sent, smoke);
    }
    const each = TOPICS.map((topic) => `${topic} ${(mesh.bytesOf(topic) / sent).toFixed(1)}`);
    console.log(`bytes of the log an event: ${each.join(', ')}`);
  } finally {
    await mesh.stop();
  }
}

async function measure(
  mesh: MeshOfRoles,
  roles: Readonly<Record<'receive' | 'aggregate' | 'api', ServerUnderLoad>>,
  shape: ShapeName,
  before: number,
  smoke: boolean,
): Promise<number> {
  const job = { url: roles.receive.url, shape, connections: CONNECTIONS };
  const limits = smoke ? { posts: 32, ms: 5_000 } : { posts: 1_000_000, ms: 10_000 };
  const warm = smoke ? { posts: 16, ms: 1_000 } : { posts: 1_000_000, ms: 3_000 };
  const warmed = await send({ ...job, ...warm, firstPost: before });
  await roles.api.hasCounted(before + warmed.events);
  const spent = async () => [
    ...(await Promise.all(
      Object.values(roles).map(async (role) => (await role.usage()).cpuSeconds),
    )),
    mesh.brokerCpuSeconds(),
  ];
  const from = await spent();
  const start = performance.now();
  const sent = await send({ ...job, ...limits, firstPost: before + 1_000_000 });
  await roles.api.hasCounted(before + warmed.events + sent.events);
  const wayS = (performance.now() - start) / 1_000;
  const to = await spent();
  const names = [...Object.keys(roles), 'broker'];
  const cpu = to.map((seconds, i) => seconds - from[i]!);
  const each = names.map((name, i) => `${name} ${k(sent.events / cpu[i]!)}`).join(', ');
  console.log(
    `${SHAPES[shape].name}: ${k(sent.events / wayS)} events/s until counted; ` +
      `${k(sent.events / (cpu[0]! + cpu[1]! + cpu[2]!))} events/CPU-s of all roles\n` +
      `  events/CPU-s: ${each}; p50 ${sent.p50.toFixed(1)} ms, p99 ${sent.p99.toFixed(1)} ms`,
  );
  return warmed.events + sent.events;
}

const k = (rate: number) => `${(rate / 1_000).toFixed(0)} k`;
