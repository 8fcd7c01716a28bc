/** One way a request can be refused. docs/failure-modes.md is this table for people; a test keeps them equal. */
export interface Failure {
  status: number;
  /** What happened, as a sentence. */
  happened: string;
  /** What its sender, or whoever runs this, should look at. */
  check: string;
  /** Seconds for `Retry-After`: only where the same request may succeed later. */
  retryAfterSeconds?: number;
}

/** Every code there is. They are labels of counters and part of the API: add, never rename. */
export const FAILURES = {
  unauthenticated: {
    status: 401,
    happened: 'No token was sent, or one that is not known here.',
    check:
      'The Authorization header (Bearer) or the /t/<token>/ path against the configured tokens.',
  },
  insufficient_scope: {
    status: 403,
    happened: 'The token is known but may not do this.',
    check: 'The scopes of the token: sending needs ingest.',
  },
  not_found: {
    status: 404,
    happened: 'There is nothing at this path.',
    check: 'The path the sender is configured with; a trailing slash is another path.',
  },
  method_not_allowed: {
    status: 405,
    happened: 'The path is right, the method is not.',
    check: 'The Allow header of the answer; senders use POST.',
  },
  unreadable_body: {
    status: 400,
    happened: 'The body as a whole is not in the format of this path.',
    check: 'The message, which names the place; the format and version the sender is set to.',
  },
  bad_gzip: {
    status: 400,
    happened: 'The body is labelled gzip and is not, or it is cut short.',
    check: 'Whether a proxy in between inflates the body but keeps its Content-Encoding header.',
  },
  incomplete_body: {
    status: 400,
    happened: 'The connection ended before the body did; nothing of it was kept.',
    check: "The sender's time-out, and those of the proxies in between.",
  },
  unsupported_media_type: {
    status: 415,
    happened: 'The Content-Type is one this path cannot read.',
    check: "The sender's format: the message lists what is read.",
  },
  unsupported_encoding: {
    status: 415,
    happened: 'The Content-Encoding is neither gzip nor identity (400 for Zipkin).',
    check: "The sender's compression: set gzip or none.",
  },
  body_too_large: {
    status: 413,
    happened: 'The body, as it travels, is over the limit: of compressed or of plain bodies.',
    check:
      "The sender's batch size, or receive.max_body_bytes (compressed bodies), receive.max_inflated_bytes (plain ones).",
  },
  inflated_too_large: {
    status: 413,
    happened: 'The body is over the limit once it is inflated.',
    check: "The sender's batch size, or receive.max_inflated_bytes.",
  },
  too_many_records: {
    status: 413,
    happened: 'The body holds more records than one request may.',
    check: "The sender's batch size, or receive.max_records.",
  },
  record_too_large: {
    status: 413,
    happened: 'The stream does not take a record as large as this body makes.',
    check: "The stream's largest message (Kafka: max.message.bytes, at least 1 MB).",
  },
  rate_limited: {
    status: 429,
    happened: 'Its token has sent more records than it may in a second.',
    check: 'How much the sender sends, or recordsPerSecond of its token.',
    retryAfterSeconds: 1,
  },
  stream_full: {
    status: 429,
    happened: 'Too many bytes wait for the stream.',
    check: 'Whether the stream keeps up: its disk, its brokers; then stream.max_waiting_bytes.',
    retryAfterSeconds: 1,
  },
  receiver_busy: {
    status: 429,
    happened: 'The bodies being read at this moment fill the memory set aside for them.',
    check:
      'How many senders post at once, and how large their batches are; then receive.max_bytes_in_flight.',
    retryAfterSeconds: 1,
  },
  stream_unavailable: {
    status: 503,
    happened: 'The stream cannot be written; nothing is acknowledged that is not in it.',
    check:
      'The stream itself: disk space and permissions, brokers, network. Senders that retry lose nothing.',
    retryAfterSeconds: 5,
  },
  internal_error: {
    status: 500,
    happened: 'A fault of this program.',
    check: 'The log, by the request id; please report it.',
  },
} as const satisfies Record<string, Failure>;

export type FailureCode = keyof typeof FAILURES;

export function failure(code: FailureCode): Failure {
  return FAILURES[code];
}

/** Why a request is not taken. Permanent or not is the code's own: see its `retryAfterSeconds`. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: FailureCode;
  /** Headers the answer must carry besides those of its format (`Allow`, `WWW-Authenticate`). */
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    code: FailureCode,
    message: string,
    options: { headers?: Readonly<Record<string, string>>; cause?: unknown } = {},
  ) {
    super(message, { cause: options.cause });
    this.code = code;
    this.headers = options.headers ?? {};
  }
}

/** `Retry-After` where the code has one, and what the refusal itself asks for. */
export function refusalHeaders(refusal: Refusal): Record<string, string> {
  const { retryAfterSeconds } = failure(refusal.code);
  return {
    ...(retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) }),
    ...refusal.headers,
  };
}
