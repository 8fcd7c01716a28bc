/** How facts become verdicts. A policy record in the stream carries one, whole. */
export interface Policy {
  breaker: BreakerPolicy;
  observed: ObservedBreakerPolicy;
}

/** resilience4j's names and rules, for an observer; rates are fractions 0–1. */
export interface BreakerPolicy {
  slidingWindowSeconds: number;
  minimumNumberOfCalls: number;
  /** Opens when the failure rate is at or above this. */
  failureRateThreshold: number;
  /** Null: slow calls do not open the breaker. */
  slowCallDurationMs: number | null;
  slowCallRateThreshold: number;
  /** Wait before half-open is this × attempts, at most `maxWaitSeconds`. */
  waitSeconds: number;
  maxWaitSeconds: number;
  permittedCallsInHalfOpen: number;
}

/** When refusals seen on the wire count as "open". */
export interface ObservedBreakerPolicy {
  /** Refusals within `windowSeconds` that open it. */
  refusals: number;
  windowSeconds: number;
  /** Seconds without a refusal after which it half-opens. */
  holdSeconds: number;
}

export const DEFAULT_POLICY: Policy = {
  breaker: {
    slidingWindowSeconds: 10,
    minimumNumberOfCalls: 20,
    failureRateThreshold: 0.5,
    slowCallDurationMs: null,
    slowCallRateThreshold: 1,
    waitSeconds: 30,
    maxWaitSeconds: 300,
    permittedCallsInHalfOpen: 10,
  },
  observed: { refusals: 5, windowSeconds: 10, holdSeconds: 5 },
};
