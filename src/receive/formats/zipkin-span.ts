export const SPAN_KINDS = ['CLIENT', 'SERVER', 'PRODUCER', 'CONSUMER'] as const;
export type SpanKind = (typeof SPAN_KINDS)[number];

/** The parts of a Zipkin v2 span that make a request event, already in Zipkin's normal form. */
export interface ZipkinSpan {
  /** 16 or 32 lower-hex characters, not all zeros. */
  traceId: string;
  /** 16 lower-hex characters, not all zeros. */
  id: string;
  /** Null when absent or not one of {@link SPAN_KINDS}. */
  kind: SpanKind | null;
  /** Start, µs since the epoch, positive; null when the span does not say. */
  startUs: number | null;
  /** µs, at least 1 (an explicit 0 is a duration below the clock's step); null when the span does not say. */
  durationUs: number | null;
  localService: string | null;
  remoteService: string | null;
  tags: Readonly<Record<string, string>>;
  shared: boolean;
}
