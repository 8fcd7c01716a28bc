/** One request as its sender knows it. */
export interface Sent {
  /** What must become of its first copy that arrives; of later ones: duplicates, or late again. */
  fate: 'counted' | 'excluded' | 'late';
  /** The called service, as Meshpulse names it. */
  to: string;
}

/** A piece of a body that is always sent as a whole: a line, a span, a log record. */
export interface Unit {
  text: string;
  events: readonly Sent[];
  /** Records that nobody can read. */
  dead: number;
  /** Spans that are no requests. */
  notRequests: number;
}
