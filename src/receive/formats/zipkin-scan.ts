import { maxContainers } from './bounded-json.ts';
import { InternedBytes } from './interned-bytes.ts';
import { JsonBytes, Unsure, unsure } from './json-bytes.ts';
import type { Records } from './records.ts';
import { ScannedSpan } from './scanned-span.ts';
import { type SpanOutcome, SpanOutcomes } from './span-outcome.ts';
import { SpanShapes } from './span-shapes.ts';
import { SpanValues } from './span-values.ts';
import { whyNoRequest } from './zipkin-event.ts';
import type { SpanKind } from './zipkin-span.ts';
import { StagedSpans } from './zipkin-staged.ts';

const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;

/** Kept at once, with 2 MB of their bytes: senders make up names without end. */
const MAX_STRINGS = 2 ** 15;
const MAX_WORDS = 2 ** 19;

/**
 * Reads ordinary Zipkin JSON v2 without an object or a string for each member. It keeps from body to body which names
 * it met and what follows from them. What it is not sure of it leaves to the plain reader.
 */
export class ZipkinScanner {
  readonly #json = new JsonBytes();
  readonly #strings: InternedBytes;
  readonly #values: SpanValues;
  readonly #outcomes: SpanOutcomes;
  readonly #shapes: SpanShapes;
  readonly #spans = new StagedSpans(this.#json);
  readonly #span: ScannedSpan;

  /** How many strings are known at once, a power of two over 64, and how many words of four bytes of them. */
  constructor(maxStrings = MAX_STRINGS, maxWords = MAX_WORDS) {
    this.#strings = new InternedBytes(maxStrings, maxWords);
    this.#values = new SpanValues(this.#json, this.#strings);
    this.#outcomes = new SpanOutcomes(this.#strings);
    this.#shapes = new SpanShapes(this.#json, this.#values);
    this.#span = new ScannedSpan(this.#json, this.#values, this.#shapes.comparison);
  }

  /** How many spans were read by comparing them with others, of all bodies. */
  get compared(): number {
    return this.#shapes.count;
  }

  /**
   * False, with nothing out, where the body is not valid or not ordinary. Else every record is out, as the plain reader
   * would have it.
   */
  read(body: Uint8Array, out: Records): boolean {
    this.#begin(body);
    try {
      this.#list();
    } catch (error) {
      if (error instanceof Unsure) return false;
      throw error;
    }
    this.#spans.emit(out);
    return true;
  }

  #begin(body: Uint8Array): void {
    this.#json.load(body);
    this.#spans.clear();
    this.#shapes.begin();
  }

  #list(): void {
    const json = this.#json;
    const { bytes } = json;
    let at = json.pastSpace(0);
    if (bytes[at] !== OPEN_ARRAY) unsure();
    json.containers += 1;
    at = json.pastSpace(at + 1);
    for (;;) {
      at = json.pastSpace(this.#pastSpan(at));
      if (bytes[at] === CLOSE_ARRAY) break;
      at = json.pastComma(at);
    }
    const whole = json.pastSpace(at + 1) === json.length;
    if (!whole || json.containers > maxContainers(json.length)) unsure();
  }

  #pastSpan(from: number): number {
    if (this.#strings.full) this.#forget();
    const shapes = this.#shapes;
    const end = shapes.read(from);
    if (end === 0) return this.#pastNewSpan(from);
    const { kind, shared, facts, outcome } = shapes.found;
    const values = this.#values;
    const now = values.facts === facts ? outcome : this.#outcomes.of(values.facts);
    if (this.#stage(kind, shared, now)) shapes.renew(from, end, now);
    return end;
  }

  #forget(): void {
    this.#strings.clear();
    this.#values.clear();
    this.#outcomes.clear();
    this.#shapes.clear();
  }

  /** False for a request that is not complete. */
  #stage(kind: SpanKind | null, shared: boolean, outcome: SpanOutcome | null): boolean {
    const values = this.#values;
    const span = this.#spans.next();
    span.reason = whyNoRequest(kind, values.startUs, values.durationUs);
    if (span.reason !== null) return kind !== 'SERVER';
    span.startUs = values.startUs!;
    span.durationUs = values.durationUs!;
    span.shared = shared;
    span.traceIdFrom = values.traceIdFrom;
    span.traceIdTo = values.traceIdTo;
    span.idFrom = values.idFrom;
    span.idTo = values.idTo;
    span.requestIdFrom = values.requestIdFrom;
    span.requestIdTo = values.requestIdTo;
    span.outcome = outcome!;
    return true;
  }

  /** Past a span like none before. */
  #pastNewSpan(from: number): number {
    const json = this.#json;
    const span = this.#span;
    const before = json.containers;
    const end = span.read(from, this.#shapes.wanted);
    const { kind, shared } = span;
    const outcome = kind === 'SERVER' ? this.#outcomes.of(this.#values.facts) : null;
    if (this.#stage(kind, shared, outcome) && this.#shapes.wanted) {
      const containers = json.containers - before;
      this.#shapes.learn(from, end, { containers, kind, shared, outcome });
    }
    return end;
  }
}
