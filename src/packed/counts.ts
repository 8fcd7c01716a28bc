import type { CountsByReason } from '../model/input.ts';
import type { Reader } from './reader.ts';
import type { Writer } from './writer.ts';

/** Field numbers of an entry of a map: https://protobuf.dev/programming-guides/proto3/#maps-features */
const ENTRY = { key: 1, value: 2 } as const;

export function writeCounts(writer: Writer, field: number, counts: Readonly<CountsByReason>): void {
  for (const [reason, count] of Object.entries(counts)) {
    const expected = reason.length + 8;
    const start = writer.open(field, expected);
    writer.string(ENTRY.key, reason);
    writer.uint(ENTRY.value, count);
    writer.close(start, expected);
  }
}

/** Counts of one part, while it is read. Most parts have none. */
export class Counts {
  #byReason: Map<string, number> | null = null;

  /** Reads the entry that the reader is at; the last one of a reason holds. */
  read(reader: Reader, name: string): void {
    let reason = '';
    let count = 0;
    const outer = reader.enter(name);
    while (reader.next()) {
      if (reader.field === ENTRY.key) reason = reader.string('reason');
      else if (reader.field === ENTRY.value) count = reader.uint('count', 0xffffffff);
      else reader.skip();
    }
    reader.leave(outer);
    this.#byReason ??= new Map();
    this.#byReason.set(reason, count);
  }

  byReason(): CountsByReason {
    return this.#byReason === null ? {} : Object.fromEntries(this.#byReason);
  }
}
