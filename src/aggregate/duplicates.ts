import type { Columns } from '../packed/columns.ts';
import type { Part } from '../packed/message.ts';
import { IdMemory } from './id-memory.ts';
import { HORIZON_US } from './stream-time.ts';

/**
 * The three kinds of copies: a whole part sent again, a record that a shipper sent again among new ones, a span that
 * was reported twice. Each is known by 64 bits.
 */
export class Duplicates {
  readonly #parts: IdMemory;
  readonly #fingerprints: IdMemory;
  readonly #spans: IdMemory;
  #before = 0;

  /** Each kind remembers at most `capacity` ids; `seed` as in {@link IdMemory}. */
  constructor(capacity: number, seed: number) {
    this.#parts = new IdMemory(capacity, seed);
    this.#fingerprints = new IdMemory(capacity, seed);
    this.#spans = new IdMemory(capacity, seed);
  }

  /** Whether this part was seen within the horizon; its newest end says how long it must be remembered. */
  isRepeated({ frame, columns }: Part, appendUs: number): boolean {
    let newestUs = 0;
    for (let i = 0; i < columns.count; i++) {
      const endUs = columns.endUs[i]!;
      if (endUs > newestUs) newestUs = endUs;
    }
    const word = (n: number) => Number.parseInt(frame.bodyId.slice(8 * n, 8 * n + 8), 16);
    const high = (word(0) ^ word(2)) >>> 0;
    const low = (word(1) ^ word(3) ^ Math.imul(frame.chunk, 0x9e3779b1)) >>> 0;
    // Without an event nothing tells what end a copy has; and senders must not open a minute for each old end they think of.
    if (columns.count === 0 || newestUs < appendUs - HORIZON_US) {
      return this.#parts.seenAnywhere(high, low, appendUs);
    }
    return this.#parts.seen(high, low, Math.min(newestUs, appendUs), newestUs);
  }

  /** Answers for the rows of one part. */
  of(columns: Columns): RowDuplicates {
    const { fingerprintWords: halves, spans } = columns;
    if (halves !== null) {
      return (i, endUs, saidUs) => {
        const low = halves[2 * i]!;
        const high = halves[2 * i + 1]!;
        if (low === 0 && high === 0) return false;
        return this.#fingerprints.seen(high, low, endUs, saidUs);
      };
    }
    if (spans === null) return never;
    const { traceIdWords: traces, idWords: ids } = spans;
    // Of the service of the row before: most rows of a part are of one.
    let index = -1;
    let service = 0;
    return (i, endUs, saidUs) => {
      const idLow = ids[2 * i]!;
      const idHigh = ids[2 * i + 1]!;
      if (idLow === 0 && idHigh === 0) return false;
      if (columns.destination[i] !== index) {
        index = columns.destination[i]!;
        service = hash(columns.dictionary[index] ?? '');
      }
      const who = Math.imul(service + spans.shared[i]!, 0x9e3779b1);
      const low = mix(mix(traces[2 * i]! ^ who, idLow), idHigh);
      const high = mix(mix(traces[2 * i + 1]! + who, idHigh), idLow);
      return this.#spans.seen(high, low, endUs, saidUs);
    };
  }

  forget(horizonUs: number): void {
    for (const ids of [this.#parts, this.#fingerprints, this.#spans]) ids.forget(horizonUs);
  }

  /** Ids that were not remembered because the memory was full. */
  get overflowed(): number {
    const kinds = [this.#parts, this.#fingerprints, this.#spans];
    return this.#before + kinds.reduce((sum, { overflowed }) => sum + overflowed, 0);
  }

  /** Goes on counting from a checkpoint's figure. */
  set overflowed(count: number) {
    this.#before += count - this.overflowed;
  }
}

/** Whether row `i` was seen before; its end as it counts, and as it said. */
export type RowDuplicates = (i: number, endUs: number, saidUs: number) => boolean;

const never: RowDuplicates = () => false;
/** Of a part that was seen before. */
export const always: RowDuplicates = () => true;

/** Finalizer of MurmurHash3 over `a` and `b`; unsigned. */
function mix(a: number, b: number): number {
  let h = Math.imul(a ^ Math.imul(b, 0xcc9e2d51), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

function hash(text: string): number {
  let h = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193);
  return h >>> 0;
}
