import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SqliteStream } from '../../src/stream/sqlite/sqlite-stream.ts';
import { noLog } from '../../src/telemetry/log.ts';
import { streamContract } from './contract.ts';

streamContract('the SQLite stream', async (options) => {
  const folder = await mkdtemp(join(tmpdir(), 'meshpulse-stream-'));
  const stream = await SqliteStream.open({ folder, clock: Date.now, log: noLog, ...options });
  return {
    sink: stream,
    source: stream,
    retain: () => stream.retain(),
    dispose: () => rm(folder, { recursive: true }),
  };
});
