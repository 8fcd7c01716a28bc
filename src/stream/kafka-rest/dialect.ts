import type { AppendRecord } from '../record.ts';
import type { Reply } from './exchange.ts';
import { type Outcome, outcomeOfCode } from './outcome.ts';

/** What the versions of the API say differently. Topics are Kafka's names of them. */
export interface Dialect {
  contentType: string;
  accept: string;
  /** Behind the address of the API. */
  recordsPath(topic: string): string;
  /** Where it may say how many partitions the topic has. */
  topicPath(topic: string): string;
  body(records: readonly AppendRecord[]): string | ReadableStream<Uint8Array>;
  /** One for each record; null for all when the answer says nothing of each. */
  outcomes(reply: Reply, records: readonly AppendRecord[]): Outcome[] | null;
  /** Of what is at {@link topicPath}; undefined when it does not say. */
  partitionsIn(answer: unknown): number | undefined;
}

/** As far as a report says it, whichever version wrote it. Nobody has checked that the types are so. */
export interface Report {
  error_code?: number | null;
  /** v3 */
  message?: string;
  /** v2 */
  error?: string | null;
  offset?: number | null;
}

export function reported(
  report: Report,
  { partition }: AppendRecord,
  into: number | null | undefined,
): Outcome {
  const { error_code: code, message, error, offset } = report;
  if (typeof code === 'number' && code !== WRITTEN) {
    const text = [message, error].find((one) => typeof one === 'string') ?? 'without a text';
    return outcomeOfCode(code, `error ${code}: ${text.slice(0, 300)}`);
  }
  const hasCode = code != null && code !== WRITTEN;
  if (hasCode || !Number.isSafeInteger(offset) || !Number.isSafeInteger(into)) {
    return unanswered('a report has neither an error nor a place');
  }
  if (into !== partition) {
    const why = `what was for partition ${partition} was written to ${into}`;
    return { kind: 'unusable', why };
  }
  return { kind: 'written', offset: offset! };
}

export const unanswered = (why: string): Outcome => ({ kind: 'again', why, inDoubt: true });

/** Of a success, in v3; v2 has no code then. */
const WRITTEN = 200;
