import { isDeepStrictEqual } from 'node:util';
import { context, SpanKind, trace } from '@opentelemetry/api';
import { decodeMessage } from '../packed/codec.ts';
import type { Message } from '../packed/message.ts';
import type { AppendRecord, StreamRecord } from '../stream/record.ts';
import { extractContext } from '../telemetry/context.ts';
import { Fold } from './fold.ts';
import type { AggregateOptions } from './options.ts';
import type { Output } from './output.ts';

/** One partition's fold, its recovery, and its bytes in and out. */
export class PartitionRunner {
  readonly #partition: number;
  readonly #options: AggregateOptions;
  readonly #fold: Fold;
  readonly #undecodable;
  #atEnd = true;

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
   * Folds what the stream still keeps below `committed`, muted, so that windows, duplicates and breakers are as
   * they were when it was committed. Returns where to go on.
   */
  async recover(committed: number | null): Promise<number> {
    const { source } = this.#options;
    const { first } = await source.range('requests', this.#partition);
    let next = first;
    while (committed !== null && next < committed) {
      const records = await source.read('requests', this.#partition, next);
      if (records.length === 0) break;
      for (const record of records) {
        if (record.offset < committed) this.#apply(record);
        next = record.offset + 1;
      }
    }
    return Math.max(first, committed ?? first);
  }

  /** Folds new records; returns what to publish. */
  fold(records: readonly StreamRecord[], atEnd: boolean): AppendRecord[] {
    this.#atEnd = atEnd;
    return this.#traced(records, () => records.flatMap((record) => this.#apply(record)));
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

function encode({ topic, key, value }: Output): AppendRecord {
  return { topic, partition: 0, key, value: value === null ? null : json(value) };
}

const encoder = new TextEncoder();
const json = (value: unknown) => encoder.encode(JSON.stringify(value));
