import type { CountsByReason, Input } from '../model/input.ts';
import { encodeParts } from '../packed/codec.ts';
import type { PartBuilderOptions } from '../packed/part-builder.ts';
import { RateLimited, RecordTooLarge, StreamFull } from '../stream/errors.ts';
import type { AppendRecord } from '../stream/record.ts';
import type { RecordTaker, Sent } from '../stream/sink.ts';
import { bodyId } from './body-id.ts';
import { BodyParts } from './body-parts.ts';
import type { DeadLetterSamples, PendingSample } from './dead-letter-samples.ts';
import type { DoorRequest } from './door.ts';
import { Refusal } from './errors.ts';
import { type Records, UnreadableBody } from './formats/records.ts';

/** A format's reader, see {@link Records}. */
export type Reader = (body: Uint8Array, out: Records) => void;

/** What became of a body. `records` is the sum of the rest. */
export interface Ingested {
  records: number;
  events: number;
  notRequests: CountsByReason;
  deadLetters: CountsByReason;
  /** Records on the stream. */
  appended: number;
}

export interface IngestOptions {
  sink: RecordTaker;
  maxRecords: number;
  samples: DeadLetterSamples;
}

/** From one inflated body to parts on the stream. Rejects with {@link Refusal}; then nothing of it is kept. */
export type Ingest = (input: Input, read: Reader, request: DoorRequest) => Promise<Ingested>;

/** Shippers re-send lines among new ones, so each line is recognised by itself; spans by their own identity. */
const PART_OPTIONS: Readonly<Record<Input, PartBuilderOptions>> = {
  access_logs: { fingerprints: true },
  otlp_logs: {},
  zipkin_spans: { spans: true },
};

export function createIngest({ sink, maxRecords, samples }: IngestOptions): Ingest {
  return async (input, read, request) => {
    const pending: PendingSample[] = [];
    const parts = new BodyParts(
      sink.partitions('requests'),
      maxRecords,
      { ...PART_OPTIONS[input], cluster: request.cluster },
      (reason, raw) => {
        const sample = samples.take(reason, raw);
        if (sample !== null) pending.push(sample);
      },
    );
    // A probe, whatever its format says of no bytes: Zipkin's and OTLP's clients expect a success.
    if (request.body.length > 0) readInto(parts, read, request.body);
    const records = toRecords(parts, input, request);
    const { provider, receivedAt } = request;
    const sent = { provider, records: parts.records };
    if (records.length > 0) await append(sink, records, sent);
    samples.write(pending, { provider, input, receivedAt });
    const { events, notRequests, deadLetters } = parts;
    return { records: parts.records, events, notRequests, deadLetters, appended: records.length };
  };
}

function readInto(parts: BodyParts, read: Reader, body: Uint8Array): void {
  try {
    read(body, parts);
  } catch (error) {
    if (error instanceof UnreadableBody) throw new Refusal('unreadable_body', error.message);
    throw error;
  }
}

/** One record per part. The counts of what makes no event ride on the first, alone if need be. */
function toRecords(parts: BodyParts, input: Input, request: DoorRequest): AppendRecord[] {
  if (parts.records === 0) return [];
  const { provider, receivedAt, traceContext, body } = request;
  const id = bodyId(provider, input, body);
  const columns = parts.columns();
  if (columns.length === 0) columns.push({ partition: 0, columns: parts.emptyColumns() });
  return columns.map(({ partition, columns }, chunk) => {
    const frame = {
      bodyId: id,
      chunk,
      provider,
      input,
      receivedAt,
      events: columns.count,
      deadLetters: chunk === 0 ? parts.deadLetters : {},
      notRequests: chunk === 0 ? parts.notRequests : {},
    };
    const value = encodeParts([{ frame, columns }]);
    const record: AppendRecord = { topic: 'requests', partition, key: null, value };
    return traceContext === null ? record : { ...record, headers: traceContext };
  });
}

/** Whatever else goes wrong below, the body is not known to be durable: its sender should come again. */
async function append(
  sink: RecordTaker,
  records: readonly AppendRecord[],
  sent: Sent,
): Promise<void> {
  try {
    await sink.append(records, sent);
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    if (cause instanceof RecordTooLarge) throw new Refusal('record_too_large', reason, { cause });
    if (cause instanceof RateLimited) throw new Refusal('rate_limited', reason, { cause });
    if (cause instanceof StreamFull) throw new Refusal('stream_full', reason, { cause });
    throw new Refusal('stream_unavailable', 'the stream cannot be written now', { cause });
  }
}
