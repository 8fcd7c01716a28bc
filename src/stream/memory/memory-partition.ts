import { bisect } from '../embedded/bisect.ts';
import type { AppendRecord, StreamRecord } from '../record.ts';

/** The records of one partition, in offset order. */
export class MemoryPartition {
  end = 0;
  /** Of all values kept. */
  bytes = 0;
  records: StreamRecord[] = [];
  #lastTime = -Infinity;

  /** Keeps a copy: the caller may use its bytes again. */
  append(record: AppendRecord, now: number): number {
    const { topic, partition, key, value, headers } = record;
    this.#lastTime = Math.max(now, this.#lastTime);
    this.records.push({
      topic,
      partition,
      key: key === null ? null : key.toWellFormed(),
      value: value === null ? null : new Uint8Array(value),
      ...(headers === undefined ? {} : { headers: { ...headers } }),
      offset: this.end,
      time: this.#lastTime,
    });
    this.bytes += value?.byteLength ?? 0;
    return this.end++;
  }

  get first(): number {
    return this.records[0]?.offset ?? this.end;
  }

  get lastTime(): number {
    return this.#lastTime;
  }

  read(from: number, maxBytes: number): StreamRecord[] {
    const start = this.#indexWhere((record) => record.offset >= from);
    let end = start;
    let bytes = 0;
    while (end < this.records.length) {
      const size = sizeOf(this.records[end]!);
      if (end > start && bytes + size > maxBytes) break;
      bytes += size;
      end++;
    }
    return this.records.slice(start, end);
  }

  offsetAt(timeMs: number): number {
    const index = this.#indexWhere((record) => record.time >= timeMs);
    return this.records[index]?.offset ?? this.end;
  }

  remove(offsets: ReadonlySet<number>): void {
    this.records = this.records.filter((record) => !offsets.has(record.offset));
    this.bytes = this.records.reduce((sum, record) => sum + sizeOf(record), 0);
  }

  #indexWhere(holds: (record: StreamRecord) => boolean): number {
    return bisect(0, this.records.length, (index) => holds(this.records[index]!));
  }
}

export function sizeOf(record: AppendRecord): number {
  return record.value?.byteLength ?? 0;
}
