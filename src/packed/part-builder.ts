import { REPORTERS, type RequestEvent } from '../model/request-event.ts';
import { type Columns, MAX_TIME_US } from './columns.ts';
import { Dictionary } from './dictionary.ts';
import { setLow64 } from './low64.ts';
import { PackedColumns } from './packed-columns.ts';
import { copyRows, firstRows, newRows, type Rows } from './rows.ts';
import { SampleChooser } from './samples.ts';

/** Many parts have only a few rows, and most of the others fewer than 64. */
const FIRST_CAPACITY = 8;
const SECOND_CAPACITY = 64;

/** Most bytes a row takes on the wire, its strings and sampled ids apart: the varints of docs/stream.proto. */
const ROW_BYTES = 48;
const FINGERPRINT_BYTES = 8;
const SPAN_BYTES = 17;
/** Tags, lengths and the base end time of a part without rows. */
const EMPTY_BYTES = 160;

export interface PartBuilderOptions {
  /** Keep the identity of the span each event came from. */
  spans?: boolean;
  /** Keep a fingerprint per event, for senders that may send part of a body again. */
  fingerprints?: boolean;
  /** Mesh cluster of the called service where the event names none; null when not known. */
  cluster?: string | null;
}

/**
 * Collects the request events of one body and partition as columns.
 *
 * Times are rounded to whole µs and kept within 0–{@link MAX_TIME_US}, so nothing that `add` is given throws.
 */
export class PartBuilder {
  readonly #fingerprinted: boolean;
  readonly #spanned: boolean;
  readonly #cluster: string | null;
  readonly #dictionary = new Dictionary();
  readonly #samples = new SampleChooser();
  readonly #rowBytes: number;
  #rows: Rows;
  #count = 0;

  constructor(options: PartBuilderOptions = {}) {
    this.#spanned = options.spans ?? false;
    this.#fingerprinted = options.fingerprints ?? false;
    this.#cluster = options.cluster ?? null;
    this.#rowBytes =
      ROW_BYTES + (this.#fingerprinted ? FINGERPRINT_BYTES : 0) + (this.#spanned ? SPAN_BYTES : 0);
    this.#rows = newRows(FIRST_CAPACITY, this.#fingerprinted, this.#spanned);
  }

  get count(): number {
    return this.#count;
  }

  /** Upper bound of the encoded columns in bytes; the part's outer frame comes on top. */
  get bytes(): number {
    return this.#bytesWithout + this.#dictionary.bytes;
  }

  /** Whether {@link bytes} is over `most`, without the cost of finding out where that is plain. */
  isOver(most: number): boolean {
    return this.#bytesWithout + this.#dictionary.roughBytes > most && this.bytes > most;
  }

  /** Without the dictionary. */
  get #bytesWithout(): number {
    return EMPTY_BYTES + this.#count * this.#rowBytes + this.#samples.bytes;
  }

  /**
   * Appends a row. `event` may be reused by the caller afterwards.
   *
   * @param fingerprint null when the record has none; only kept with the option `fingerprints`
   */
  add(event: RequestEvent, fingerprint: bigint | null): void {
    if (fingerprint === null || !this.#fingerprinted) this.addHashed(event, 0, 0);
    else this.addHashed(event, Number(fingerprint & 0xffffffffn), Number(fingerprint >> 32n));
  }

  /** As {@link add}, with the lower and the upper half of the fingerprint. */
  addHashed(event: RequestEvent, low: number, high: number): void {
    const row = this.#count;
    if (row === this.#rows.endUs.length) this.#grow();
    const rows = this.#rows;
    const dictionary = this.#dictionary;
    const durationUs = event.durationUs === null ? -1 : timeUs(event.durationUs, -1);
    rows.endUs[row] = timeUs(event.endUs, 0);
    rows.durationUs[row] = durationUs;
    rows.code[row] = event.code;
    rows.grpcStatus[row] = event.grpcStatus ?? -1;
    rows.flags[row] = event.flags;
    rows.reporter[row] = REPORTERS.indexOf(event.reporter);
    rows.mtls[row] = event.mtls === null ? 0 : event.mtls ? 2 : 1;
    rows.traits[row] = event.traits;
    rows.details[row] = dictionary.indexOf(event.details);
    rows.source[row] = dictionary.indexOf(event.source);
    const destination = dictionary.indexOf(event.destination);
    rows.destination[row] = destination;
    rows.cluster[row] = dictionary.indexOf(event.cluster ?? this.#cluster);
    rows.subset[row] = dictionary.indexOf(event.subset);
    rows.host[row] = dictionary.indexOf(event.host);
    if (rows.fingerprintWords !== null) {
      rows.fingerprintWords[2 * row] = low;
      rows.fingerprintWords[2 * row + 1] = high;
    }
    if (rows.spans !== null) {
      setLow64(rows.spans.traceIdWords, row, event.traceId);
      setLow64(rows.spans.idWords, row, event.span?.id ?? null);
      rows.spans.shared[row] = event.span?.shared ? 1 : 0;
    }
    this.#samples.offer(event, row, destination, durationUs);
    this.#count++;
  }

  /** The rows so far. Adding more afterwards does not change what was returned. */
  columns(): Columns {
    const rows = firstRows(this.#rows, this.#count);
    return new PackedColumns(
      this.#count,
      [...this.#dictionary.texts],
      rows,
      this.#samples.samples(),
    );
  }

  /** The rows, in arrays that may have room for more. No row can be added afterwards. */
  take(): Columns {
    return new PackedColumns(
      this.#count,
      this.#dictionary.texts,
      this.#rows,
      this.#samples.samples(),
    );
  }

  #grow(): void {
    const capacity = Math.max(this.#count * 2, SECOND_CAPACITY);
    const larger = newRows(capacity, this.#fingerprinted, this.#spanned);
    copyRows(this.#rows, larger);
    this.#rows = larger;
  }
}

function timeUs(us: number, unusable: number): number {
  if (Number.isNaN(us)) return unusable;
  return Math.min(Math.max(Math.round(us), 0), MAX_TIME_US);
}
