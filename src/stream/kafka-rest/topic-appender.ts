import type { Log } from '../../telemetry/log.ts';
import { bytesOf } from '../checks.ts';
import { StreamUnusable } from '../errors.ts';
import type { AppendRecord } from '../record.ts';
import type { Timing } from './options.ts';
import type { Outcome } from './outcome.ts';
import { Pending } from './pending.ts';
import type { TopicRequests } from './topic-requests.ts';

export interface TopicAppenderOptions {
  /** Kafka's name of it. */
  topic: string;
  requests: Pick<TopicRequests, 'send'>;
  maxRequestBytes: number;
  /** How long an append may wait and be tried, ms. */
  forMs: number;
  timing: Timing;
  log: Log;
}

interface Sent {
  pending: Pending;
  index: number;
}

/**
 * Appends to one topic, one request under way at a time, so that the records of a partition keep their order. Only what
 * was not acknowledged is sent again, before everything that came later.
 */
export class TopicAppender {
  readonly #options: TopicAppenderOptions;
  #waiting: Pending[] = [];
  #running: Promise<void> | null = null;
  /** Less than the option once the API has refused a whole request as too large. */
  #mostBytes: number;
  #pauseMs = FIRST_PAUSE_MS;
  /** No request before then. */
  #notBefore = 0;
  /** Why it takes so long. */
  #why = BUSY;
  /** Why nothing is taken; null: it is. */
  #unusable: string | null = null;

  constructor(options: TopicAppenderOptions) {
    this.#options = options;
    this.#mostBytes = options.maxRequestBytes;
  }

  /** Resolves to their offsets. */
  add(records: readonly AppendRecord[]): Promise<readonly number[]> {
    const { forMs, timing } = this.#options;
    const pending = new Pending(records, timing.now() + forMs);
    this.#waiting.push(pending);
    this.#running ??= this.#run();
    return pending.settled;
  }

  /** Resolves when nothing waits any more. */
  async drained(): Promise<void> {
    await this.#running;
  }

  /** Never rejects. */
  async #run(): Promise<void> {
    const { timing } = this.#options;
    // What the same turn adds goes along.
    await Promise.resolve();
    try {
      for (; this.#waiting.length > 0; ) {
        this.#giveUpLate();
        const sent = this.#take();
        if (sent.length === 0) break;
        const pauseMs = this.#notBefore - timing.now();
        if (pauseMs > 0) await timing.sleep(pauseMs);
        else await this.#send(sent);
      }
    } catch (error) {
      this.#fail(error);
    } finally {
      // With no await since the last look at what waits: what is added from here on begins another run.
      this.#running = null;
    }
  }

  async #send(sent: readonly Sent[]): Promise<void> {
    const records = sent.map(({ pending, index }) => pending.records[index]!);
    const { outcomes, retryAfterMs, tooMany } = await this.#options.requests.send(records);
    if (tooMany) this.#mostBytes = sum(records) / 2;
    else this.#apply(sent, outcomes, retryAfterMs);
  }

  /** From the front, what is open and fits; one record at least. */
  #take(): Sent[] {
    const sent: Sent[] = [];
    let bytes = 0;
    for (const pending of this.#waiting) {
      for (const [index, record] of pending.records.entries()) {
        if (!pending.isOpen(index)) continue;
        bytes += bytesOnWire(record);
        if (sent.length > 0 && bytes > this.#mostBytes) return sent;
        sent.push({ pending, index });
      }
    }
    return sent;
  }

  #apply(sent: readonly Sent[], outcomes: readonly Outcome[], retryAfterMs: number): void {
    const { topic, timing, log } = this.#options;
    for (const [at, { pending, index }] of sent.entries()) pending.tell(index, outcomes[at]!);
    this.#waiting = this.#waiting.filter((pending) => !pending.settle(topic));
    const has = (kind: Outcome['kind']) => outcomes.find((outcome) => outcome.kind === kind);
    if (has('written') && this.#unusable !== null) {
      this.#unusable = null;
      log.info('kafka_rest_usable', { topic });
    }
    const [unusable, failed] = [has('unusable'), has('again')];
    if (unusable?.kind === 'unusable') this.#refuse(unusable.why);
    let pauseMs = retryAfterMs;
    if (failed?.kind === 'again') {
      this.#why = failed.why;
      pauseMs = Math.max(pauseMs, this.#pauseMs);
      this.#pauseMs = Math.min(2 * this.#pauseMs, LONGEST_PAUSE_MS);
      log.debug('kafka_rest_try_again', { topic, error: failed.why, pauseMs });
    } else {
      this.#why = BUSY;
      this.#pauseMs = FIRST_PAUSE_MS;
    }
    this.#notBefore = timing.now() + pauseMs;
  }

  /** Those whose time is over before the next request may begin. */
  #giveUpLate(): void {
    const { topic, timing } = this.#options;
    const next = Math.max(this.#notBefore, timing.now());
    const late = this.#waiting.filter((pending) => pending.late <= next);
    if (late.length === 0) return;
    this.#waiting = this.#waiting.filter((pending) => pending.late > next);
    for (const pending of late) pending.giveUp(`${topic} cannot be written: ${this.#why}`);
  }

  /** All that wait: they would be told the same, one request after the other. */
  #refuse(why: string): void {
    const { topic, log } = this.#options;
    const error = new StreamUnusable(`${topic} cannot be written over REST: ${why}`);
    if (this.#unusable !== why) log.error('kafka_rest_unusable', { topic, why });
    this.#unusable = why;
    for (const pending of this.#waiting) pending.giveUp(error.message, { cause: error });
    this.#waiting = [];
  }

  /** All that wait, for what nobody has foreseen: they would wait for ever. */
  #fail(cause: unknown): void {
    const { topic, log } = this.#options;
    const message = `${topic} cannot be written over REST: ${String(cause)}`;
    for (const pending of this.#waiting) pending.giveUp(message, { cause, inDoubt: true });
    this.#waiting = [];
    log.error('kafka_rest_failed', { topic, error: String(cause) });
  }
}

const sum = (records: readonly AppendRecord[]) =>
  records.reduce((bytes, record) => bytes + bytesOnWire(record), 0);

/** Base64 makes four of three. */
const bytesOnWire = (record: AppendRecord) => Math.ceil((bytesOf(record) * 4) / 3) + JSON_BYTES;

/** What is around a key and a value in v3, which has more of it. */
const JSON_BYTES = 100;
const BUSY = 'the requests before it take too long';
const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;
