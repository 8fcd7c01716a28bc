import type { StreamRecord } from '../stream/record.ts';
import type { RecordSource } from '../stream/source.ts';
import type { Memory } from './ledger.ts';

/** Alerts that somebody was told of and that have been deleted since, while no notifier ran. */
export interface LostSight {
  /** The last state of those whose end somebody may not have heard of. */
  states: readonly StreamRecord[];
  /** Keys of which nothing will come any more. */
  gone: readonly string[];
}

/** @param newest the newest state of every alert that there is */
export async function alertsLostSight(
  source: RecordSource,
  { told, begun }: Memory,
  newest: readonly StreamRecord[],
): Promise<LostSight> {
  const live = new Set(newest.map(({ key }) => key));
  const deleted = [...told, ...begun]
    .map(({ alertKey }) => alertKey)
    .filter((alertKey) => !live.has(alertKey));
  const open = new Set(
    [...told.filter(({ status }) => status === 'firing'), ...begun].map(({ alertKey }) => alertKey),
  );
  const states = await lastStates(source, new Set(deleted.filter((key) => open.has(key))));
  // An end that nobody can find may still come: only a new `alerts` topic, or a very old one, has lost it.
  const gone = new Set(deleted.filter((key) => !open.has(key) || states.has(key)));
  return { states: [...states.values()], gone: [...gone] };
}

/** Deleted keys have no newest record, but until retention takes them their older ones are there. */
async function lastStates(
  source: RecordSource,
  keys: ReadonlySet<string>,
): Promise<Map<string, StreamRecord>> {
  const newest = new Map<string, StreamRecord>();
  const last = new Map<string, StreamRecord>();
  for (let partition = 0; keys.size > 0 && partition < source.partitions('alerts'); partition++) {
    const { first, end } = await source.range('alerts', partition);
    for (let from = first; from < end; ) {
      const records = await source.read('alerts', partition, from);
      for (const record of records) {
        if (record.key === null || !keys.has(record.key)) continue;
        newest.set(record.key, record);
        if (record.value !== null) last.set(record.key, record);
      }
      from = (records.at(-1)?.offset ?? end) + 1;
    }
  }
  // One that fires again since it was looked for is not gone.
  for (const [key, { value }] of newest) if (value !== null) last.delete(key);
  return last;
}
