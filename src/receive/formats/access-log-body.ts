import { envelopedRecord, isAccessLog } from './access-log-json.ts';
import { AccessLogRecordReader, MAX_RECORD_BYTES, trimLine } from './access-log-record.ts';
import { decodeText, endOfJson, parseObject, parseValue } from './json-scan.ts';
import type { Records } from './records.ts';

const NEWLINE = 0x0a;
const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** How a line that is no JSON begins: Envoy's time, Ambassador's word, a collector's time. */
const LINE_START = /^(?:\[\d{4}-|ACCESS \[|\d{4}-\d\d-)/;

/**
 * Reads a body of access logs, told apart by its bytes: text lines, NDJSON, a JSON array, JSON objects one after the
 * other, and shippers' records around any of them; mixtures too. A record that cannot be read is one dead letter, and
 * reading goes on at the next place that looks like a record. Linear in the length of the body.
 */
export function readAccessLogs(body: Uint8Array, out: Records): void {
  new BodyReader(body, out).read();
}

class BodyReader {
  readonly #body: Uint8Array;
  readonly #records: AccessLogRecordReader;
  /** Behind a byte order mark. */
  readonly #start: number;
  #inArray = false;

  constructor(body: Uint8Array, out: Records) {
    this.#body = body;
    this.#start = body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf ? 3 : 0;
    this.#records = new AccessLogRecordReader(out);
  }

  read(): void {
    const body = this.#body;
    for (let at = this.#nextBegin(this.#start); at < body.length; at = this.#nextBegin(at)) {
      const byte = body[at];
      // A text line cut after its first bracket began no array.
      if (this.#inArray && body[at - 1] === NEWLINE && this.#beginsTextLine(at)) {
        this.#inArray = false;
      }
      if (this.#inArray && (byte === CLOSE_ARRAY || byte === COMMA)) {
        this.#inArray = byte === COMMA;
        at += 1;
      } else if (byte === OPEN_OBJECT) {
        at = this.#readValue(at);
      } else if (this.#inArray) {
        at = byte === QUOTE || byte === OPEN_ARRAY ? this.#readValue(at) : this.#readScalar(at);
      } else if (byte === OPEN_ARRAY && this.#beginsArray(at)) {
        this.#inArray = true;
        at += 1;
      } else {
        at = this.#readLine(at);
      }
    }
  }

  /**
   * Where the next record begins; the end of the body when there is none. A line on the way that is not blank, of
   * NULs such as a crash leaves in a file, is a dead letter.
   */
  #nextBegin(from: number): number {
    const body = this.#body;
    let line = from === this.#start || body[from - 1] === NEWLINE ? from : -1;
    let blank = true;
    for (let at = from; ; at += 1) {
      const byte = body[at];
      if (byte === undefined || byte === NEWLINE) {
        // Not `too_long`: however long, it is no record.
        if (line >= 0 && !blank) {
          const raw = body.subarray(line, Math.min(at, line + MAX_RECORD_BYTES));
          this.#records.deadLetter('unknown_format', raw);
        }
        if (byte === undefined) return at;
        line = at + 1;
        blank = true;
      } else if (byte > 0x20) {
        return at;
      } else if (byte !== 0x20 && (byte < 0x09 || byte > 0x0d)) {
        blank = false;
      }
    }
  }

  #readLine(at: number): number {
    const newline = this.#body.indexOf(NEWLINE, at);
    const end = newline < 0 ? this.#body.length : newline;
    this.#records.line(trimLine(this.#body.subarray(at, end)));
    return end;
  }

  /** An object, or an array's element that is a string or an array. Returns where to go on. */
  #readValue(at: number): number {
    const end = endOfJson(this.#body, at);
    if (end < 0) return this.#readBroken(at, this.#nextRecord(at + 1));
    const next = this.#afterValue(end);
    // `{…}garbage` is one bad record, not a good one and a bad one.
    if (next < 0) return this.#readBroken(at, this.#endOfGarbage(end));
    const raw = this.#body.subarray(at, end);
    if (raw[0] === OPEN_OBJECT) {
      this.#records.json(raw);
    } else {
      const text = parseValue(raw);
      if (typeof text === 'string') this.#records.text(text, raw);
      else this.#records.deadLetter(text === undefined ? 'malformed_json' : 'unknown_format', raw);
    }
    return next;
  }

  /** A number, a word or rubbish between an array's commas. */
  #readScalar(at: number): number {
    const end = this.#endOfGarbage(at + 1);
    const raw = trimEnd(this.#body.subarray(at, end));
    const known = parseValue(raw) !== undefined;
    this.#records.deadLetter(known ? 'unknown_format' : 'malformed_json', raw);
    return end;
  }

  #readBroken(at: number, next: number): number {
    this.#records.deadLetter('malformed_json', trimEnd(this.#body.subarray(at, next)));
    return next;
  }

  /** `[` begins an array, or the time of a text line. */
  #beginsArray(at: number): boolean {
    const first = this.#body[this.#skipSpace(at + 1)];
    return (
      first === OPEN_OBJECT || first === QUOTE || first === OPEN_ARRAY || first === CLOSE_ARRAY
    );
  }

  /** Where to go on after a value that ends at `end`; -1 when something stands there that is no separator. */
  #afterValue(end: number): number {
    let at = end;
    while (this.#body[at] === 0x20 || this.#body[at] === 0x09 || this.#body[at] === 0x0d) at += 1;
    const byte = this.#body[at];
    if (byte === COMMA) return this.#inArray ? at : at + 1;
    const separated = byte === undefined || byte === NEWLINE || byte === OPEN_OBJECT;
    return separated || byte === (this.#inArray ? CLOSE_ARRAY : OPEN_ARRAY) ? at : -1;
  }

  #endOfGarbage(from: number): number {
    for (let at = from; at < this.#body.length; at += 1) {
      const byte = this.#body[at];
      if (byte === NEWLINE || this.#beginsRecord(at)) return at;
      if (this.#inArray && (byte === COMMA || byte === CLOSE_ARRAY)) return at;
    }
    return this.#body.length;
  }

  /** Where the next record begins after one that does not end; the end of the body when there is none. */
  #nextRecord(from: number): number {
    for (let at = from; at < this.#body.length; at += 1) {
      if (this.#body[at] === NEWLINE ? this.#beginsLine(at + 1) : this.#beginsRecord(at)) return at;
    }
    return this.#body.length;
  }

  #beginsLine(at: number): boolean {
    return this.#body[at] === OPEN_OBJECT || this.#beginsTextLine(at);
  }

  #beginsTextLine(at: number): boolean {
    return LINE_START.test(decodeText(this.#body.subarray(at, at + 9)));
  }

  /** A readable record in the middle of a line, not one that belongs to a key of the broken one. */
  #beginsRecord(at: number): boolean {
    const body = this.#body;
    if (body[at] !== OPEN_OBJECT) return false;
    const first = body[this.#skipSpace(at + 1)];
    if (first !== QUOTE && first !== CLOSE_OBJECT) return false;
    const end = endOfJson(body, at);
    if (end < 0 || end - at > MAX_RECORD_BYTES) return false;
    let before = at - 1;
    while (before >= 0 && body[before]! <= 0x20) before -= 1;
    if (body[before] === COLON) {
      // A key's value is followed by a comma or a bracket, unless the broken one was cut behind the colon.
      const after = body[this.#skipSpace(end)];
      if (after !== undefined && after !== OPEN_OBJECT) return false;
    }
    const record = parseObject(body.subarray(at, end));
    return record !== null && (isAccessLog(record) || envelopedRecord(record, false) !== null);
  }

  #skipSpace(from: number): number {
    let at = from;
    while (at < this.#body.length && this.#body[at]! <= 0x20) at += 1;
    return at;
  }
}

function trimEnd(bytes: Uint8Array): Uint8Array {
  let end = bytes.length;
  while (end > 0 && (bytes[end - 1]! <= 0x20 || bytes[end - 1] === COMMA)) end -= 1;
  return bytes.subarray(0, end);
}
