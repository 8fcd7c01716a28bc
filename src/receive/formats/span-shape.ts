import { SpanFacts, type SpanOutcome } from './span-outcome.ts';
import type { SpanKind } from './zipkin-span.ts';

/** Longer spans, and spans of more values, are not remembered. */
export const MAX_BYTES = 4096;
export const MAX_VALUES = 64;

/** What its shape says of a span. */
export interface SpanSaid {
  /** Lists and objects in it. */
  readonly containers: number;
  readonly kind: SpanKind | null;
  readonly shared: boolean;
  /** Of a request. */
  readonly outcome: SpanOutcome | null;
}

/** A span that was read, to compare others with: its bytes, where its values stand in them, and what they led to. */
export class SpanShape implements SpanSaid {
  /** Where its bytes begin and end among those of all shapes. */
  readonly start: number;
  end = 0;
  containers = 0;
  kind: SpanKind | null = null;
  shared = false;
  readonly facts = new SpanFacts();
  outcome: SpanOutcome | null = null;
  /** Values in order: what each is, and where its characters begin and end. */
  count = 0;
  readonly values = new Uint8Array(MAX_VALUES);
  readonly from = new Int32Array(MAX_VALUES);
  readonly to = new Int32Array(MAX_VALUES);
  /** By value: the first from it on that is read even if it is the same. */
  readonly stops = new Uint8Array(MAX_VALUES + 1);
  /** Whether it was found since it was last asked. */
  used = false;
  /** The span that it was last tried on. */
  tried = 0;
  /** What came after it. */
  next: SpanShape | null = null;
  /** By value: another shape that is the same up to there. */
  readonly others: (SpanShape | null)[] = new Array(MAX_VALUES + 1).fill(null);

  constructor(start: number) {
    this.start = start;
  }
}
