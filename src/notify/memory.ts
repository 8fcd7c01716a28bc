import { type Begun, decodeNotification, type Told } from '../model/notification.ts';
import type { StreamRecord } from '../stream/record.ts';
import type { RecordSource } from '../stream/source.ts';
import { isNewer } from './decide.ts';
import type { Memory } from './ledger.ts';

/**
 * What the stream remembers of all receivers, configured or not. Of several records of an alert the newest state counts,
 * not the last record: a process that stood still after it had told an opening may record that behind the end, which
 * another one has told.
 */
export async function readMemory(
  source: RecordSource,
  unreadable: (record: StreamRecord) => void,
): Promise<Memory> {
  const told = new Map<string, Told>();
  const begun = new Map<string, Begun>();
  for await (const record of allRecords(source)) {
    const { value } = record;
    const key = record.key ?? '';
    if (value === null) {
      told.delete(key);
      begun.delete(key);
      continue;
    }
    const read = decodeNotification(value);
    const held = told.get(key);
    if (read === null) unreadable(record);
    else if ('begun' in read) begun.set(key, read);
    else if (held === undefined || !isNewer(held, read)) told.set(key, read);
  }
  return { told: [...told.values()], begun: [...begun.values()] };
}

async function* allRecords(source: RecordSource): AsyncGenerator<StreamRecord> {
  for (let partition = 0; partition < source.partitions('notifications'); partition++) {
    const { first, end } = await source.range('notifications', partition);
    for (let from = first; from < end; ) {
      const records = await source.read('notifications', partition, from);
      yield* records;
      from = (records.at(-1)?.offset ?? end) + 1;
    }
  }
}
