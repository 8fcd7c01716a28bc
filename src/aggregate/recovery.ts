import type { Rollup } from '../model/rollup.ts';
import type { Message } from '../packed/message.ts';
import type { StreamRecord } from '../stream/record.ts';
import type { RecordSource } from '../stream/source.ts';
import { type Checkpoint, decodeCheckpoint, rebuildFrom, rereadFromMs } from './checkpoint.ts';
import type { At } from './fold.ts';

/**
 * The newest whole checkpoint that does not go beyond `committed` and whose records are still kept; null when there
 * is none.
 */
export async function newestCheckpoint(
  source: RecordSource,
  partition: number,
  committed: number,
): Promise<Checkpoint | null> {
  const { first } = await source.range('requests', partition);
  const usable = ({ value, key }: StreamRecord) => {
    const checkpoint = key === String(partition) ? decodeCheckpoint(value, partition) : null;
    const fits =
      checkpoint !== null && checkpoint.offset <= committed && checkpoint.offset >= first;
    return fits ? checkpoint : null;
  };
  for (const record of await source.latest('checkpoints')) {
    const checkpoint = usable(record);
    if (checkpoint !== null) return checkpoint;
  }
  // The newest is damaged: the superseded ones are kept for a while.
  let found: Checkpoint | null = null;
  for await (const record of recordsBetween(source, 'checkpoints', partition, 0, Infinity)) {
    found = usable(record) ?? found;
  }
  return found;
}

/** The minutes that {@link Fold.rebuild} takes from rollups: the newest of each, within the longest window. */
export async function rollupsFor(source: RecordSource, checkpoint: Checkpoint): Promise<Rollup[]> {
  if (checkpoint.time.newestUs === null) return [];
  const before = rebuildFrom(checkpoint.time) / 1_000_000;
  const oldest = before - LONGEST_S;
  const newest = new Map<string, Rollup>();
  // A minute is rolled up after it has passed, so never appended before it began.
  const from = await source.offsetAt('rollups', 0, oldest * 1_000);
  for await (const { value } of recordsBetween(source, 'rollups', 0, from, Infinity)) {
    if (value === null) continue;
    const rollup = JSON.parse(decoder.decode(value)) as Rollup;
    const { service, minute, sequence } = rollup;
    const needed = minute < before && minute >= oldest && sequence[0] < checkpoint.offset;
    // Later rollups of a minute come later in the topic.
    if (needed) newest.set(`${minute} ${service}`, rollup);
  }
  return [...newest.values()];
}

/** The records that {@link Fold.rebuild} reads again. */
export async function* recordsFor(
  source: RecordSource,
  checkpoint: Checkpoint,
  decode: (record: StreamRecord) => Message | null,
): AsyncGenerator<{ at: At; message: Message }> {
  const { partition, offset, time } = checkpoint;
  if (time.newestUs === null) return;
  const from = await source.offsetAt('requests', partition, rereadFromMs(time));
  for await (const record of recordsBetween(source, 'requests', partition, from, offset)) {
    const message = decode(record);
    if (message !== null) yield { at: record, message };
  }
}

/** Offsets in [from, to), as far as the stream goes now. */
export async function* recordsBetween(
  source: RecordSource,
  topic: StreamRecord['topic'],
  partition: number,
  from: number,
  to: number,
): AsyncGenerator<StreamRecord> {
  for (let next = from; next < to; ) {
    const records = await source.read(topic, partition, next);
    if (records.length === 0) return;
    for (const record of records) {
      if (record.offset >= to) return;
      yield record;
      next = record.offset + 1;
    }
  }
}

const decoder = new TextDecoder();
const LONGEST_S = 3_660;
