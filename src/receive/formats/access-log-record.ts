import type { DeadLetterReason } from '../../model/input.ts';
import { accessLogEvent, emptyEvent } from './access-log-event.ts';
import { type Emitter, emptyFields, UNKNOWN_EMITTER } from './access-log-fields.ts';
import { envelopedRecord, isAccessLog, jsonFields, MAX_ENVELOPES } from './access-log-json.ts';
import { kubernetesEmitter } from './emitter.ts';
import { envoyTextFields, looksLikeRecord, prefixLength } from './envoy-text.ts';
import { decodeText, endOfJson, type JsonObject, parseObject } from './json-scan.ts';
import type { Records } from './records.ts';

/** Envoy refuses header blocks over 60 KiB, so no honest record is longer. Bytes, envelope included. */
export const MAX_RECORD_BYTES = 65_536;

const encoder = new TextEncoder();

/** Reads single records. Every call makes exactly one call on `out`. */
export class AccessLogRecordReader {
  readonly #out: Records;
  readonly #fields = emptyFields();
  readonly #unset = emptyFields();
  readonly #event = emptyEvent();

  constructor(out: Records) {
    this.#out = out;
  }

  /** A line without its end: a text record, or JSON behind a collector's prefix. */
  line(raw: Uint8Array): void {
    this.#line(raw, UNKNOWN_EMITTER, 0);
  }

  /** A JSON object's text, as {@link endOfJson} delimits it. */
  json(raw: Uint8Array): void {
    this.#json(raw, UNKNOWN_EMITTER, 0);
  }

  /** A line that stands as a string in an array; `raw` is the string's own text. */
  text(line: string, raw: Uint8Array): void {
    this.#text(line, raw, UNKNOWN_EMITTER, 0);
  }

  deadLetter(reason: DeadLetterReason, raw: Uint8Array): void {
    this.#out.deadLetter(raw.length > MAX_RECORD_BYTES ? 'too_long' : reason, raw);
  }

  #line(line: Uint8Array, emitter: Emitter, envelopes: number): void {
    if (line.length > MAX_RECORD_BYTES) {
      this.deadLetter('too_long', line);
      return;
    }
    const text = decodeText(line);
    const skip = prefixLength(text);
    // The prefix is ASCII: as many bytes as characters.
    const raw = line.subarray(skip);
    if (text.startsWith('{', skip)) {
      const end = endOfJson(raw, 0);
      const whole = end > 0 && raw.subarray(end).every((byte) => byte <= 0x20);
      if (whole) this.#json(raw.subarray(0, end), emitter, envelopes);
      else this.deadLetter('malformed_json', raw);
      return;
    }
    Object.assign(this.#fields, this.#unset);
    const reason = envoyTextFields(text.slice(skip), this.#fields);
    if (reason === null) this.#finish(raw, emitter);
    else this.deadLetter(reason, raw);
  }

  #text(text: string, raw: Uint8Array, emitter: Emitter, envelopes: number): void {
    const line = trimLine(encoder.encode(text));
    if (line.length === 0) this.deadLetter('empty_record', raw);
    else this.#line(line, emitter, envelopes);
  }

  #json(raw: Uint8Array, emitter: Emitter, envelopes: number): void {
    const record = raw.length > MAX_RECORD_BYTES ? null : parseObject(raw);
    if (record === null) this.deadLetter('malformed_json', raw);
    else this.#object(record, raw, emitter, envelopes);
  }

  #object(record: JsonObject, raw: Uint8Array, outer: Emitter, envelopes: number): void {
    const emitter = 'kubernetes' in record ? kubernetesEmitter(record.kubernetes) : outer;
    const own = isAccessLog(record);
    const inner = envelopes < MAX_ENVELOPES ? envelopedRecord(record, own) : null;
    if (typeof inner === 'string') {
      // Another program's line: the whole record says more to whoever looks at dead letters.
      if (inner.trim() !== '' && !looksLikeRecord(inner)) this.deadLetter('unknown_format', raw);
      else this.#text(inner, raw, emitter, envelopes + 1);
    } else if (inner !== null) {
      // As compact as proxies write it, so that it hashes like the same record sent by itself.
      this.#object(inner, encoder.encode(JSON.stringify(inner)), emitter, envelopes + 1);
    } else if (own) {
      Object.assign(this.#fields, this.#unset);
      jsonFields(record, this.#fields);
      this.#finish(raw, emitter);
    } else {
      this.deadLetter('unknown_format', raw);
    }
  }

  /** Hands on what `#fields` now hold. */
  #finish(raw: Uint8Array, emitter: Emitter): void {
    const reason = accessLogEvent(this.#fields, emitter, this.#event);
    if (reason === null) this.#out.event(this.#event, raw);
    else this.deadLetter(reason, raw);
  }
}

/** Without white space before it and line ends behind it; spaces at the end may be empty columns. */
export function trimLine(line: Uint8Array): Uint8Array {
  let start = 0;
  let end = line.length;
  while (end > 0 && (line[end - 1] === 0x0a || line[end - 1] === 0x0d)) end -= 1;
  while (start < end && line[start]! <= 0x20) start += 1;
  return line.subarray(start, end);
}
