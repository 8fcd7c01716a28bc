import { isDeepStrictEqual } from 'node:util';
import { context, SpanKind, trace } from '@opentelemetry/api';
import { decodeMessage } from '../packed/codec.ts';
import type { Message } from '../packed/message.ts';
import type { AppendRecord, StreamRecord } from '../stream/record.ts';
import { extractContext } from '../telemetry/context.ts';
import { encodeCheckpoint } from './checkpoint.ts';
import { Fold } from './fold.ts';
import type { AggregateOptions } from './options.ts';
import type { Output } from './output.ts';
import { newestCheckpoint, recordsBetween, recordsFor, rollupsFor } from './recovery.ts';

/** One partition's fold, its recovery, and its bytes in and out. */
export class PartitionRunner {
  readonly #partition: number;
  readonly #options: AggregateOptions;
  readonly #fold: Fold;
  readonly #undecodable;
  #atEnd = true;
  #checkpointMs = 0;

  constructor(partition: number, options: AggregateOptions) {
    this.#partition = partition;
    this.#options = options;
    this.#fold = new Fold({ partition, bounds: options.bounds });
    this.#undecodable = options.metrics.counter(
      'meshpulse_stream_records_undecodable_total',
      'Records of the requests topic that could not be decoded and were skipped.',
    );
  }

  /**
   * Brings the fold to where it was when `committed` was committed: from the newest checkpoint, with the windows and
   * the memory for duplicates rebuilt; without one, by folding all that the stream keeps. Muted: what was published
   * then is not published again. Returns where to go on.
   */
  async recover(committed: number | null): Promise<number> {
    const { source, log } = this.#options;
    const { first } = await source.range('requests', this.#partition);
    if (committed === null) return first;
    const checkpoint = await newestCheckpoint(source, this.#partition, committed);
    if (checkpoint !== null) {
      this.#fold.restore(checkpoint);
      const rollups = await rollupsFor(source, checkpoint);
      await this.#fold.rebuild(
        rollups,
        recordsFor(source, checkpoint, (record) => this.#decode(record)),
      );
      log.info('checkpoint_restored', { partition: this.#partition, offset: checkpoint.offset });
    } else if (first > 0) {
      log.warn('gap', { partition: this.#partition, first, committed });
    }
    const from = checkpoint?.offset ?? first;
    const missed = recordsBetween(source, 'requests', this.#partition, from, committed);
    for await (const record of missed) this.#apply(record);
    return Math.max(first, committed);
  }

  /** Folds new records; returns what to publish. */
  fold(records: readonly StreamRecord[], atEnd: boolean): AppendRecord[] {
    this.#atEnd = atEnd;
    const outputs = this.#traced(records, () => records.flatMap((record) => this.#apply(record)));
    return [...outputs, ...this.#checkpoint(records.at(-1)!.time)];
  }

  wantsPolicy(): boolean {
    return !this.#fold.hasPolicy || !isDeepStrictEqual(this.#fold.policy, this.#options.policy);
  }

  /** Whether the stream is silent and a tick appended now would change something. */
  wantsTick(nowMs: number): boolean {
    const due = this.#fold.nextTickMs();
    return this.#atEnd && due !== null && nowMs >= due;
  }

  #apply(record: StreamRecord): AppendRecord[] {
    const message = this.#decode(record);
    if (message === null) return [];
    return this.#fold.apply(record, message).map((output) => encode(output));
  }

  /** A checkpoint every ten seconds of append time, published with the outputs it follows. */
  #checkpoint(nowMs: number): AppendRecord[] {
    if (nowMs - this.#checkpointMs < CHECKPOINT_EVERY_MS) return [];
    this.#checkpointMs = nowMs;
    const value = encodeCheckpoint(this.#fold.checkpoint());
    const partition = this.#partition;
    return [{ topic: 'checkpoints', partition, key: String(partition), value }];
  }

  #decode(record: StreamRecord): Message | null {
    try {
      return decodeMessage(record.value ?? new Uint8Array());
    } catch (error) {
      this.#undecodable.inc({});
      const { offset } = record;
      const partition = this.#partition;
      this.#options.log.error('record_undecodable', { partition, offset, error: String(error) });
      return null;
    }
  }

  /** One span per batch, linked to the spans of the parts in it. */
  #traced<T>(records: readonly StreamRecord[], work: () => T): T {
    const links = records.flatMap(({ headers }) => {
      const linked = headers && trace.getSpanContext(extractContext(headers));
      return linked ? [{ context: linked }] : [];
    });
    if (links.length === 0) return work();
    const span = trace.getTracer('meshpulse').startSpan('process requests', {
      kind: SpanKind.CONSUMER,
      links,
      attributes: {
        'messaging.operation.name': 'process',
        'messaging.operation.type': 'process',
        'messaging.destination.name': 'requests',
        'messaging.destination.partition.id': String(this.#partition),
        'messaging.batch.message_count': records.length,
      },
    });
    try {
      return context.with(trace.setSpan(context.active(), span), work);
    } finally {
      span.end();
    }
  }
}

const CHECKPOINT_EVERY_MS = 10_000;

function encode({ topic, key, value }: Output): AppendRecord {
  return { topic, partition: 0, key, value: value === null ? null : json(value) };
}

const encoder = new TextEncoder();
const json = (value: unknown) => encoder.encode(JSON.stringify(value));
