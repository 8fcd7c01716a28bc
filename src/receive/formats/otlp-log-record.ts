import type { DeadLetterReason } from '../../model/input.ts';
import { accessLogEvent, emptyEvent } from './access-log-event.ts';
import { type AccessLogFields, type Emitter, emptyFields } from './access-log-fields.ts';
import { envelopedRecord, isAccessLog, jsonFields, MAX_ENVELOPES } from './access-log-json.ts';
import { assignField, fieldOfKey } from './access-log-keys.ts';
import { kubernetesEmitter } from './emitter.ts';
import { envoyTextFields, prefixLength } from './envoy-text.ts';
import { endOfJson, type JsonObject, parseObject } from './json-scan.ts';
import { LATEST_US } from './log-time.ts';
import type { Records } from './records.ts';

/** One LogRecord in either encoding. */
export interface OtlpLogRecord {
  /** `time_unix_nano`, which Envoy sets to the request's start; µs since the epoch, null when unset. */
  startUs: number | null;
  /** Hexadecimal, any case; null when unset. */
  traceId: string | null;
  /** A string, an object (kvlist), anything else is no access log. */
  body: unknown;
  attributes: JsonObject;
}

/** Whole µs of `time_unix_nano`, exact though the nanoseconds exceed 2^53; 0 stands for "not known" (logs.proto). */
export function startMicros(nanos: bigint | null): number | null {
  return nanos === null || nanos === 0n ? null : Number(nanos / 1000n);
}

/** Attributes that say what Istio's text line lacks. */
const BESIDE_A_LINE: ReadonlySet<string> = new Set([
  'grpcStatus',
  'downstreamPeerUriSan',
  'traceId',
]);

const encoder = new TextEncoder();

/**
 * Makes one LogRecord an event or a dead letter on `out`. Attributes are the record where they carry its
 * response code, else the body is: a line of text, JSON text, or keys and values.
 */
export class OtlpLogRecordReader {
  readonly #out: Records;
  readonly #event = emptyEvent();

  constructor(out: Records) {
    this.#out = out;
  }

  /** `raw`: the LogRecord's own bytes, no more than MAX_RECORD_BYTES. */
  read(record: OtlpLogRecord, emitter: Emitter, raw: Uint8Array): void {
    const found = fieldsOf(record, emitter);
    const reason = typeof found === 'string' ? found : this.#fill(found, record);
    if (reason === null) this.#out.event(this.#event, raw);
    else this.#out.deadLetter(reason, raw);
  }

  #fill({ fields, emitter }: Found, record: OtlpLogRecord): DeadLetterReason | null {
    const tooLate = record.startUs !== null && record.startUs >= LATEST_US;
    if (tooLate && fields.startTime === null) return 'bad_timestamp';
    if (!tooLate) fields.startUs = record.startUs;
    fields.traceId ??= shortTraceId(record.traceId);
    return accessLogEvent(fields, emitter, this.#event);
  }
}

interface Found {
  fields: AccessLogFields;
  emitter: Emitter;
}

function fieldsOf({ attributes, body }: OtlpLogRecord, emitter: Emitter): Found | DeadLetterReason {
  const fields = emptyFields();
  const own = isAccessLog(attributes);
  if (own) jsonFields(attributes, fields);
  if (fields.responseCode !== null) return { fields, emitter };
  const found = fieldsOfBody(body, emitter);
  if (typeof found === 'string') return own ? 'missing_field' : found;
  for (const key of Object.keys(attributes)) {
    if (BESIDE_A_LINE.has(fieldOfKey(key) ?? '')) assignField(found.fields, key, attributes[key]);
  }
  return found;
}

function fieldsOfBody(body: unknown, resource: Emitter): Found | DeadLetterReason {
  const fields = emptyFields();
  let content = body;
  let emitter = resource;
  for (let envelopes = 0; envelopes <= MAX_ENVELOPES; envelopes += 1) {
    if (typeof content === 'string') {
      const line = content.trim();
      const text = line.slice(prefixLength(line));
      if (!text.startsWith('{')) return envoyTextFields(text, fields) ?? { fields, emitter };
      content = objectIn(text);
      if (content === null) return 'malformed_json';
    }
    if (typeof content !== 'object' || content === null || Array.isArray(content)) break;
    const object = content as JsonObject;
    if (Object.hasOwn(object, 'kubernetes')) emitter = kubernetesEmitter(object.kubernetes);
    if (isAccessLog(object)) {
      jsonFields(object, fields);
      return { fields, emitter };
    }
    content = envelopedRecord(object, false);
  }
  return 'unknown_format';
}

function objectIn(text: string): JsonObject | null {
  const bytes = encoder.encode(text);
  return endOfJson(bytes, 0) === bytes.length ? parseObject(bytes) : null;
}

/** Envoy pads Zipkin's 64-bit ids to OTLP's 16 bytes. */
function shortTraceId(traceId: string | null): string | null {
  const id = traceId?.toLowerCase() ?? null;
  return id?.length === 32 && id.startsWith('0000000000000000') ? id.slice(16) : id;
}
