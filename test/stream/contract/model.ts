import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { AppendRecord } from '../../../src/stream/record.ts';
import { readAll, record, type StreamFactory } from './under-test.ts';

const aRecord = fc.record({
  topic: fc.constantFrom('requests' as const, 'state' as const),
  partition: fc.nat(),
  key: fc.option(fc.constantFrom('a', 'b', 'ç', '')),
  value: fc.option(fc.uint8Array({ maxLength: 40 }), { freq: 3 }),
});
const calls = fc.array(fc.array(aRecord, { maxLength: 5 }), { maxLength: 12 });

export function modelContract(factory: StreamFactory): void {
  test('any appends read back as a plain list per partition and a map of the latest would say', async () => {
    await fc.assert(
      fc.asyncProperty(calls, async (given) => {
        const { sink, source, dispose } = await factory({});
        try {
          const count = sink.partitions('requests');
          const appends = given.map((call) => call.map((one) => onPartition(one, count)));
          await Promise.all(appends.map((records) => sink.append(records)));
          for (const topic of ['requests', 'state'] as const) {
            const all = appends.flat().filter((one) => one.topic === topic);
            for (let partition = 0; partition < count; partition++) {
              const expected = all.filter((one) => one.partition === partition);
              expect((await readAll(source, topic, partition)).map(plain)).toEqual(
                expected.map(plain),
              );
            }
            const latest = (await source.latest(topic)).map(plain);
            expect(latest.sort()).toEqual(latestOf(all).map(plain).sort());
          }
        } finally {
          await sink.close();
          await dispose();
        }
      }),
      { numRuns: 25 },
    );
  });
}

/** A key stays on its partition, as it does by hashing. */
function onPartition({ key, value, topic, partition }: AppendRecord, count: number): AppendRecord {
  const own = key === null ? partition : key.length;
  return record(value, { topic, key, partition: own % count });
}

function latestOf(records: readonly AppendRecord[]): AppendRecord[] {
  const latest = new Map(records.map((one) => [one.key, one]));
  latest.delete(null);
  return [...latest.values()].filter(({ value }) => value !== null);
}

function plain({ topic, partition, key, value }: AppendRecord): string {
  return JSON.stringify([topic, partition, key, value === null ? null : [...value]]);
}
