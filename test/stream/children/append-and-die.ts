// Appends, and is killed in the very turn in which the append has resolved.
import { SqliteStream } from '../../../src/stream/sqlite/sqlite-stream.ts';
import { noLog } from '../../../src/telemetry/log.ts';

const folder = process.argv[2]!;
const stream = await SqliteStream.open({ folder, clock: Date.now, log: noLog });
const value = new TextEncoder().encode('durable');
await stream.append([{ topic: 'requests', partition: 0, key: 'k', value }]);
process.kill(process.pid, 'SIGKILL');
