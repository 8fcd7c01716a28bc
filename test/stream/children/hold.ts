// Holds the folder, and appends whatever number of bytes it is asked for, until it is killed.
import { createInterface } from 'node:readline';
import type { StreamUnavailable } from '../../../src/stream/errors.ts';
import { SqliteStream } from '../../../src/stream/sqlite/sqlite-stream.ts';
import { noLog } from '../../../src/telemetry/log.ts';

const folder = process.argv[2]!;
const stream = await SqliteStream.open({ folder, clock: Date.now, log: noLog });
console.log('open');
for await (const line of createInterface({ input: process.stdin })) {
  const value = new Uint8Array(Number(line));
  const outcome = await stream.append([{ topic: 'requests', partition: 0, key: null, value }]).then(
    ([position]) => `appended ${position!.offset}`,
    (error: StreamUnavailable) => `${error.name}, in doubt: ${error.inDoubt}`,
  );
  console.log(outcome);
}
