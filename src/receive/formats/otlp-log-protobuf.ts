import { anyValue, keyValue } from './otlp-any-value.ts';
import { type OtlpLogRecord, startMicros } from './otlp-log-record.ts';
import { MalformedWire, WireReader } from './otlp-wire.ts';

// Field numbers: opentelemetry-proto `logs/v1/logs.proto`.
const LOG_RECORD = { timeUnixNano: 1, body: 5, attributes: 6, traceId: 9 } as const;

/** One LogRecord from its bytes, whole. */
export function logRecord(bytes: Uint8Array): OtlpLogRecord | 'malformed_protobuf' {
  try {
    return decodeLogRecord(bytes);
  } catch (error) {
    if (!(error instanceof MalformedWire)) throw error;
    return 'malformed_protobuf';
  }
}

function decodeLogRecord(bytes: Uint8Array): OtlpLogRecord {
  const attributes: Record<string, unknown> = Object.create(null);
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

function assign(attributes: Record<string, unknown>, bytes: Uint8Array | null): void {
  if (bytes === null) return;
  const [key, value] = keyValue(bytes);
  attributes[key] = value;
}

function hex(bytes: Uint8Array | null): string | null {
  if (bytes === null || bytes.length > 16) return null;
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
