import { expect, test } from 'vitest';
import type { Changed } from '../../src/aggregate/changes/changes.ts';
import { RecoveryFigures } from '../../src/aggregate/recovery-figures.ts';
import type { StreamRecord } from '../../src/stream/record.ts';
import { part, T0_MS } from './events.ts';

async function* each<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

test('a recovery says what each step read and took, once', async () => {
  let now = 1_000;
  const figures = new RecoveryFigures(() => now);
  now += 7;
  figures.ended('checkpointMs');
  for await (const _ of figures.rollups(each([['a', 'b'], ['c'], []]))) now += 5;
  const record = { value: new Uint8Array(40) } as unknown as StreamRecord;
  const facts = Array.from({ length: 6 }, () => ({ atMs: T0_MS }));
  const message = { kind: 'parts' as const, parts: [part(facts), part(facts.slice(0, 2))] };
  expect(figures.decoded(record, message)).toBe(message);
  figures.decoded(record, { kind: 'tick' });
  expect(figures.decoded(record, null)).toBeNull();
  now += 30;
  figures.ended('recordsMs');
  expect(figures.take()).toEqual({
    checkpointMs: 7,
    rollups: 3,
    rollupsMs: 15,
    records: 3,
    events: 8,
    bytes: 120,
    recordsMs: 30,
  });
  expect(figures.take()).toEqual({});
  const changed = { place: new Uint32Array(4) } as Changed;
  for await (const _ of figures.changes(each([[changed, changed], [changed]]))) now += 1;
  figures.ended('changesMs');
  expect(figures.take()).toEqual({ changes: 3, events: 12, changesMs: 2 });
});
