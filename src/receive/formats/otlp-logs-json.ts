import type { Emitter } from './access-log-fields.ts';
import { MAX_RECORD_BYTES } from './access-log-record.ts';
import { parseBoundedJson } from './bounded-json.ts';
import { isObject, type JsonObject } from './json-scan.ts';
import { resourceEmitter } from './otlp-emitter.ts';
import { attributesOfJson, jsonAnyValue, member } from './otlp-json-value.ts';
import { type OtlpLogRecord, OtlpLogRecordReader, startMicros } from './otlp-log-record.ts';
import { type Records, UnreadableBody } from './records.ts';

const encoder = new TextEncoder();

/**
 * An ExportLogsServiceRequest in OTLP/JSON. Names in lowerCamelCase or as in the .proto, 64-bit integers as strings
 * or numbers, ids in hexadecimal, unknown members ignored (opentelemetry-proto `docs/specification.md`,
 * "JSON Protobuf Encoding"). What is not of its type costs itself: one dead letter.
 * Throws {@link UnreadableBody}, before any record is out, when the body is no JSON object.
 */
export function readOtlpLogsJson(body: Uint8Array, out: Records): void {
  const resourceLogs = list(member(request(body), 'resourceLogs', 'resource_logs'));
  if (resourceLogs === null) throw new UnreadableBody('resourceLogs is not a list');
  const reader = new OtlpLogRecordReader(out);
  for (const element of resourceLogs) readResourceLogs(element, reader, out);
}

function readResourceLogs(element: unknown, reader: OtlpLogRecordReader, out: Records): void {
  const scopes = isObject(element) ? list(member(element, 'scopeLogs', 'scope_logs')) : null;
  if (!isObject(element) || scopes === null) {
    deadLetter(element, out);
    return;
  }
  const { resource } = element;
  const emitter = resourceEmitter(
    attributesOfJson(isObject(resource) ? resource.attributes : null),
  );
  for (const scope of scopes) {
    const records = isObject(scope) ? list(member(scope, 'logRecords', 'log_records')) : null;
    if (records === null) deadLetter(scope, out);
    else for (const record of records) readRecord(record, emitter, reader, out);
  }
}

function readRecord(
  record: unknown,
  emitter: Emitter,
  reader: OtlpLogRecordReader,
  out: Records,
): void {
  const raw = bytesOf(record);
  if (!isObject(record)) out.deadLetter('malformed_json', raw);
  else if (raw.length > MAX_RECORD_BYTES) out.deadLetter('too_long', raw);
  else reader.read(logRecord(record), emitter, raw);
}

function request(body: Uint8Array): JsonObject {
  let parsed: unknown;
  try {
    parsed = parseBoundedJson(body);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new UnreadableBody(`The body is no JSON: ${why}`);
  }
  if (!isObject(parsed)) {
    throw new UnreadableBody(
      'The body is JSON, but no ExportLogsServiceRequest: an object with resourceLogs is expected',
    );
  }
  return parsed;
}

/** Absent and null are the empty list; null when it is something else. */
function list(value: unknown): readonly unknown[] | null {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? value : null;
}

function logRecord(record: JsonObject): OtlpLogRecord {
  const traceId = member(record, 'traceId', 'trace_id');
  return {
    startUs: startMicros(nanos(member(record, 'timeUnixNano', 'time_unix_nano'))),
    traceId: typeof traceId === 'string' ? traceId : null,
    body: jsonAnyValue(record.body),
    attributes: attributesOfJson(record.attributes),
  };
}

/** `time_unix_nano`; 0 stands for "not known" (logs.proto), and so does what is no time. */
function nanos(time: unknown): bigint {
  if (typeof time === 'string' && /^\d{1,20}$/.test(time)) return BigInt(time);
  if (typeof time !== 'number' || !(time > 0 && time < 2 ** 64)) return 0n;
  // JSON.parse has rounded it to within 256 ns, so that flooring alone could lose the microsecond.
  return BigInt(Math.trunc(time)) + 500n;
}

/** Parsing has forgotten where the value stood: equal records still give equal bytes. */
function bytesOf(value: unknown): Uint8Array {
  return encoder.encode(JSON.stringify(value));
}

function deadLetter(value: unknown, out: Records): void {
  out.deadLetter('malformed_json', bytesOf(value));
}
