import { MAX_RECORD_BYTES } from './access-log-record.ts';
import type { KnownEmitter } from './identity-memory.ts';
import { emitterOf } from './otlp-emitters.ts';
import { logRecord } from './otlp-log-protobuf.ts';
import { QuickLogRecords } from './otlp-log-quick.ts';
import { OtlpLogRecordReader } from './otlp-log-record.ts';
import { eachMessage } from './otlp-wire.ts';
import { type Records, UnreadableBody } from './records.ts';

// Field numbers: opentelemetry-proto `collector/logs/v1/logs_service.proto`, `logs/v1/logs.proto`.
const REQUEST = { resourceLogs: 1 } as const;
const RESOURCE_LOGS = { scopeLogs: 2 } as const;
const SCOPE_LOGS = { logRecords: 2 } as const;

const quick = new QuickLogRecords();

/**
 * An ExportLogsServiceRequest. A part that is no message costs itself: one dead letter, its neighbours are kept.
 * Throws {@link UnreadableBody}, before any record is out, when the request itself is no message.
 */
export function readOtlpLogsProtobuf(body: Uint8Array, out: Records): void {
  readOtlpLogs(body, out, quick);
}

/** As {@link readOtlpLogsProtobuf}; without `quick` every record is read by the plain reader. */
export function readOtlpLogs(body: Uint8Array, out: Records, quick: QuickLogRecords | null): void {
  const malformed = eachMessage(body, 0, body.length, 0, () => {});
  if (malformed !== null) {
    throw new UnreadableBody(`The body is no ExportLogsServiceRequest in protobuf: ${malformed}`);
  }
  const bytes = quick?.begin(body).bytes ?? body;
  try {
    const request = new LogsRequest(bytes, out, quick);
    eachMessage(bytes, 0, bytes.length, REQUEST.resourceLogs, request.resourceLogs);
  } finally {
    quick?.end();
  }
}

class LogsRequest {
  readonly #bytes: Uint8Array;
  readonly #out: Records;
  readonly #quick: QuickLogRecords | null;
  readonly #plain: OtlpLogRecordReader;

  constructor(bytes: Uint8Array, out: Records, quick: QuickLogRecords | null) {
    this.#bytes = bytes;
    this.#out = out;
    this.#quick = quick;
    this.#plain = new OtlpLogRecordReader(out);
  }

  readonly resourceLogs = (start: number, end: number): void => {
    // On the wire the resource may come after its records; without records it is not wanted.
    let emitter: KnownEmitter | null = null;
    const wanted = () => {
      emitter ??= this.#emitter(start, end);
      return emitter;
    };
    this.#eachOf(start, end, RESOURCE_LOGS.scopeLogs, (scope, scopeEnd) => {
      this.#eachOf(scope, scopeEnd, SCOPE_LOGS.logRecords, (record, recordEnd) => {
        this.#record(record, recordEnd, wanted);
      });
    });
  };

  #emitter(start: number, end: number): KnownEmitter {
    if (this.#quick !== null) return this.#quick.emitter(start, end);
    return { emitter: emitterOf(this.#bytes, start, end), id: null };
  }

  #eachOf(
    start: number,
    end: number,
    field: number,
    each: (start: number, end: number) => void,
  ): void {
    const malformed = eachMessage(this.#bytes, start, end, field, each);
    if (malformed !== null) {
      this.#out.deadLetter('malformed_protobuf', this.#bytes.subarray(start, end));
    }
  }

  #record(start: number, end: number, emitter: () => KnownEmitter): void {
    const raw = this.#bytes.subarray(start, end);
    if (raw.length > MAX_RECORD_BYTES) {
      this.#out.deadLetter('too_long', raw);
      return;
    }
    const event = this.#quick?.read(start, end, emitter()) ?? null;
    if (event !== null) {
      this.#out.event(event, raw);
      return;
    }
    const record = logRecord(raw);
    if (typeof record === 'string') this.#out.deadLetter(record, raw);
    else this.#plain.read(record, emitter().emitter, raw);
  }
}
