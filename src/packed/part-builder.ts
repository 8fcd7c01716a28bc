import { REPORTERS, type RequestEvent } from '../model/request-event.ts';
import { type Columns, MAX_TIME_US } from './columns.ts';
import { setLow64 } from './low64.ts';
import { PackedColumns } from './packed-columns.ts';
import { copyRows, firstRows, newRows, type Rows } from './rows.ts';
import { SampleChooser } from './samples.ts';
import { utf8Length } from './utf8-length.ts';

/** Many parts have only a few rows, and most of the others fewer than 64. */
const FIRST_CAPACITY = 16;
const SECOND_CAPACITY = 64;

/** Most bytes a row takes on the wire, its strings and sampled ids apart: the varints of docs/stream.proto. */
const ROW_BYTES = 48;
const FINGERPRINT_BYTES = 8;
const SPAN_BYTES = 17;
/** Tags, lengths and the base end time of a part without rows. */
const EMPTY_BYTES = 160;
/** Tag and length of one dictionary entry. */
const STRING_BYTES = 6;

export interface PartBuilderOptions {
  /** Keep the identity of the span each event came from. */
  spans?: boolean;
  /** Keep a fingerprint per event, for senders that may send part of a body again. */
  fingerprints?: boolean;
}

/**
 * Collects the request events of one body and partition as columns.
 *
 * Times are rounded to whole µs and kept within 0–{@link MAX_TIME_US}, so nothing that `add` is given throws.
 */
export class PartBuilder {
  readonly #fingerprinted: boolean;
  readonly #spanned: boolean;
  readonly #dictionary: (string | null)[] = [null];
  readonly #indexes = new Map<string, number>();
  /** By column, the index of the text that was met last. */
  readonly #last = [0, 0, 0, 0, 0, 0];
  readonly #samples = new SampleChooser();
  #rows: Rows;
  #count = 0;
  #stringBytes = 0;

  constructor(options: PartBuilderOptions = {}) {
    this.#spanned = options.spans ?? false;
    this.#fingerprinted = options.fingerprints ?? false;
    this.#rows = newRows(FIRST_CAPACITY, this.#fingerprinted, this.#spanned);
  }

  get count(): number {
    return this.#count;
  }

  /** Upper bound of the encoded columns in bytes; the part's outer frame comes on top. */
  get bytes(): number {
    const row =
      ROW_BYTES + (this.#fingerprinted ? FINGERPRINT_BYTES : 0) + (this.#spanned ? SPAN_BYTES : 0);
    return EMPTY_BYTES + this.#count * row + this.#stringBytes + this.#samples.bytes;
  }

  /**
   * Appends a row. `event` may be reused by the caller afterwards.
   *
   * @param fingerprint null when the record has none; only kept with the option `fingerprints`
   */
  add(event: RequestEvent, fingerprint: bigint | null): void {
    const row = this.#count;
    if (row === this.#rows.endUs.length) {
      const larger = newRows(
        Math.max(row * 2, SECOND_CAPACITY),
        this.#fingerprinted,
        this.#spanned,
      );
      copyRows(this.#rows, larger);
      this.#rows = larger;
    }
    const rows = this.#rows;
    const durationUs = event.durationUs === null ? -1 : timeUs(event.durationUs, -1);
    rows.endUs[row] = timeUs(event.endUs, 0);
    rows.durationUs[row] = durationUs;
    rows.code[row] = event.code;
    rows.grpcStatus[row] = event.grpcStatus ?? -1;
    rows.flags[row] = event.flags;
    rows.reporter[row] = REPORTERS.indexOf(event.reporter);
    rows.mtls[row] = event.mtls === null ? 0 : event.mtls ? 2 : 1;
    rows.traits[row] = event.traits;
    rows.details[row] = this.#intern(event.details, 0);
    rows.source[row] = this.#intern(event.source, 1);
    rows.destination[row] = this.#intern(event.destination, 2);
    rows.cluster[row] = this.#intern(event.cluster, 3);
    rows.subset[row] = this.#intern(event.subset, 4);
    rows.host[row] = this.#intern(event.host, 5);
    if (rows.fingerprintWords !== null && fingerprint !== null) {
      rows.fingerprintWords[2 * row] = Number(fingerprint & 0xffffffffn);
      rows.fingerprintWords[2 * row + 1] = Number(fingerprint >> 32n);
    }
    if (rows.spans !== null) {
      setLow64(rows.spans.traceIdWords, row, event.traceId);
      setLow64(rows.spans.idWords, row, event.span?.id ?? null);
      rows.spans.shared[row] = event.span?.shared ? 1 : 0;
    }
    this.#samples.offer(event, row, durationUs);
    this.#count++;
  }

  /** The rows so far. Adding more afterwards does not change what was returned. */
  columns(): Columns {
    const rows = firstRows(this.#rows, this.#count);
    return new PackedColumns(this.#count, [...this.#dictionary], rows, this.#samples.samples());
  }

  /** The rows, in arrays that may have room for more. No row can be added afterwards. */
  take(): Columns {
    return new PackedColumns(this.#count, this.#dictionary, this.#rows, this.#samples.samples());
  }

  /** Index in the dictionary. Rows that follow each other often have the same text in a column. */
  #intern(text: string | null, column: number): number {
    if (text === null) return 0;
    const last = this.#last[column] as number;
    if (this.#dictionary[last] === text) return last;
    let index = this.#indexes.get(text);
    if (index === undefined) {
      index = this.#dictionary.push(text) - 1;
      this.#indexes.set(text, index);
      this.#stringBytes += STRING_BYTES + utf8Length(text);
    }
    this.#last[column] = index;
    return index;
  }
}

function timeUs(us: number, unusable: number): number {
  if (Number.isNaN(us)) return unusable;
  return Math.min(Math.max(Math.round(us), 0), MAX_TIME_US);
}
