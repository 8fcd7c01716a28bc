import type { Log } from '../../telemetry/log.ts';
import type { AppendRecord } from '../record.ts';
import { decodeFrame, type Target } from './frame.ts';
import type { Outbox, OutboxBatch } from './outbox.ts';

export interface OutboxDrainOptions {
  target: Target;
  outbox: Outbox;
  /** Appends a batch, of which these are the records. */
  send(records: readonly AppendRecord[], batch: OutboxBatch): Promise<void>;
  /** Appends one of a batch that is too large. */
  sendAlone(record: AppendRecord): Promise<void>;
  isTooLarge(error: unknown): boolean;
  /** What is appended instead of a record that was acknowledged and will never be taken; null: nothing. */
  instead(record: AppendRecord): AppendRecord | null;
  /** In the turn in which nothing is left: what comes after that may overtake nothing. */
  emptied(): void;
  log: Log;
}

/** Appends what waits in an outbox for one target, in its order. Whatever may never be appended blocks nothing after it. */
export class OutboxDrain {
  readonly #options: OutboxDrainOptions;

  constructor(options: OutboxDrainOptions) {
    this.#options = options;
  }

  /** False when so many ms have passed and something is left. @throws what appending threw */
  async run(forMs: number): Promise<boolean> {
    const { outbox, target, emptied, isTooLarge } = this.#options;
    const end = performance.now() + forMs;
    for (let apart = 0; ; apart--) {
      const batch = outbox.head(target, apart > 0 ? 0 : BATCH_BYTES);
      if (batch === null) {
        emptied();
        return true;
      }
      try {
        await this.#append(batch);
        if (performance.now() >= end && outbox.has(target)) return false;
      } catch (error) {
        if (!isTooLarge(error) || batch.frames.length === 1) throw error;
        outbox.unnumber(target);
        apart = batch.frames.length + 1;
      }
    }
  }

  async #append(batch: OutboxBatch): Promise<void> {
    const { outbox, target, isTooLarge, log } = this.#options;
    const { records, unreadable } = readable(batch.frames, target);
    try {
      if (records.length > 0) await this.#options.send(records, batch);
    } catch (error) {
      if (!isTooLarge(error) || batch.frames.length > 1) throw error;
      await this.#sendApart(records);
    }
    outbox.done(target, batch);
    for (const bytes of unreadable) log.error('record_lost', { ...target, bytes });
  }

  async #sendApart(records: readonly AppendRecord[]): Promise<void> {
    const { instead, target, log } = this.#options;
    for (const record of records) {
      if (await this.#isTaken(record)) continue;
      const bytes = record.value?.byteLength ?? 0;
      log.error('record_too_large', { ...target, bytes });
      const other = instead(record);
      if (other !== null && !(await this.#isTaken(other))) {
        log.error('record_lost', { ...target, bytes });
      }
    }
  }

  /** False when it is too large. */
  async #isTaken(record: AppendRecord): Promise<boolean> {
    try {
      await this.#options.sendAlone(record);
      return true;
    } catch (error) {
      if (this.#options.isTooLarge(error)) return false;
      throw error;
    }
  }
}

/** Records of the frames that can be read, and how long the others are. */
function readable(frames: readonly Uint8Array[], target: Target) {
  const records: AppendRecord[] = [];
  const unreadable: number[] = [];
  for (const frame of frames) {
    try {
      for (const record of decodeFrame(frame, target)) records.push(record);
    } catch {
      unreadable.push(frame.byteLength);
    }
  }
  return { records, unreadable };
}

/** Unless one frame alone has more. */
export const BATCH_BYTES = 1024 * 1024;
/** Then others have their turn, and the alarm that drains comes to its end. */
export const DRAIN_MS = 10_000;
