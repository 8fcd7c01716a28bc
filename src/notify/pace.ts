import type { Clock } from '../model/clock.ts';

const BURST = 3;
const PER_SECOND = 1;

/**
 * A token bucket: three messages at once, then one per second.
 *
 * Slack allows one message per second and channel with short bursts, and switches off what goes on after a 429
 * (docs.slack.dev, "Rate limits").
 */
export class Pace {
  readonly #clock: Clock;
  #tokens = BURST;
  #at: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#at = clock();
  }

  /** Milliseconds until a message may go; 0 when one may go now. */
  waitMs(): number {
    this.#refill();
    return this.#tokens >= 1 ? 0 : Math.ceil(((1 - this.#tokens) / PER_SECOND) * 1000);
  }

  spend(): void {
    this.#refill();
    this.#tokens -= 1;
  }

  #refill(): void {
    const now = this.#clock();
    // A clock that was set back refills nothing.
    const seconds = Math.max(0, now - this.#at) / 1000;
    this.#at = now;
    this.#tokens = Math.min(BURST, this.#tokens + seconds * PER_SECOND);
  }
}

const FIRST_MS = 1000;
const MAX_MS = 60_000;
/** What the other side may ask for at most: a wrong `Retry-After` must not silence us for a day. */
const MAX_ASKED_MS = 3_600_000;

/**
 * Milliseconds to wait after the `failures`th failure in a row (1 is the first): doubling from 1 s to 60 s, of which
 * half is random so that many senders do not come back together; at least as long as was asked for.
 * `random` gives 0 up to, not including, 1.
 */
export function backoffMs(
  failures: number,
  random: () => number,
  askedSeconds: number | null = null,
): number {
  const most = Math.min(MAX_MS, FIRST_MS * 2 ** Math.min(failures - 1, 16));
  const asked = Math.min(MAX_ASKED_MS, (askedSeconds ?? 0) * 1000);
  return Math.max(asked, most / 2 + (most / 2) * random());
}
