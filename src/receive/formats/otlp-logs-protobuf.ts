import type { Emitter } from './access-log-fields.ts';
import { MAX_RECORD_BYTES } from './access-log-record.ts';
import type { JsonObject } from './json-scan.ts';
import { anyValue, keyValue } from './otlp-any-value.ts';
import { resourceEmitter } from './otlp-emitter.ts';
import { type OtlpLogRecord, OtlpLogRecordReader, startMicros } from './otlp-log-record.ts';
import { MalformedWire, WireReader } from './otlp-wire.ts';
import { type Records, UnreadableBody } from './records.ts';

// Field numbers: opentelemetry-proto `collector/logs/v1/logs_service.proto`, `logs/v1/logs.proto`,
// `resource/v1/resource.proto`.
const REQUEST = { resourceLogs: 1 } as const;
const RESOURCE_LOGS = { resource: 1, scopeLogs: 2 } as const;
const RESOURCE = { attributes: 1 } as const;
const SCOPE_LOGS = { logRecords: 2 } as const;
const LOG_RECORD = { timeUnixNano: 1, body: 5, attributes: 6, traceId: 9 } as const;

/**
 * An ExportLogsServiceRequest. A part that is no message costs itself: one dead letter, its neighbours are kept.
 * Throws {@link UnreadableBody}, before any record is out, when the request itself is no message.
 */
export function readOtlpLogsProtobuf(body: Uint8Array, out: Records): void {
  const malformed = eachMessage(body, 0, () => {});
  if (malformed !== null) {
    throw new UnreadableBody(`The body is no ExportLogsServiceRequest in protobuf: ${malformed}`);
  }
  const reader = new OtlpLogRecordReader(out);
  eachMessage(body, REQUEST.resourceLogs, (resourceLogs) => {
    readResourceLogs(resourceLogs, reader, out);
  });
}

function readResourceLogs(bytes: Uint8Array, reader: OtlpLogRecordReader, out: Records): void {
  // On the wire the resource may come after its records; without records it is not wanted.
  let emitter: Emitter | null = null;
  const emitterOf = () => {
    emitter ??= resourceEmitter(attributesOf(bytes));
    return emitter;
  };
  const malformed = eachMessage(bytes, RESOURCE_LOGS.scopeLogs, (scope) => {
    readScopeLogs(scope, emitterOf, reader, out);
  });
  if (malformed !== null) out.deadLetter('malformed_protobuf', bytes);
}

function readScopeLogs(
  bytes: Uint8Array,
  emitterOf: () => Emitter,
  reader: OtlpLogRecordReader,
  out: Records,
): void {
  const malformed = eachMessage(bytes, SCOPE_LOGS.logRecords, (raw) => {
    const record = raw.length > MAX_RECORD_BYTES ? 'too_long' : logRecord(raw);
    if (typeof record === 'string') out.deadLetter(record, raw);
    else reader.read(record, emitterOf(), raw);
  });
  if (malformed !== null) out.deadLetter('malformed_protobuf', bytes);
}

/**
 * Calls `each` with every message under `field`, one at a time: a view each, millions in a hostile body. Returns why
 * the bytes stop being a message, null when they do not.
 */
function eachMessage(
  bytes: Uint8Array,
  field: number,
  each: (message: Uint8Array) => void,
): string | null {
  try {
    const reader = new WireReader(bytes);
    while (reader.next()) {
      const message = reader.field === field ? reader.bytes() : null;
      if (message !== null) each(message);
    }
    return null;
  } catch (error) {
    if (error instanceof MalformedWire) return error.message;
    throw error;
  }
}

/** As many of a resource's attributes as can be read: a broken one must not cost the records. */
function attributesOf(resourceLogs: Uint8Array): JsonObject {
  const attributes = newAttributes();
  eachMessage(resourceLogs, RESOURCE_LOGS.resource, (resource) => {
    eachMessage(resource, RESOURCE.attributes, (pair) => assign(attributes, pair));
  });
  return attributes;
}

function logRecord(bytes: Uint8Array): OtlpLogRecord | 'malformed_protobuf' {
  try {
    return decodeLogRecord(bytes);
  } catch (error) {
    if (!(error instanceof MalformedWire)) throw error;
    return 'malformed_protobuf';
  }
}

function decodeLogRecord(bytes: Uint8Array): OtlpLogRecord {
  const attributes = newAttributes();
  const record: OtlpLogRecord = { startUs: null, traceId: null, body: null, attributes };
  const reader = new WireReader(bytes);
  while (reader.next()) {
    if (reader.field === LOG_RECORD.timeUnixNano) record.startUs = startMicros(reader.fixed64());
    else if (reader.field === LOG_RECORD.traceId) record.traceId = hex(reader.bytes());
    else if (reader.field === LOG_RECORD.body) record.body = anyValue(reader.bytes());
    else if (reader.field === LOG_RECORD.attributes) assign(attributes, reader.bytes());
  }
  return record;
}

function newAttributes(): Record<string, unknown> {
  return Object.create(null);
}

function assign(attributes: Record<string, unknown>, bytes: Uint8Array | null): void {
  if (bytes === null) return;
  const [key, value] = keyValue(bytes);
  attributes[key] = value;
}

function hex(bytes: Uint8Array | null): string | null {
  if (bytes === null || bytes.length > 16) return null;
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
