import type { JsonBytes } from './json-bytes.ts';
import { SpanComparison } from './span-comparison.ts';
import type { SpanOutcome } from './span-outcome.ts';
import { MAX_BYTES, type SpanSaid, SpanShape } from './span-shape.ts';
import type { SpanValues } from './span-values.ts';

const MAX_SHAPES = 32;
/** Values that one span is compared up to in vain, before it is taken to be like none. */
const MAX_VAIN = 64;
/**
 * Values that may be compared in vain in all, before only what is expected is compared: more with each span that is
 * found, by all its values, and with each body, by a small share of its bytes.
 */
const MAX_CREDIT = 1024;
const BYTES_OF_CREDIT = 256;
/** Senders who never repeat themselves are read with what there is. */
const TAUGHT_BY_ONE_BODY = 8;
/** More other values than this, and a shape takes those of the newest span in place of its own. */
const MANY_OTHERS = 6;

/**
 * The shapes of spans that were read, to find the one that a span has: first the one that came after the last, then those
 * that are the same for longer, then any. Wrong guesses cost time alone, as all bytes are compared.
 */
export class SpanShapes {
  /** How many spans were found, of all bodies. */
  count = 0;
  /** Whether a span of which nothing was found is to be remembered. */
  wanted = false;
  /** What {@link read} found. */
  found = new SpanShape(0);
  readonly comparison: SpanComparison;
  readonly #json: JsonBytes;
  readonly #shapes: SpanShape[] = [];
  #hand = 0;
  #taught = 0;
  /** Before the first span. */
  readonly #begin = new SpanShape(0);
  #last = this.#begin;
  #spans = 0;
  #credit = MAX_CREDIT;
  /** Whether the span was compared with more than what was expected. */
  #searched = false;
  /** The one tried in vain that was the same for longest, and up to which value. */
  #nearest: SpanShape | null = null;
  #nearestValue = -1;

  constructor(json: JsonBytes, span: SpanValues) {
    this.#json = json;
    this.comparison = new SpanComparison(json, span, MAX_SHAPES);
  }

  /** With the strings. */
  clear(): void {
    this.#shapes.length = 0;
    this.#begin.next = null;
    this.#begin.others.fill(null);
    this.#last = this.#begin;
  }

  /** Before each body. */
  begin(): void {
    this.#taught = 0;
    this.#last = this.#begin;
    this.#earn(this.#json.length / BYTES_OF_CREDIT);
  }

  /** Past the span that begins at `from`, whose values are then taken; 0 when it is like none, and some may be taken. */
  read(from: number): number {
    this.#nearest = null;
    this.#nearestValue = -1;
    this.#spans += 1;
    this.#searched = this.#credit > 0;
    const { comparison } = this;
    const shapes = this.#shapes;
    let shape = this.#last.next ?? this.#begin.next;
    let untried = this.#searched ? shapes.length : 0;
    const most = this.#searched ? MAX_VAIN : 1;
    let vain = 0;
    while (vain < most) {
      if (shape === null) {
        if (untried === 0) break;
        shape = shapes[untried - 1]!;
        untried -= 1;
      }
      let other: SpanShape | null = null;
      if (shape.tried !== this.#spans) {
        shape.tried = this.#spans;
        const end = comparison.walk(shape, from);
        if (end > 0) return this.#find(shape, end);
        vain += comparison.failed + 2;
        if (comparison.failed > this.#nearestValue) other = this.#other(shape);
      }
      shape = other;
    }
    return this.#findNone(vain);
  }

  #find(shape: SpanShape, end: number): number {
    this.#earn(shape.count);
    if (this.#nearest !== null) this.#nearest.others[this.#nearestValue] = shape;
    this.#follow(shape);
    shape.used = true;
    this.count += 1;
    this.#json.containers += shape.containers;
    this.found = shape;
    return end;
  }

  /** What else may be the same as the shape up to the value where it failed, and further. */
  #other(shape: SpanShape): SpanShape | null {
    this.#nearest = shape;
    this.#nearestValue = this.comparison.failed;
    return shape.others[this.#nearestValue]!;
  }

  #earn(credit: number): void {
    this.#credit = Math.min(this.#credit + Math.trunc(credit), MAX_CREDIT);
  }

  #findNone(vain: number): number {
    this.comparison.begin();
    this.wanted = this.#searched && this.#taught < TAUGHT_BY_ONE_BODY;
    this.#credit = Math.max(this.#credit - vain, 0);
    return 0;
  }

  #follow(shape: SpanShape): void {
    if (this.#last !== shape) this.#last.next = shape;
    this.#last = shape;
  }

  /** A span that is read in another way, at `from`–`to`: one to compare others with. */
  learn(from: number, to: number, said: SpanSaid): void {
    if (!this.wanted || !this.comparison.fits(from, to)) return;
    this.#taught += 1;
    const shape = this.#make();
    this.comparison.remember(shape, from, to, said);
    const nearest = this.#nearest;
    if (nearest !== null && nearest !== shape) nearest.others[this.#nearestValue] = shape;
    this.#follow(shape);
  }

  /** The span at `from`–`to` was like {@link found}, which now takes its values if many are others. */
  renew(from: number, to: number, outcome: SpanOutcome | null): void {
    const { comparison } = this;
    if (comparison.others <= MANY_OTHERS || to - from > MAX_BYTES) return;
    comparison.renew(this.found, from, to, outcome);
  }

  /** A new shape, or one that was not found lately. */
  #make(): SpanShape {
    const shapes = this.#shapes;
    if (shapes.length < MAX_SHAPES) {
      const shape = new SpanShape(shapes.length * MAX_BYTES);
      shapes.push(shape);
      return shape;
    }
    for (;;) {
      this.#hand = (this.#hand + 1) % MAX_SHAPES;
      const shape = shapes[this.#hand]!;
      if (!shape.used) {
        shape.next = null;
        shape.others.fill(null);
        return shape;
      }
      shape.used = false;
    }
  }
}
