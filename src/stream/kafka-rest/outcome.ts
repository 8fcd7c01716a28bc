/** What became of one record of a request. */
export type Outcome =
  | { kind: 'written'; offset: number }
  /** Not acknowledged; `inDoubt` when it may have been written all the same. */
  | { kind: 'again'; why: string; inDoubt: boolean }
  | { kind: 'too-large'; why: string }
  /** Neither this record nor another one will be taken until someone changes something. */
  | { kind: 'unusable'; why: string };

/** What the status of HTTP says of all records of a request. */
export function outcomeOfStatus(status: number, why: string): Outcome {
  if (status === 413) return { kind: 'too-large', why };
  // Redirects too: the password would go to whom nobody has named.
  if (status >= 300 && status < 500 && !PASSING.has(status)) return { kind: 'unusable', why };
  return { kind: 'again', why, inDoubt: status !== 429 };
}

/**
 * What the error code of one record says: a status of HTTP, one with two digits more (40301), or, from Redpanda's v2,
 * Kafka's own. Karapace says 1 of what it takes for permanent, its own time-outs too, and 2 of the rest.
 */
export function outcomeOfCode(code: number, why: string): Outcome {
  // What Kafka finds too large has no code of its own.
  if (KAFKA_TOO_LARGE.has(code) || TOO_LARGE.test(why)) return { kind: 'too-large', why };
  if (KAFKA_UNUSABLE.has(code)) return { kind: 'unusable', why };
  if (code === LEADER_NOT_AVAILABLE) return { kind: 'again', why, inDoubt: true };
  return outcomeOfStatus(code >= 10_000 ? Math.floor(code / 100) : code, why);
}

/** Request Timeout, Conflict, Too Early, Too Many Requests. */
const PASSING = new Set([408, 409, 425, 429]);
/** Of Confluent's v2. */
const LEADER_NOT_AVAILABLE = 40_406;
/** MESSAGE_TOO_LARGE, RECORD_LIST_TOO_LARGE: https://kafka.apache.org/protocol#protocol_error_codes. */
const KAFKA_TOO_LARGE = new Set([10, 18]);
/** Unknown or invalid topic; not authorised for the topic or the cluster; not authenticated. */
const KAFKA_UNUSABLE = new Set([3, 17, 29, 31, 58]);
const TOO_LARGE = /too large|larger than/i;
