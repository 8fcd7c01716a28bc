import type { Columns, SpanColumns } from '../packed/columns.ts';
import type { Part } from '../packed/message.ts';
import type { IdLog, IdRun } from './changes/id-log.ts';
import { IdMemory, minuteNumber } from './id-memory.ts';
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

  /** Each kind remembers at most `capacity` ids; `seed` and a log for each as in {@link IdMemory}. */
  constructor(capacity: number, seed: number, logs: readonly IdLog[] = []) {
    const [parts, fingerprints, spans] = logs;
    this.#parts = new IdMemory(capacity, seed, parts);
    this.#fingerprints = new IdMemory(capacity, seed, fingerprints);
    this.#spans = new IdMemory(capacity, seed, spans);
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
    const { fingerprintWords, spans } = columns;
    if (fingerprintWords !== null) return new RowDuplicates(this.#fingerprints, fingerprintWords);
    if (spans !== null) return new RowDuplicates(this.#spans, spanWords(columns, spans));
    return new RowDuplicates(null, NO_WORDS);
  }

  forget(horizonUs: number): void {
    for (const ids of this.#kinds) ids.forget(horizonUs);
  }

  /** Remembers ids of the kind at `kind` again, without those that are before the horizon. */
  restore(kind: number, runs: readonly IdRun[], words: Uint32Array, horizonUs: number): void {
    const ids = this.#kinds[kind]!;
    const oldest = minuteNumber(horizonUs);
    let at = 0;
    for (const { minute, count } of runs) {
      if (minute >= oldest) ids.restore(minute, words.subarray(at, at + 2 * count));
      at += 2 * count;
    }
  }

  /** In the order of ID_KINDS. */
  get #kinds(): readonly IdMemory[] {
    return [this.#parts, this.#fingerprints, this.#spans];
  }

  /** Ids that were not remembered because the memory was full. */
  get overflowed(): number {
    return this.#before + this.#kinds.reduce((sum, { overflowed }) => sum + overflowed, 0);
  }

  /** Goes on counting from a checkpoint's figure. */
  set overflowed(count: number) {
    this.#before += count - this.overflowed;
  }
}

/** The ids of a part's rows, as pairs of words, the lower first; both 0 is none. */
export class RowDuplicates {
  readonly #memory: IdMemory | null;
  readonly #words: Uint32Array;

  constructor(memory: IdMemory | null, words: Uint32Array) {
    this.#memory = memory;
    this.#words = words;
  }

  /** Whether row `i` was seen before; its end as it counts, and as it said. */
  has(i: number, endUs: number, saidUs: number): boolean {
    const memory = this.#memory;
    if (memory === null) return false;
    const low = this.#words[2 * i]!;
    const high = this.#words[2 * i + 1]!;
    return (low !== 0 || high !== 0) && memory.seen(high, low, endUs, saidUs);
  }
}

/** A span is known by its trace, its id, and who reports which side of it. */
function spanWords({ count, destination, dictionary }: Columns, spans: SpanColumns): Uint32Array {
  const { traceIdWords: traces, idWords: ids, shared } = spans;
  const words = new Uint32Array(2 * count);
  // Of the service of the row before: most rows of a part are of one.
  let index = -1;
  let service = 0;
  for (let i = 0; i < count; i++) {
    const idLow = ids[2 * i]!;
    const idHigh = ids[2 * i + 1]!;
    if (idLow === 0 && idHigh === 0) continue;
    if (destination[i] !== index) {
      index = destination[i]!;
      service = hash(dictionary[index] ?? '');
    }
    const who = Math.imul(service + shared[i]!, 0x9e3779b1);
    words[2 * i] = mix(mix(traces[2 * i]! ^ who, idLow), idHigh);
    words[2 * i + 1] = mix(mix(traces[2 * i + 1]! + who, idHigh), idLow);
  }
  return words;
}

const NO_WORDS = new Uint32Array(0);

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
