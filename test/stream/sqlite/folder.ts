import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import {
  SqliteStream,
  type SqliteStreamOptions,
} from '../../../src/stream/sqlite/sqlite-stream.ts';
import { noLog } from '../../../src/telemetry/log.ts';

export async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'meshpulse-stream-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

/** Closed when the test is over, if it was not before. */
export async function openIn(
  folder: string,
  options: Partial<SqliteStreamOptions> = {},
): Promise<SqliteStream> {
  const stream = await SqliteStream.open({ folder, clock: Date.now, log: noLog, ...options });
  onTestFinished(() => stream.close());
  return stream;
}
