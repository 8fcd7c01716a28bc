import { type DeadLetterSample, decodeDeadLetter } from '../model/dead-letter.ts';
import type { StreamRecord } from '../stream/record.ts';
import type { RecordSource } from '../stream/source.ts';

/** The topic's records are samples of a few kB: this reads them in a handful of calls. */
const READ_BYTES = 1 << 20;

/** Those of the newest `limit` records of the dead-letters topic that can be read, newest first. Nothing is held. */
export async function newestDeadLetters(
  source: RecordSource,
  limit: number,
): Promise<DeadLetterSample[]> {
  const found: StreamRecord[] = [];
  for (let partition = 0; partition < source.partitions('dead-letters'); partition++) {
    const { first, end } = await source.range('dead-letters', partition);
    let from = Math.max(first, end - limit);
    while (from < end) {
      const records = await source.read('dead-letters', partition, from, READ_BYTES);
      const last = records.at(-1);
      if (!last) break;
      found.push(...records.filter(({ offset }) => offset < end));
      from = last.offset + 1;
    }
  }
  const newest = found.sort((a, b) => b.time - a.time || b.offset - a.offset).slice(0, limit);
  return newest.flatMap(({ value }) => {
    const sample = decodeDeadLetter(value);
    return sample ? [sample] : [];
  });
}
