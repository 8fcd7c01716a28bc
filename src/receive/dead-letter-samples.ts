import type { Clock } from '../model/clock.ts';
import { type DeadLetterSample, encodeDeadLetter } from '../model/dead-letter.ts';
import type { DeadLetterReason } from '../model/input.ts';
import type { AppendRecord } from '../stream/record.ts';
import type { RecordTaker } from '../stream/sink.ts';
import type { Family, Metrics } from '../telemetry/metrics.ts';

const SAMPLE_BYTES = 512;
const PER_SECOND = 10;

/** Writes at most {@link PER_SECOND} samples a second. What does not fit, or cannot be written, is counted and gone. */
export class DeadLetterSamples {
  readonly #sink: RecordTaker;
  readonly #clock: Clock;
  readonly #counter: Family;
  #second = 0;
  #taken = 0;
  #pending: Promise<void> | null = null;

  constructor(sink: RecordTaker, clock: Clock, metrics: Metrics) {
    this.#sink = sink;
    this.#clock = clock;
    this.#counter = metrics.counter(
      'meshpulse_dead_letter_samples_total',
      'Dead letters kept to look at (written), and those that were not, by result.',
    );
  }

  /** Null when this second has had its samples. `raw` is copied. */
  take(reason: DeadLetterReason, raw: Uint8Array): PendingSample | null {
    const second = Math.floor(this.#clock() / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#taken = 0;
    }
    if (this.#taken === PER_SECOND) {
      this.#counter.inc({ result: 'rate_limited' });
      return null;
    }
    this.#taken++;
    return { reason, sample: lossyUtf8.decode(raw.subarray(0, SAMPLE_BYTES)) };
  }

  /** Returns at once and never fails: nobody's answer depends on it. */
  write(
    samples: readonly PendingSample[],
    from: Omit<DeadLetterSample, keyof PendingSample>,
  ): void {
    if (samples.length === 0) return;
    const records = samples.map((sample): AppendRecord => {
      const value = encodeDeadLetter({ ...sample, ...from });
      return { topic: 'dead-letters', partition: 0, key: null, value };
    });
    const append = async () => void (await this.#sink.append(records));
    const written = append().then(
      () => this.#counter.inc({ result: 'written' }, records.length),
      () => this.#counter.inc({ result: 'failed' }, records.length),
    );
    const pending = Promise.all([this.#pending, written]).then(() => {
      if (this.#pending === pending) this.#pending = null;
    });
    this.#pending = pending;
  }

  /** Resolves when all that was given so far is written or lost; null when nothing is under way. */
  get pending(): Promise<void> | null {
    return this.#pending;
  }
}

export type PendingSample = Pick<DeadLetterSample, 'reason' | 'sample'>;

const lossyUtf8 = new TextDecoder();
