import { REPORTERS, type RequestEvent } from '../model/request-event.ts';
import { type Columns, MAX_TIME_US } from './columns.ts';
import { SampleChooser } from './samples.ts';

const FIRST_CAPACITY = 64;

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
  readonly #indexes = new Map<string | null, number>([[null, 0]]);
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
      const larger = newRows(row * 2, this.#fingerprinted, this.#spanned);
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
    rows.details[row] = this.#intern(event.details);
    rows.source[row] = this.#intern(event.source);
    rows.destination[row] = this.#intern(event.destination);
    rows.cluster[row] = this.#intern(event.cluster);
    rows.subset[row] = this.#intern(event.subset);
    rows.host[row] = this.#intern(event.host);
    if (rows.fingerprints !== null) rows.fingerprints[row] = fingerprint ?? 0n;
    if (rows.spans !== null) {
      rows.spans.traceIdLow[row] = low64(event.traceId);
      rows.spans.id[row] = low64(event.span?.id ?? null);
      rows.spans.shared[row] = event.span?.shared ? 1 : 0;
    }
    this.#samples.offer(event, row, durationUs);
    this.#count++;
  }

  /** The rows so far. Adding more afterwards does not change what was returned. */
  columns(): Columns {
    const count = this.#count;
    const { spans, fingerprints, ...rows } = this.#rows;
    return {
      count,
      dictionary: [...this.#dictionary],
      endUs: rows.endUs.subarray(0, count),
      durationUs: rows.durationUs.subarray(0, count),
      code: rows.code.subarray(0, count),
      grpcStatus: rows.grpcStatus.subarray(0, count),
      flags: rows.flags.subarray(0, count),
      reporter: rows.reporter.subarray(0, count),
      mtls: rows.mtls.subarray(0, count),
      traits: rows.traits.subarray(0, count),
      details: rows.details.subarray(0, count),
      source: rows.source.subarray(0, count),
      destination: rows.destination.subarray(0, count),
      cluster: rows.cluster.subarray(0, count),
      subset: rows.subset.subarray(0, count),
      host: rows.host.subarray(0, count),
      fingerprints: count > 0 && fingerprints !== null ? fingerprints.subarray(0, count) : null,
      spans:
        count > 0 && spans !== null
          ? {
              traceIdLow: spans.traceIdLow.subarray(0, count),
              id: spans.id.subarray(0, count),
              shared: spans.shared.subarray(0, count),
            }
          : null,
      samples: this.#samples.samples(),
    };
  }

  #intern(text: string | null): number {
    let index = this.#indexes.get(text);
    if (index === undefined) {
      index = this.#dictionary.push(text) - 1;
      this.#indexes.set(text, index);
      this.#stringBytes += STRING_BYTES + utf8.encode(text as string).length;
    }
    return index;
  }
}

type Rows = Omit<Columns, 'count' | 'dictionary' | 'samples'>;

const utf8 = new TextEncoder();

function newRows(capacity: number, fingerprints: boolean, spans: boolean): Rows {
  return {
    endUs: new Float64Array(capacity),
    durationUs: new Float64Array(capacity),
    code: new Uint16Array(capacity),
    grpcStatus: new Int8Array(capacity),
    flags: new Uint32Array(capacity),
    reporter: new Uint8Array(capacity),
    mtls: new Uint8Array(capacity),
    traits: new Uint8Array(capacity),
    details: new Uint32Array(capacity),
    source: new Uint32Array(capacity),
    destination: new Uint32Array(capacity),
    cluster: new Uint32Array(capacity),
    subset: new Uint32Array(capacity),
    host: new Uint32Array(capacity),
    fingerprints: fingerprints ? new BigUint64Array(capacity) : null,
    spans: spans
      ? {
          traceIdLow: new BigUint64Array(capacity),
          id: new BigUint64Array(capacity),
          shared: new Uint8Array(capacity),
        }
      : null,
  };
}

function copyRows(from: Rows, to: Rows): void {
  to.endUs.set(from.endUs);
  to.durationUs.set(from.durationUs);
  to.code.set(from.code);
  to.grpcStatus.set(from.grpcStatus);
  to.flags.set(from.flags);
  to.reporter.set(from.reporter);
  to.mtls.set(from.mtls);
  to.traits.set(from.traits);
  to.details.set(from.details);
  to.source.set(from.source);
  to.destination.set(from.destination);
  to.cluster.set(from.cluster);
  to.subset.set(from.subset);
  to.host.set(from.host);
  if (from.fingerprints !== null) to.fingerprints?.set(from.fingerprints);
  if (from.spans !== null) {
    to.spans?.traceIdLow.set(from.spans.traceIdLow);
    to.spans?.id.set(from.spans.id);
    to.spans?.shared.set(from.spans.shared);
  }
}

function timeUs(us: number, unusable: number): number {
  if (Number.isNaN(us)) return unusable;
  return Math.min(Math.max(Math.round(us), 0), MAX_TIME_US);
}

const HEX = /^[0-9a-f]{1,16}$/i;

/** The low 64 bits of a hex id; 0 (which no valid id is) when it is absent or not hex. */
function low64(hex: string | null): bigint {
  const low = hex?.slice(-16) ?? '';
  return HEX.test(low) ? BigInt(`0x${low}`) : 0n;
}
