import type { Dialect } from './dialect.ts';
import { exchange, type NoReply, type Reply } from './exchange.ts';
import type { KafkaRestApi } from './options.ts';

export interface TopicCheck {
  api: KafkaRestApi;
  dialect: Dialect;
  /** Kafka's name of it. */
  topic: string;
  partitions: number;
  forMs: number;
}

/** Whether to go on writing, and whether to look again before the next request. */
export type Checked =
  | { kind: 'fine' | 'unknown' }
  | { kind: 'unusable'; why: string }
  | { kind: 'unanswered'; reply: Reply | NoReply };

/**
 * Looks how many partitions the topic has: with another number than we think, a service's records are not where they are
 * looked for. An API that does not say, or not to us, is believed.
 */
export async function checkPartitions(check: TopicCheck): Promise<Checked> {
  const { api, dialect, topic, partitions, forMs } = check;
  const { accept } = dialect;
  const path = dialect.topicPath(topic);
  const reply = await exchange({ api, path, method: 'GET', accept, forMs });
  if (reply.status === null || reply.status === 429) return { kind: 'unanswered', reply };
  // What is wrong with the password or the server, the request that follows tells.
  if (reply.status === 401 || reply.status >= 500 || reply.broken) return { kind: 'unknown' };
  const found = reply.status === 200 ? dialect.partitionsIn(parsed(reply.text)) : undefined;
  if (found === undefined || found === partitions) return { kind: 'fine' };
  const why = `${topic} has ${found} partitions; it is set up to have ${partitions}`;
  return { kind: 'unusable', why };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
