import type { Columns } from '../packed/columns.ts';
import type { Part } from '../packed/message.ts';
import { RecentKeys } from './recent-keys.ts';

/**
 * The three kinds of copies: a whole part sent again, a record that a shipper sent again among new ones, a span that
 * was reported twice.
 */
export class Duplicates {
  readonly #parts: RecentKeys<string>;
  readonly #fingerprints: RecentKeys<bigint>;
  readonly #spans: RecentKeys<string>;
  #before = 0;

  /** Each kind remembers at most `capacity` ids. */
  constructor(capacity: number) {
    this.#parts = new RecentKeys(capacity);
    this.#fingerprints = new RecentKeys(capacity);
    this.#spans = new RecentKeys(capacity);
  }

  /** Whether this part was seen within the horizon; its newest end says how long it must be remembered. */
  isRepeated({ frame, columns }: Part, appendUs: number): boolean {
    let newestUs = columns.count === 0 ? appendUs : 0;
    for (let i = 0; i < columns.count; i++) newestUs = Math.max(newestUs, columns.endUs[i]!);
    const endUs = Math.min(newestUs, appendUs);
    return this.#parts.seen(`${frame.bodyId}/${frame.chunk}`, endUs, true);
  }

  /** Whether row `i` was seen before. `endUs` is its end as it counts, `clamped` whether that is not what it said. */
  isDuplicate(columns: Columns, i: number, endUs: number, clamped: boolean): boolean {
    const { fingerprints, spans } = columns;
    if (fingerprints !== null) {
      const fingerprint = fingerprints[i]!;
      return fingerprint !== 0n && this.#fingerprints.seen(fingerprint, endUs, clamped);
    }
    if (spans === null || spans.id[i] === 0n) return false;
    const service = columns.dictionary[columns.destination[i]!] ?? '';
    const key = `${spans.traceIdLow[i]} ${spans.id[i]} ${spans.shared[i]} ${service}`;
    return this.#spans.seen(key, endUs, clamped);
  }

  forget(horizonUs: number): void {
    for (const keys of [this.#parts, this.#fingerprints, this.#spans]) keys.forget(horizonUs);
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
