import { admit, bytesOf, checkedBytes } from '../checks.ts';
import { StreamUnavailable } from '../errors.ts';
import type { AppendRecord, Position, Topic } from '../record.ts';
import type { RecordSink } from '../sink.ts';
import { DIALECT_V2 } from './dialect-v2.ts';
import { dialectV3 } from './dialect-v3.ts';
import { type KafkaRestOptions, REAL_TIMING } from './options.ts';
import { TopicAppender } from './topic-appender.ts';
import { TopicRequests } from './topic-requests.ts';

/** Records of one topic, each with its place in the call. */
interface Piece {
  topic: Topic;
  indexes: number[];
  records: AppendRecord[];
  bytes: number;
}

/** Appends to a Kafka through an API of HTTP; see RATIONALE.md for what it cannot promise. */
export class KafkaRestSink implements RecordSink {
  readonly #options: KafkaRestOptions;
  readonly #appenders = new Map<Topic, TopicAppender>();
  #waitingBytes = 0;
  #closed = false;

  constructor(options: KafkaRestOptions) {
    this.#options = options;
  }

  partitions(topic: Topic): number {
    return this.#options.partitionsOf(topic);
  }

  async append(records: readonly AppendRecord[]): Promise<readonly Position[]> {
    if (this.#closed) throw new StreamUnavailable('the stream is closed');
    const bytes = checkedBytes(records, this);
    admit(bytes, this.#waitingBytes, this.#options.maxWaitingBytes ?? WAITING_BYTES);
    const positions = new Array<Position>(records.length);
    const writes = piecesOf(records).map((piece) => this.#write(piece, positions));
    const results = await Promise.allSettled(writes);
    const failed = results.filter((result) => result.status === 'rejected');
    if (failed.length === 0) return positions;
    const errors = failed.map(({ reason }) => reason as Error);
    const other = errors.find((error) => !(error instanceof StreamUnavailable));
    if (other !== undefined) throw other;
    const [first] = errors;
    const isInDoubt = (error: Error) => (error as StreamUnavailable).inDoubt;
    const inDoubt = failed.length < results.length || errors.some(isInDoubt);
    throw new StreamUnavailable(first!.message, { cause: first!.cause, inDoubt });
  }

  /** Waits for what was given, at most as long as an append may be tried. */
  async close(): Promise<void> {
    this.#closed = true;
    await Promise.all([...this.#appenders.values()].map((appender) => appender.drained()));
  }

  async #write({ topic, indexes, records, bytes }: Piece, positions: Position[]): Promise<void> {
    this.#waitingBytes += bytes;
    try {
      const offsets = await this.#appender(topic).add(records);
      for (const [at, { partition }] of records.entries()) {
        positions[indexes[at]!] = { partition, offset: offsets[at]! };
      }
    } finally {
      this.#waitingBytes -= bytes;
    }
  }

  #appender(topic: Topic): TopicAppender {
    let appender = this.#appenders.get(topic);
    if (appender === undefined) {
      appender = newAppender(topic, this.#options);
      this.#appenders.set(topic, appender);
    }
    return appender;
  }
}

function newAppender(topic: Topic, options: KafkaRestOptions): TopicAppender {
  const { api, prefix, partitionsOf, timing = REAL_TIMING, log } = options;
  const { version } = api;
  const name = `${prefix}.${topic}`;
  const requests = new TopicRequests({
    api,
    dialect: version.name === 'v3' ? dialectV3(version.cluster) : DIALECT_V2,
    topic: name,
    partitions: partitionsOf(topic),
    requestMs: options.requestMs ?? REQUEST_MS,
  });
  return new TopicAppender({
    topic: name,
    requests,
    maxRequestBytes: options.maxRequestBytes ?? REQUEST_BYTES,
    forMs: options.appendForMs ?? APPEND_MS,
    timing,
    log,
  });
}

function piecesOf(records: readonly AppendRecord[]): Piece[] {
  const pieces = new Map<Topic, Piece>();
  for (const [index, record] of records.entries()) {
    const { topic } = record;
    const piece = pieces.get(topic) ?? { topic, indexes: [], records: [], bytes: 0 };
    pieces.set(topic, piece);
    piece.indexes.push(index);
    piece.records.push(record);
    piece.bytes += bytesOf(record);
  }
  return [...pieces.values()];
}

const WAITING_BYTES = 64 * 1024 * 1024;
/** What Karapace takes when nobody has told it otherwise. */
const REQUEST_BYTES = 1024 * 1024;
/** A proxy that looks for a partition's new leader takes some. */
const REQUEST_MS = 6_000;
/** With the last request shorter than senders wait. */
const APPEND_MS = 10_000;
