import type { Growth } from '../../telemetry/metrics.ts';
import type { RecordTaker } from '../sink.ts';
import type { Bounded, LaneAnswer, LaneCalls, LaneFrame } from './calls.ts';
import { decodeFrame } from './frame.ts';
import { GrowthSum, type LaneFigures } from './lane-figures.ts';
import { RateLimits } from './rate-limits.ts';
import { refusalOf } from './refusal.ts';

/**
 * A lane over another sink that does without sockets: it makes one queue of what many isolates send. It has no outbox: what the
 * sink does not take is refused.
 */
export class RestLane implements LaneCalls {
  readonly #sink: RecordTaker;
  readonly #clock: () => number;
  readonly #limits = new RateLimits();
  readonly #growth = new GrowthSum();
  #appendedRecords = 0;
  #waitingBytes = 0;

  /** @param clock wall clock, ms since the epoch */
  constructor(sink: RecordTaker, clock: () => number) {
    this.#sink = sink;
    this.#clock = clock;
  }

  async append(frames: readonly LaneFrame[], bounded: Bounded | null): Promise<LaneAnswer> {
    const bytes = frames.reduce((sum, { frame }) => sum + frame.byteLength, 0);
    this.#waitingBytes += bytes;
    try {
      if (bounded !== null) this.#limits.take(bounded, this.#clock());
      const records = frames.flatMap(({ topic, partition, frame }) =>
        decodeFrame(frame, { topic, partition }),
      );
      await this.#sink.append(records);
      this.#appendedRecords += records.length;
      return { refused: null };
    } catch (error) {
      return refusalOf(error, false);
    } finally {
      this.#waitingBytes -= bytes;
    }
  }

  async count(growth: readonly Growth[]): Promise<void> {
    this.#growth.add(growth);
  }

  figures(): LaneFigures {
    return {
      appendedRecords: this.#appendedRecords,
      spilledRecords: 0,
      outboxBytes: 0,
      waitingBytes: this.#waitingBytes,
      connected: false,
      growth: this.#growth.list(),
    };
  }

  /** Nothing of it is asked to be woken. */
  async wake(): Promise<void> {}
}
