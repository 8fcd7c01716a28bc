import { expect, test } from 'vitest';
import { encodeFrame } from '../../../src/stream/lane/frame.ts';
import { Lane } from '../../../src/stream/lane/lane.ts';
import { noLog } from '../../../src/telemetry/log.ts';
import { TestSql } from './sql.ts';

test('what has no room in a lane costs its sender nothing of what it may send', async () => {
  const lane = new Lane({
    // Nobody is asked.
    kafka: {
      brokers: ['127.0.0.1:1'],
      clientId: 'a',
      tls: null,
      sasl: null,
      prefix: 'a',
      sessionTimeoutMs: 10_000,
    },
    partitions: 1,
    sql: new TestSql(),
    maxWaitingBytes: 10,
    maxOutboxBytes: 10,
    instead: () => null,
    wakeIn: () => {},
    clock: () => 0,
    log: noLog,
  });
  const frame = encodeFrame([
    { topic: 'requests', partition: 0, key: null, value: new Uint8Array(9) },
  ]);
  const frames = [{ topic: 'requests', partition: 0, records: 1, frame }] as const;
  const bounded = { provider: 'mesh', records: 1, recordsPerSecond: 1 };
  for (let post = 0; post < 3; post++) {
    expect(await lane.append(frames, bounded)).toMatchObject({ refused: 'too_large' });
  }
});
