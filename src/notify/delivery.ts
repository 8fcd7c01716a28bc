import type { Alert } from '../model/alert.ts';
import type { Clock, Timers } from '../model/clock.ts';
import { RetryableError } from '../model/errors.ts';
import type { Told } from '../model/notification.ts';
import type { Log } from '../telemetry/log.ts';
import { Ledger, type Memory, type Outcome, type Outgoing } from './ledger.ts';
import { tracedSend } from './notification-span.ts';
import { backoffMs, Pace } from './pace.ts';
import { InDoubtError, type Receiver, ReceiverGone } from './port.ts';

/** How long a message waits for its neighbours, so that one cascade is one message and flapping is none. */
export const GROUP_WAIT_MS = 500;
const ASK_AGAIN_MS = 100;
/** How long a message that is on its way may still take once the notifier stops. */
const STOP_GRACE_MS = 5_000;

export interface DeliveryContext {
  clock: Clock;
  timers: Timers;
  /** 0 up to, not including, 1. */
  random: () => number;
  log: Log;
  publicUrl: string | null;
  /** Whether no other process can be the one that tells by now. */
  mayTell(): boolean;
  /** Makes durable that these are about to be told; rejects when it could not. */
  begin(told: readonly Told[]): Promise<void>;
  /** Takes that back: they were not taken. Rejects when it could not. */
  giveUp(told: readonly Told[]): Promise<void>;
  /** Forgets, durably, what a receiver was told of alerts that are no more; rejects when it could not. */
  forget(receiver: string, alertKeys: readonly string[]): Promise<void>;
  /** Makes durable what was told; rejects when it could not. */
  record(told: readonly Told[]): Promise<void>;
  count(receiver: string, outcome: Outcome): void;
  countAttempt(receiver: string, result: 'taken' | 'retry' | 'rejected' | 'gone'): void;
  showQueue(receiver: string, length: number): void;
  showDisabled(receiver: string, disabled: boolean): void;
}

export interface ReceiverStatus {
  name: string;
  /** `retrying`: its last message failed and will be sent again. `disabled`: nothing is sent until a restart. */
  state: 'ready' | 'retrying' | 'disabled';
  /** What it last said against a message; null when its last message was taken. */
  error: string | null;
  /** Incidents it is owed. */
  queued: number;
  /** ms since the epoch; null before the first. */
  lastSentAt: number | null;
}

/** Tells one receiver what it is owed, in order, at its own pace; never holds up another one. */
export class Delivery {
  readonly #receiver: Receiver;
  readonly #context: DeliveryContext;
  readonly #ledger: Ledger;
  readonly #pace: Pace;
  readonly #stopping = new AbortController();
  readonly #cancelling = new AbortController();
  readonly #running: Promise<void>;
  /** One after the other: what is forgotten must not be recorded after it. */
  #writing: Promise<void> = Promise.resolve();
  #failures = 0;
  #error: string | null = null;
  #lastSentAt: number | null = null;

  constructor(receiver: Receiver, memory: Memory, context: DeliveryContext) {
    this.#receiver = receiver;
    this.#context = context;
    this.#pace = new Pace(context.clock);
    this.#ledger = new Ledger(receiver.name, memory, (outcome) => {
      context.count(receiver.name, outcome);
    });
    this.#show();
    this.#running = this.#run();
  }

  /** Takes note of an alert's state; never waits, never throws. */
  offer(alert: Alert): void {
    this.#ledger.offer(alert);
    this.#show();
  }

  /** The alert is no more; never waits, never throws. */
  forget(alertKey: string): void {
    this.#ledger.forget(alertKey);
    this.#tidy();
  }

  status(): ReceiverStatus {
    const sending = this.#failures > 0 ? 'retrying' : 'ready';
    return {
      name: this.#receiver.name,
      state: this.#ledger.disabled ? 'disabled' : sending,
      error: this.#error,
      queued: this.#ledger.size,
      lastSentAt: this.#lastSentAt,
    };
  }

  /** Begins nothing new; gives the message on its way a moment to arrive and to be recorded. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    const done = new AbortController();
    const grace = this.#context.timers.sleep(STOP_GRACE_MS, done.signal).catch(() => {});
    await Promise.race([this.#running, grace]);
    done.abort();
    this.#cancelling.abort();
    await this.#running;
    await this.#writing;
    // What is left is the next one's to tell.
    this.#context.showQueue(this.#receiver.name, 0);
  }

  async #run(): Promise<void> {
    const stopping = this.#stopping.signal;
    while (!this.#ledger.disabled) {
      await this.#ledger.filled(stopping);
      await this.#sleep(GROUP_WAIT_MS);
      await this.#sleep(this.#pace.waitMs());
      await this.#certainty();
      if (stopping.aborted) return;
      const batch = this.#ledger.take();
      this.#show();
      if (batch.length === 0) continue;
      this.#pace.spend();
      const openings = batch.map(({ told }) => told).filter(({ status }) => status === 'firing');
      await this.#mark(openings, this.#context.begin);
      // Writing may have taken long, or this process stood still: another one may tell all of it.
      await this.#certainty();
      if (!this.#context.mayTell()) return;
      const error = await this.#send(batch);
      if (error !== null && !(error instanceof InDoubtError)) {
        await this.#mark(openings, this.#context.giveUp);
      }
      if (error === null) await this.#taken();
      else await this.#refused(batch.length, error);
      this.#tidy();
    }
  }

  /** Ends when it may tell, or is to stop. */
  async #certainty(): Promise<void> {
    while (!this.#context.mayTell() && !this.#stopping.signal.aborted) {
      await this.#sleep(ASK_AGAIN_MS);
    }
  }

  /** Once only: telling people does not wait for the disk. Without the mark a crash may repeat or forget more. */
  async #mark(
    openings: readonly Told[],
    write: (told: readonly Told[]) => Promise<void>,
  ): Promise<void> {
    if (openings.length === 0) return;
    await write(openings).catch((error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error);
      this.#context.log.warn('notification_not_marked', {
        receiver: this.#receiver.name,
        error: reason,
      });
    });
  }

  async #send(batch: readonly Outgoing[]): Promise<Error | null> {
    const { publicUrl } = this.#context;
    const alerts = batch.map(({ owed }) => owed.alert);
    try {
      await tracedSend(alerts, this.#receiver.name, () =>
        this.#receiver.send({ alerts, publicUrl }, this.#cancelling.signal),
      );
      return null;
    } catch (error) {
      return error instanceof Error ? error : new Error(String(error));
    }
  }

  async #taken(): Promise<void> {
    const { clock, log, countAttempt } = this.#context;
    this.#failures = 0;
    this.#error = null;
    this.#lastSentAt = clock();
    const told = this.#ledger.taken(this.#lastSentAt);
    countAttempt(this.#receiver.name, 'taken');
    for (const each of told) log.info('notification_sent', { ...each });
    this.#writing = this.#writing.then(() => this.#record(told));
    await this.#writing;
  }

  /** Once only: what stays on the stream is forgotten at the next start. */
  #tidy(): void {
    const { log, forget } = this.#context;
    this.#writing = this.#writing.then(async () => {
      const gone = this.#ledger.forgotten();
      if (gone.length === 0) return;
      const receiver = this.#receiver.name;
      await forget(receiver, gone).catch((error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error);
        log.warn('notifications_not_forgotten', { receiver, alerts: gone.length, error: reason });
      });
    });
  }

  /** Tries until it is durable: what is not recorded is told again after a restart. */
  async #record(told: readonly Told[]): Promise<void> {
    const { log, random, record } = this.#context;
    for (let failures = 1; ; failures += 1) {
      try {
        return await record(told);
      } catch (error) {
        const facts = { receiver: this.#receiver.name, notifications: told.length, failures };
        const reason = error instanceof Error ? error.message : String(error);
        log.warn('notification_not_recorded', { ...facts, error: reason });
        if (this.#stopping.signal.aborted) return;
        await this.#sleep(backoffMs(failures, random));
      }
    }
  }

  async #refused(alerts: number, error: Error): Promise<void> {
    const { log, random, countAttempt } = this.#context;
    const { name } = this.#receiver;
    const facts = { receiver: name, alerts, error: error.message };
    this.#error = error.message;
    if (error instanceof RetryableError) {
      this.#failures += 1;
      const waitMs = Math.round(backoffMs(this.#failures, random, error.retryAfterSeconds));
      countAttempt(name, 'retry');
      log.warn('notification_retry', { ...facts, failures: this.#failures, waitMs });
      this.#ledger.putBack(error instanceof InDoubtError);
      this.#show();
      return this.#sleep(waitMs);
    }
    this.#failures = 0;
    if (error instanceof ReceiverGone) {
      countAttempt(name, 'gone');
      log.error('receiver_disabled', facts);
      this.#ledger.disable();
    } else {
      countAttempt(name, 'rejected');
      log.error('notification_rejected', facts);
      this.#ledger.rejected();
    }
    this.#show();
  }

  #show(): void {
    const { name } = this.#receiver;
    this.#context.showQueue(name, this.#ledger.size);
    this.#context.showDisabled(name, this.#ledger.disabled);
  }

  /** Over at once when stopping; whether an aborted sleep resolves or rejects is the timers' choice. */
  async #sleep(ms: number): Promise<void> {
    if (ms <= 0 || this.#stopping.signal.aborted) return;
    await this.#context.timers.sleep(ms, this.#stopping.signal).catch(() => {});
  }
}
