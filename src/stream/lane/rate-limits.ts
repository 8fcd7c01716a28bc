import { RateLimited } from '../errors.ts';
import type { Bounded } from './calls.ts';

interface Bucket {
  /** What may be taken now; below 0 after a post that was larger than what was left. */
  left: number;
  atMs: number;
}

/** Token buckets by provider, each with a second's worth. Exact over time, also with posts of more than a second's worth. */
export class RateLimits {
  readonly #buckets = new Map<string, Bucket>();

  /** @throws RateLimited; then nothing is taken */
  take({ provider, records, recordsPerSecond }: Bounded, nowMs: number) {
    const bucket = this.#buckets.get(provider) ?? { left: recordsPerSecond, atMs: nowMs };
    this.#buckets.set(provider, bucket);
    // A clock that is put back refills nothing.
    const passedMs = Math.max(0, nowMs - bucket.atMs);
    bucket.left = Math.min(recordsPerSecond, bucket.left + (passedMs / 1_000) * recordsPerSecond);
    bucket.atMs = nowMs;
    if (bucket.left <= 0) {
      throw new RateLimited(`${provider} sends more than ${recordsPerSecond} records/s`);
    }
    bucket.left -= records;
  }
}
