import type { JsonBytes } from './json-bytes.ts';
import type { SpanOutcome } from './span-outcome.ts';
import { MAX_BYTES, MAX_VALUES, type SpanSaid, type SpanShape } from './span-shape.ts';
import { ALWAYS_READ, IS_NUMBER, type SpanValues, VALUE } from './span-values.ts';

const ZERO = 0x30;
/** Read beyond the last byte that is remembered. */
const PADDING = 8;

/**
 * Reads a span by comparing it with one before: eight bytes at a time, and of the values only those that differ. What
 * stands between the values must be the same, so names, order and spacing need no reading.
 */
export class SpanComparison {
  /** The value at which {@link walk} found no more the same. */
  failed = 0;
  /** How many values {@link walk} found others for. */
  others = 0;
  readonly #json: JsonBytes;
  readonly #span: SpanValues;
  /** Of all shapes. */
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  // Of the span being read: which of the shape's values were read, or what was noted of its own, and where they stand.
  #noted = 0;
  readonly #values = new Uint8Array(MAX_VALUES);
  readonly #from = new Int32Array(MAX_VALUES);
  readonly #to = new Int32Array(MAX_VALUES);

  constructor(json: JsonBytes, span: SpanValues, shapes: number) {
    this.#json = json;
    this.#span = span;
    this.#bytes = new Uint8Array(shapes * MAX_BYTES + PADDING);
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** Past the span that begins at `from`, whose values are then taken; 0 when it is not of this shape. */
  walk(shape: SpanShape, from: number): number {
    const json = this.#json;
    const span = this.#span;
    const ours = this.#view;
    const theirs = json.view;
    const { stops, count } = shape;
    const begins = shape.from;
    const ends = shape.to;
    const readValues = this.#values;
    const readTo = this.#to;
    span.begin(shape.facts);
    let read = 0;
    let others = 0;
    let value = 0;
    let our = shape.start;
    let their = from;
    for (;;) {
      const stop = stops[value]!;
      const limit = stop === count ? shape.end : begins[stop]!;
      const last = limit - 8;
      while (our <= last && ours.getFloat64(our, true) === theirs.getFloat64(their, true)) {
        our += 8;
        their += 8;
      }
      const same = Math.min(sameBytes(ours, our, theirs, their), limit - our);
      our += same;
      their += same;
      if (our === limit) {
        if (stop === count) {
          this.#noted = read;
          this.others = others;
          return their;
        }
        value = stop;
      } else if (same === 8) {
        continue;
      } else {
        while (value < count && ends[value]! < our) value += 1;
        if (value === count || our < begins[value]!) break;
        their -= our - begins[value]!;
        others += 1;
      }
      const what = shape.values[value]!;
      if (what >= IS_NUMBER) {
        const digit = json.bytes[their]! - ZERO;
        if (digit < 0 || digit > 9) break;
      }
      const end = span.take(what, their);
      readValues[read] = value;
      readTo[read] = end;
      read += 1;
      our = ends[value]!;
      their = end;
      value += 1;
    }
    this.failed = value;
    return 0;
  }

  /** Before the first {@link note} of a span that is read in another way. */
  begin(): void {
    this.#noted = 0;
  }

  /** Its next value. */
  note(value: number, from: number, to: number): void {
    const count = this.#noted;
    if (count < MAX_VALUES) {
      this.#values[count] = value;
      this.#from[count] = from;
      this.#to[count] = to;
    }
    this.#noted = count + 1;
  }

  /** Makes `shape` that of the span at `from`–`to`, of which {@link note} was told. */
  remember(shape: SpanShape, from: number, to: number, said: SpanSaid): void {
    const count = this.#noted;
    shape.count = count;
    shape.containers = said.containers;
    shape.kind = said.kind;
    shape.shared = said.shared;
    shape.from.set(this.#from);
    shape.to.set(this.#to);
    shape.stops[count] = count;
    for (let value = count - 1; value >= 0; value -= 1) {
      const noted = this.#values[value]!;
      // What tags and names say is only asked of requests.
      const what = said.outcome === null && noted < VALUE.text ? VALUE.text : noted;
      shape.values[value] = what;
      shape.stops[value] = ALWAYS_READ[what] === 1 ? value : shape.stops[value + 1]!;
    }
    this.#keep(shape, from, to, said.outcome);
  }

  /** Whether the span at `from`–`to`, of which {@link note} was told, is small enough to be remembered. */
  fits(from: number, to: number): boolean {
    return to - from <= MAX_BYTES && this.#noted <= MAX_VALUES;
  }

  /** Gives the shape the values of the span at `from`–`to`, which {@link walk} has just found to be of this shape. */
  renew(shape: SpanShape, from: number, to: number, outcome: SpanOutcome | null): void {
    let shift = from - shape.start;
    let read = 0;
    for (let value = 0; value < shape.count; value += 1) {
      const end = shape.to[value]!;
      shape.from[value]! += shift;
      if (read < this.#noted && this.#values[read] === value) {
        shift = this.#to[read]! - end;
        read += 1;
      }
      shape.to[value] = end + shift;
    }
    this.#keep(shape, from, to, outcome);
  }

  /** Where its values stand is said in the body's terms until here. */
  #keep(shape: SpanShape, from: number, to: number, outcome: SpanOutcome | null): void {
    const shift = shape.start - from;
    for (let value = 0; value < shape.count; value += 1) {
      shape.from[value]! += shift;
      shape.to[value]! += shift;
    }
    this.#bytes.set(this.#json.bytes.subarray(from, to), shape.start);
    shape.end = to + shift;
    shape.outcome = outcome;
    shape.facts.set(this.#span.facts);
  }
}

/** How many bytes are the same, at most 8. */
function sameBytes(ours: DataView, our: number, theirs: DataView, their: number): number {
  let differing = ours.getInt32(our, true) ^ theirs.getInt32(their, true);
  if (differing !== 0) return (31 - Math.clz32(differing & -differing)) >>> 3;
  differing = ours.getInt32(our + 4, true) ^ theirs.getInt32(their + 4, true);
  return differing === 0 ? 8 : 4 + ((31 - Math.clz32(differing & -differing)) >>> 3);
}
