import type { Log } from '../../telemetry/log.ts';
import type { Growth } from '../../telemetry/metrics.ts';
import { RecordTooLarge } from '../errors.ts';
import type { AppendRecord } from '../record.ts';
import type { RecordTaker } from '../sink.ts';
import type { Bounded, LaneAnswer, LaneCalls, LaneFrame } from './calls.ts';
import { decodeFrame, type Target } from './frame.ts';
import { GrowthSum, type LaneFigures } from './lane-figures.ts';
import { Outbox, type Sql } from './outbox.ts';
import { DRAIN_MS, OutboxDrain } from './outbox-drain.ts';
import { OutboxTurns } from './outbox-turns.ts';
import { RateLimits } from './rate-limits.ts';
import { refusalOf } from './refusal.ts';

export interface RestLaneOptions {
  sink: RecordTaker;
  /** Its own, in which a lane over sockets may have left something. */
  sql: Sql;
  /** @see OutboxDrainOptions.instead */
  instead(record: AppendRecord): AppendRecord | null;
  /** Asks for a {@link RestLane.wake} in so many ms, also if this process is gone by then. */
  wakeIn(ms: number): void;
  /** Wall clock, ms since the epoch. */
  clock: () => number;
  log: Log;
}

/**
 * A lane over another sink that does without sockets: it makes one queue of what many isolates send. It puts nothing into its
 * outbox: what the sink does not take is refused. What was acknowledged before the settings named this sink it appends.
 */
export class RestLane implements LaneCalls {
  readonly #options: RestLaneOptions;
  readonly #outbox: Outbox;
  readonly #turns: OutboxTurns;
  readonly #limits = new RateLimits();
  readonly #growth = new GrowthSum();
  #appendedRecords = 0;
  #waitingBytes = 0;

  constructor(options: RestLaneOptions) {
    this.#options = options;
    this.#outbox = new Outbox(options.sql, 0);
    this.#turns = new OutboxTurns(this.#outbox, options.wakeIn);
  }

  async append(frames: readonly LaneFrame[], bounded: Bounded | null): Promise<LaneAnswer> {
    const { sink, clock } = this.#options;
    const bytes = frames.reduce((sum, { frame }) => sum + frame.byteLength, 0);
    this.#waitingBytes += bytes;
    try {
      const records = frames.flatMap(({ topic, partition, frame }) =>
        decodeFrame(frame, { topic, partition }),
      );
      if (bounded !== null) this.#limits.take(bounded, clock());
      await sink.append(records);
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
      outboxBytes: this.#outbox.bytes,
      waitingBytes: this.#waitingBytes,
      connected: false,
      growth: this.#growth.list(),
    };
  }

  /** Appends what waits in the outbox, and asks to be woken again as long as there is something. */
  wake(): Promise<void> {
    return this.#turns.take((target) => this.#drain(target));
  }

  async #drain(target: Target): Promise<boolean> {
    const { sink, instead, log } = this.#options;
    const send = async (records: readonly AppendRecord[]) => void (await sink.append(records));
    const drain = new OutboxDrain({
      target,
      outbox: this.#outbox,
      send,
      sendAlone: (record) => send([record]),
      isTooLarge: (error) => error instanceof RecordTooLarge,
      instead,
      emptied: () => {},
      log,
    });
    try {
      return await drain.run(DRAIN_MS);
    } catch (error) {
      log.warn('outbox_waits', { ...target, error: String(error) });
      return false;
    }
  }
}
