import type { AccessLogFields } from './access-log-fields.ts';
import { assignField } from './access-log-keys.ts';
import { looksLikeRecord } from './envoy-text.ts';
import { isObject, type JsonObject } from './json-scan.ts';

/** A record has at least one of these; other logs use `code`, `method` or `duration` for their own ends. */
const OWN_KEYS = new Set(['start_time', 'response_code', 'response_flags']);

/** Where shippers put the line: Fluent Bit and Docker `log`, Vector and old CRI parsers `message`. */
const LINE_KEYS = ['log', 'message', 'msg', 'body'] as const;

/** Whether an object is itself an access-log record: Istio's, Envoy Gateway's or Fluent Bit's keys, in any case. */
export function isAccessLog(record: JsonObject): boolean {
  return Object.keys(record).some((key) => key.length < 32 && OWN_KEYS.has(key.toLowerCase()));
}

/** Puts a record's values where they belong; keys that are none of ours are passed over. */
export function jsonFields(record: JsonObject, fields: AccessLogFields): void {
  for (const key of Object.keys(record)) assignField(fields, key, record[key]);
}

/** Docker's JSON in a shipper's JSON around a proxy's JSON. */
export const MAX_ENVELOPES = 3;

/**
 * The record inside a shipper's envelope: a line, JSON text or an object; null when there is none. An object that
 * is itself a record (`own`) carries another only where the shipper kept the line it came from.
 */
export function envelopedRecord(envelope: JsonObject, own: boolean): string | JsonObject | null {
  for (const key of LINE_KEYS) {
    const line = envelope[key];
    if (typeof line === 'string' && (!own || looksLikeRecord(line))) return line;
    if (!own && isObject(line)) return line;
  }
  if (own) return null;
  // Fluent Bit's Merge_Log_Key has any name.
  for (const key of Object.keys(envelope)) {
    const value = envelope[key];
    if (isObject(value) && isAccessLog(value)) return value;
  }
  return null;
}
