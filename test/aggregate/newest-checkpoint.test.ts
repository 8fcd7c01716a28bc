import { expect, test } from 'vitest';
import { encodeCheckpoint } from '../../src/aggregate/checkpoint.ts';
import { Fold } from '../../src/aggregate/fold.ts';
import { newestCheckpoint } from '../../src/aggregate/recovery.ts';
import { MemoryStream } from '../../src/stream/memory/memory-stream.ts';
import { T0_MS } from './events.ts';

/** Counts what is read of it. */
class CountedStream extends MemoryStream {
  handedOut = 0;

  override async read(...from: Parameters<MemoryStream['read']>) {
    const records = await super.read(...from);
    this.handedOut += records.length;
    return records;
  }
}

/** With a checkpoint after each of `count` ticks; the last `damaged` of them cannot be read. */
async function checkpointed(count: number, damaged = 0): Promise<CountedStream> {
  const stream = new CountedStream({ clock: () => T0_MS });
  const fold = new Fold({ partition: 0 });
  for (let offset = 0; offset < count; offset++) {
    fold.apply({ offset, time: T0_MS + offset }, { kind: 'tick' });
    const whole = encodeCheckpoint(fold.checkpoint());
    const value = offset < count - damaged ? whole : whole.subarray(1);
    await stream.append([{ topic: 'checkpoints', partition: 0, key: '0', value }]);
  }
  return stream;
}

test('of many checkpoints a few are read', async () => {
  const stream = await checkpointed(50);
  expect(await newestCheckpoint(stream, 0, 50)).toMatchObject({ offset: 50 });
  expect(stream.handedOut).toBeLessThan(5);
});

test('one that goes beyond what was committed is not taken, however many there are', async () => {
  const stream = await checkpointed(50);
  expect(await newestCheckpoint(stream, 0, 49)).toMatchObject({ offset: 49 });
  expect(await newestCheckpoint(stream, 0, 20)).toMatchObject({ offset: 20 });
  expect(await newestCheckpoint(stream, 0, 0)).toBeNull();
});

test('damaged ones are passed over for the newest whole one', async () => {
  expect(await newestCheckpoint(await checkpointed(9, 1), 0, 9)).toMatchObject({ offset: 8 });
  expect(await newestCheckpoint(await checkpointed(9, 6), 0, 9)).toMatchObject({ offset: 3 });
  expect(await newestCheckpoint(await checkpointed(3, 3), 0, 9)).toBeNull();
});
