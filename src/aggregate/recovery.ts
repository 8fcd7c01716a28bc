import type { Rollup } from '../model/rollup.ts';
import { SECOND_US } from '../model/time.ts';
import type { Message } from '../packed/message.ts';
import type { StreamRecord } from '../stream/record.ts';
import type { RecordSource } from '../stream/source.ts';
import { chainOf, type Link, linkOf } from './changes/chain.ts';
import type { Changed } from './changes/changes.ts';
import { decodeBody } from './changes/codec.ts';
import { type Checkpoint, decodeCheckpoint } from './checkpoint.ts';
import type { Folded } from './outputs.ts';
import { rebuildFrom, rereadFromMs } from './rebuild-range.ts';
import { bodyOf, unseal } from './sealed.ts';

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
  for (const record of await source.latest('checkpoints')) {
    const checkpoint = usable(record);
    if (checkpoint !== null) return checkpoint;
  }
  // The newest is damaged: the superseded ones are kept for a while.
  let found: Checkpoint | null = null;
  for await (const records of recordsBetween(source, 'checkpoints', partition, 0, Infinity)) {
    for (const record of records) found = usable(record) ?? found;
  }
  return found;
}

/** The minutes that {@link Fold.rebuild} takes from rollups, within the longest window. */
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
 * What {@link Fold.replay} puts back; null when the stream does not have all of it, whole: then the records themselves
 * are to be read again.
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
  const minute = rebuildFrom(time) / MINUTE_US;
  const links: Link[] = [];
  for await (const records of recordsBetween(source, 'changes', partition, from, Infinity)) {
    for (const record of records) {
      const link = linkOf(record.key, record.offset);
      if (link === null) continue;
      if (link.minute < minute || unseal(record.value) !== null) links.push(link);
    }
  }
  const chain = chainOf(links, first, offset);
  if (chain === null) return null;
  const needed = chain.filter((link) => link.minute >= minute);
  return changesOf(source, partition, needed.reverse());
}

async function* changesOf(
  source: RecordSource,
  partition: number,
  links: readonly Link[],
): AsyncGenerator<Changed[]> {
  const offsets = new Set(links.map(({ offset }) => offset));
  const [from, to] = [links.at(0)?.offset ?? 0, (links.at(-1)?.offset ?? -1) + 1];
  for await (const records of recordsBetween(source, 'changes', partition, from, to)) {
    const needed = records.filter(({ offset }) => offsets.has(offset));
    // They have been found whole before.
    yield needed.map(({ value }) => decodeBody(bodyOf(value!)));
  }
}

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
    if (last === undefined) return;
    yield last.offset < to ? records : records.filter(({ offset }) => offset < to);
    next = last.offset + 1;
  }
}

const decoder = new TextDecoder();
const LONGEST_S = 3_660;
const MINUTE_US = 60 * SECOND_US;
