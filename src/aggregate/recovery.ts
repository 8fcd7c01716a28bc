import type { Rollup } from '../model/rollup.ts';
import { SECOND_US } from '../model/time.ts';
import type { Message } from '../packed/message.ts';
import type { StreamRecord } from '../stream/record.ts';
import type { RecordSource } from '../stream/source.ts';
import { chainOf, type Link, linkOf } from './changes/chain.ts';
import type { Changed } from './changes/changes.ts';
import { decodeChanges } from './changes/codec.ts';
import { type Checkpoint, decodeCheckpoint } from './checkpoint.ts';
import type { Folded } from './outputs.ts';
import { rebuildFrom, rereadFromMs } from './rebuild-range.ts';

/** The newest whole checkpoint that does not go beyond `committed`; null when there is none. */
export async function newestCheckpoint(
  source: RecordSource,
  partition: number,
  committed: number,
): Promise<Checkpoint | null> {
  const usable = ({ value, key }: StreamRecord) => {
    const checkpoint = key === String(partition) ? decodeCheckpoint(value, partition) : null;
    return checkpoint !== null && checkpoint.offset <= committed ? checkpoint : null;
  };
  const { first, end } = await source.range('checkpoints', partition);
  const newest: StreamRecord[] = [];
  const from = Math.max(first, end - NEWEST);
  for await (const records of recordsBetween(source, 'checkpoints', partition, from, end)) {
    newest.push(...records);
  }
  for (const record of newest.toReversed()) {
    const checkpoint = usable(record);
    if (checkpoint !== null) return checkpoint;
  }
  // They are damaged, or beyond it: the superseded ones are kept for a while.
  let found: Checkpoint | null = null;
  for await (const records of recordsBetween(source, 'checkpoints', partition, first, end)) {
    for (const record of records) found = usable(record) ?? found;
  }
  return found;
}

/** The minutes that {@link Fold.replay} and `rebuild` take from rollups, within the longest window. */
export async function* rollupsFor(
  source: RecordSource,
  checkpoint: Checkpoint,
): AsyncGenerator<Rollup[]> {
  const { partition, offset, time, pendingRollups } = checkpoint;
  if (time.newestUs === null) return;
  const before = rebuildFrom(time) / SECOND_US;
  const oldest = before - LONGEST_S;
  // A minute is rolled up after it has passed, so never appended before it began.
  const from = await source.offsetAt('rollups', partition, oldest * 1_000);
  for await (const records of recordsBetween(source, 'rollups', partition, from, Infinity)) {
    const rollups = records.flatMap(({ value }) =>
      value === null ? [] : (JSON.parse(decoder.decode(value)) as Rollup),
    );
    yield rollups.filter(({ minute, sequence }) => {
      return minute < before && minute >= oldest && sequence[0] < offset;
    });
  }
  yield pendingRollups;
}

/** The records that {@link Fold.rebuild} reads again, each decoded when it is asked for. */
export async function* recordsFor(
  source: RecordSource,
  checkpoint: Checkpoint,
  decode: (record: StreamRecord) => Message | null,
): AsyncGenerator<Iterable<Folded>> {
  const { partition, offset, time } = checkpoint;
  if (time.newestUs === null) return;
  const from = await source.offsetAt('requests', partition, rereadFromMs(time));
  for await (const records of recordsBetween(source, 'requests', partition, from, offset)) {
    yield decoded(records, decode);
  }
}

/**
 * What {@link Fold.replay} puts back, each decoded when it is asked for; null when the stream does not have all of it:
 * then the records themselves are to be read again.
 *
 * @throws ChangesUnusable while they are read: one is damaged, or gone since
 */
export async function changesFor(
  source: RecordSource,
  { partition, offset, time }: Checkpoint,
): Promise<AsyncGenerator<Changed[]> | null> {
  if (time.newestUs === null) return null;
  const fromMs = rereadFromMs(time);
  const first = await source.offsetAt('requests', partition, fromMs);
  // They are appended after the records that they are of.
  const from = await source.offsetAt('changes', partition, fromMs);
  const links: Link[] = [];
  for await (const records of recordsBetween(source, 'changes', partition, from, Infinity)) {
    links.push(...records.flatMap((record) => linkOf(record.key, record.offset) ?? []));
  }
  const chain = chainOf(links, first, offset);
  return chain && changesOf(source, partition, chain);
}

async function* changesOf(
  source: RecordSource,
  partition: number,
  chain: readonly Link[],
): AsyncGenerator<Changed[]> {
  const left = new Map(chain.map((link) => [link.offset, link]));
  const [from, to] = [chain.at(0)?.offset ?? 0, (chain.at(-1)?.offset ?? -1) + 1];
  for await (const records of recordsBetween(source, 'changes', partition, from, to)) {
    for (const { offset, value } of records) {
      const link = left.get(offset);
      if (link === undefined) continue;
      left.delete(offset);
      const changed = decodeChanges(value);
      // The key is not among what is sealed.
      if (changed?.from !== link.from || changed.to !== link.to) throw new ChangesUnusable();
      yield [changed];
    }
  }
  if (left.size > 0) throw new ChangesUnusable();
}

/** What was put back of them so far is not all: the fold that it was put into is of no use. */
export class ChangesUnusable extends Error {}

function* decoded(
  records: readonly StreamRecord[],
  decode: (record: StreamRecord) => Message | null,
): Generator<Folded> {
  for (const record of records) {
    const message = decode(record);
    if (message !== null) yield { at: record, message };
  }
}

/** Offsets in [from, to), as far as the stream goes now; a turn a record would cost more than folding it. */
export async function* recordsBetween(
  source: RecordSource,
  topic: StreamRecord['topic'],
  partition: number,
  from: number,
  to: number,
): AsyncGenerator<StreamRecord[]> {
  for (let next = from; next < to; ) {
    const records = await source.read(topic, partition, next);
    const last = records.at(-1);
    if (last === undefined || records[0]!.offset >= to) return;
    yield last.offset < to ? records : records.filter(({ offset }) => offset < to);
    next = last.offset + 1;
  }
}

/** The last may be of an owner that did not come to commit, and the one before of one that was frozen. */
const NEWEST = 3;
const decoder = new TextDecoder();
const LONGEST_S = 3_660;
