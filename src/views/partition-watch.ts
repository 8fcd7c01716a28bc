import type { PartitionState } from '../model/state.ts';
import { Waiting } from './waiting.ts';

/**
 * Why what is known of a partition is old: `behind`, its records are folded, but late; `not_read`, nobody was seen to fold
 * any for a while; `stream_unavailable`, the stream does not say what it has.
 */
export type DelayReason = 'behind' | 'not_read' | 'stream_unavailable';

/** What is known of a partition lacks something that is in the stream, or that would be. */
export interface Delay {
  partition: number;
  reason: DelayReason;
  /** For how long it has, ms. */
  ms: number;
  /** Records that are not folded yet; null when that is not known. */
  lag: number | null;
}

/** Whether the views have what one partition of `requests` holds. Times are those of one stopwatch. */
export class PartitionWatch {
  readonly #partition: number;
  readonly #state: () => PartitionState | undefined;
  readonly #waiting = new Waiting();
  /** When the stream last said where the partition ends. */
  #seenMs: number;
  #seenOnce = false;
  /** The last offset to which it was seen to be folded, and since when. */
  #folded: number;
  #foldedMs: number;

  /**
   * @param state the newest of the partition
   * @param foldedMs when the state that is there was published
   */
  constructor(
    partition: number,
    state: () => PartitionState | undefined,
    nowMs: number,
    foldedMs: number,
  ) {
    this.#partition = partition;
    this.#state = state;
    this.#seenMs = nowMs;
    this.#folded = state()?.offset ?? 0;
    this.#foldedMs = foldedMs;
  }

  saw(end: number, nowMs: number): void {
    // Who starts behind does not know for how long: at most since the last record that was folded.
    this.#waiting.saw(end, this.#seenOnce ? nowMs : this.#foldedMs);
    this.#seenOnce = true;
    this.#seenMs = nowMs;
    this.#look(nowMs);
  }

  lag(nowMs: number): number | null {
    if (!this.#seenOnce || nowMs - this.#seenMs > DELAYED_MS) return null;
    return Math.max(0, this.#waiting.end - this.#look(nowMs));
  }

  /** Null when the views have what there is, or soon will. */
  delay(nowMs: number): Delay | null {
    const folded = this.#look(nowMs);
    const unseenMs = nowMs - this.#seenMs;
    const stillMs = nowMs - this.#foldedMs;
    const waitsMs = nowMs - (this.#waiting.sinceMs(folded) ?? nowMs);
    if (unseenMs > DELAYED_MS) {
      return this.#delay('stream_unavailable', Math.max(unseenMs, waitsMs), nowMs);
    }
    if (waitsMs > DELAYED_MS) {
      return this.#delay(stillMs > DELAYED_MS ? 'not_read' : 'behind', waitsMs, nowMs);
    }
    const isWatched = (this.#state()?.services ?? 0) > 0;
    if (isWatched && stillMs > SILENT_MS) return this.#delay('not_read', stillMs, nowMs);
    return null;
  }

  #delay(reason: DelayReason, ms: number, nowMs: number): Delay {
    return { partition: this.#partition, reason, ms, lag: this.lag(nowMs) };
  }

  #look(nowMs: number): number {
    const folded = this.#state()?.offset ?? 0;
    if (folded !== this.#folded) {
      this.#folded = folded;
      this.#foldedMs = nowMs;
    }
    return folded;
  }
}

/** A state is published every second, and looked for every second. */
const DELAYED_MS = 5_000;
/** As long as a partition has services its owner appends a tick once a minute at least. */
const SILENT_MS = 60_000 + DELAYED_MS;
