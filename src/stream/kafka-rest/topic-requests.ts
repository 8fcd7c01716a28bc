import type { AppendRecord } from '../record.ts';
import type { Dialect } from './dialect.ts';
import { exchange, type NoReply, outcomeOfAll, type Reply } from './exchange.ts';
import type { KafkaRestApi } from './options.ts';
import type { Outcome } from './outcome.ts';
import { checkPartitions } from './topic-check.ts';

export interface TopicRequestsOptions {
  api: KafkaRestApi;
  dialect: Dialect;
  /** Kafka's name of the topic. */
  topic: string;
  partitions: number;
  /** How long one request may take, ms. */
  requestMs: number;
}

export interface Answered {
  /** One for each record. */
  outcomes: Outcome[];
  /** How long the API asks to be left alone, ms. */
  retryAfterMs: number;
  /** The whole request is larger than the API takes, which says nothing of its records. */
  tooMany: boolean;
}

/** The requests that write records to one topic. */
export class TopicRequests {
  readonly #options: TopicRequestsOptions;
  #checked = false;

  constructor(options: TopicRequestsOptions) {
    this.#options = options;
  }

  async send(records: readonly AppendRecord[]): Promise<Answered> {
    const all = (outcome: Outcome) => records.map(() => outcome);
    if (!this.#checked) {
      const check = await checkPartitions({ ...this.#options, forMs: this.#options.requestMs });
      if (check.kind === 'unusable') return answered(all(check));
      if (check.kind === 'unanswered') {
        const outcome = { ...outcomeOfAll(check.reply), inDoubt: false } as Outcome;
        return answered(all(outcome), check.reply);
      }
      this.#checked = check.kind === 'fine';
    }
    return this.#post(records);
  }

  async #post(records: readonly AppendRecord[]): Promise<Answered> {
    const { api, dialect, topic, requestMs } = this.#options;
    const reply = await exchange({
      api,
      path: dialect.recordsPath(topic),
      method: 'POST',
      accept: dialect.accept,
      contentType: dialect.contentType,
      body: dialect.body(records),
      forMs: requestMs,
    });
    const each = reply.status === null ? null : dialect.outcomes(reply, records);
    if (each !== null) return answered(each, reply);
    const outcome = outcomeOfAll(reply);
    const tooMany = outcome.kind === 'too-large' && records.length > 1;
    return {
      ...answered(
        records.map(() => outcome),
        reply,
      ),
      tooMany,
    };
  }
}

function answered(outcomes: Outcome[], reply?: Reply | NoReply): Answered {
  const retryAfterMs = reply === undefined || reply.status === null ? 0 : reply.retryAfterMs;
  return { outcomes, retryAfterMs, tooMany: false };
}
