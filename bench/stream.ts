import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { RecordSink } from '../src/stream/sink.ts';
import { SqliteStream } from '../src/stream/sqlite/sqlite-stream.ts';
import { noLog } from '../src/telemetry/log.ts';

/** Bytes of a value, and the reference ceiling for it: commits/s of one blob each, WAL, synchronous FULL. */
const SIZES = [
  { name: '16 kB', bytes: 16_384, ceiling: 4614 },
  { name: '256 kB', bytes: 262_144, ceiling: 1179 },
  { name: '1 MB', bytes: 1_048_576, ceiling: 384 },
];
const AT_ONCE = 16;

/**
 * Durable appends to the SQLite stream: one after the other (a commit each) and 16 at once (group commit), beside
 * a bare table of the same settings on this disk and the reference ceiling (one pinned core, fdatasync 0.2 ms).
 */
export async function run(smoke: boolean): Promise<void> {
  const ms = smoke ? 5 : 2000;
  for (const { name, bytes, ceiling } of SIZES) {
    const value = new Uint8Array(bytes).fill(0x5a);
    print(name, 'bare table, a commit each', bytes, bare(value, ms), ceiling);
    print(name, 'one after the other', bytes, await onStream(value, 1, ms), ceiling);
    print(name, `${AT_ONCE} at once`, bytes, await onStream(value, AT_ONCE, ms), ceiling);
  }
}

async function onStream(value: Uint8Array, atOnce: number, ms: number): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'meshpulse-bench-'));
  const stream = await SqliteStream.open({ folder, clock: Date.now, log: noLog });
  try {
    const start = performance.now();
    const until = start + ms;
    const counts = await Promise.all(
      Array.from({ length: atOnce }, () => appendUntil(stream, value, until)),
    );
    return perSecond(
      counts.reduce((sum, count) => sum + count, 0),
      start,
    );
  } finally {
    await stream.close();
    rmSync(folder, { recursive: true });
  }
}

async function appendUntil(sink: RecordSink, value: Uint8Array, until: number): Promise<number> {
  for (let count = 1; ; count++) {
    await sink.append([{ topic: 'requests', partition: 0, key: 'reviews.default', value }]);
    if (performance.now() >= until) return count;
  }
}

function bare(value: Uint8Array, ms: number): number {
  const folder = mkdtempSync(join(tmpdir(), 'meshpulse-bench-'));
  const database = new DatabaseSync(join(folder, 'bare.db'));
  try {
    database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
      PRAGMA wal_autocheckpoint = 256; CREATE TABLE blobs (id INTEGER PRIMARY KEY, value BLOB)`);
    const insert = database.prepare('INSERT INTO blobs (value) VALUES (?)');
    const start = performance.now();
    for (let count = 1; ; count++) {
      insert.run(value);
      if (performance.now() - start >= ms) return perSecond(count, start);
    }
  } finally {
    database.close();
    rmSync(folder, { recursive: true });
  }
}

function perSecond(count: number, start: number): number {
  return (count / (performance.now() - start)) * 1000;
}

function print(size: string, way: string, bytes: number, rate: number, ceiling: number): void {
  const appends = rate.toFixed(0).padStart(7);
  const megabytes = ((rate * bytes) / 1e6).toFixed(0).padStart(5);
  console.log(
    `${size.padStart(6)}  ${way.padEnd(26)} ${appends} appends/s ${megabytes} MB/s   reference ceiling ${ceiling} appends/s`,
  );
}
