/** Will fail again with the same input: do not retry. */
export class PermanentError extends Error {
  override readonly name: string = 'PermanentError';
}

/** May succeed later with the same input. */
export class RetryableError extends Error {
  override readonly name: string = 'RetryableError';
  /** Seconds the other side asked to wait; null when it did not say. */
  readonly retryAfterSeconds: number | null;

  constructor(message: string, options: { cause?: unknown; retryAfterSeconds?: number } = {}) {
    super(message, { cause: options.cause });
    this.retryAfterSeconds = options.retryAfterSeconds ?? null;
  }
}
