import type { PartitionConsumer, RecordSource } from '../../src/stream/source.ts';

/** A source that tells how far its subscriber has come: read, folded and published. */
export class FoldWatch {
  readonly source: RecordSource;
  #folded = 0;
  #waiting: { offset: number; resolve: () => void }[] = [];

  constructor(source: RecordSource) {
    this.source = {
      partitions: (topic) => source.partitions(topic),
      range: (...of) => source.range(...of),
      ends: (topic) => source.ends(topic),
      read: (...of) => source.read(...of),
      offsetAt: (...of) => source.offsetAt(...of),
      latest: (topic) => source.latest(topic),
      follow: (...of) => source.follow(...of),
      close: () => source.close(),
      subscribe: (topic, group, consumer) =>
        source.subscribe(topic, group, this.#watching(consumer)),
    };
  }

  /** Resolves once everything below `offset` is folded. */
  async reached(offset: number): Promise<void> {
    if (offset <= this.#folded) return;
    await new Promise<void>((resolve) => {
      this.#waiting.push({ offset, resolve });
    });
  }

  #watching(consumer: PartitionConsumer): PartitionConsumer {
    return {
      ...consumer,
      records: async (partition, records, atEnd) => {
        await consumer.records(partition, records, atEnd);
        const next = records.at(-1)!.offset + 1;
        this.#folded = next;
        const waiting = this.#waiting;
        this.#waiting = waiting.filter(({ offset }) => offset > next);
        for (const { offset, resolve } of waiting) if (offset <= next) resolve();
      },
    };
  }
}
