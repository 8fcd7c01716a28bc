import { setTimeout as sleep } from 'node:timers/promises';
import type { KafkaConfig } from '../config/config.ts';
import { StreamUnusable } from '../stream/errors.ts';
import type { KafkaStream, KafkaStreamOptions } from '../stream/kafka/kafka-stream.ts';
import type { Log } from '../telemetry/log.ts';
import { kafkaTrouble } from './kafka-trouble.ts';

export interface KafkaStart {
  kafka: KafkaConfig;
  maxWaitingBytes: number;
  log: Log;
  open(options: KafkaStreamOptions): Promise<KafkaStream>;
  /** After so long without it, who watches the start is told what it waits for. */
  silentMs?: number;
}

/** Opens it and says, for who configured it, what it waits for, why it cannot be used, and what differs. */
export async function startKafka(options: KafkaStart): Promise<KafkaStream> {
  const { kafka, maxWaitingBytes, log, open, silentMs = SILENT_MS } = options;
  let failure: unknown;
  const opened = new AbortController();
  const waiting = sleep(silentMs, undefined, { signal: opened.signal }).then(
    () => {
      const why = failure === undefined ? {} : { why: kafkaTrouble(failure, kafka, NEEDED) };
      log.warn('waiting_for_kafka', { brokers: kafka.connection.brokers, ...why });
    },
    () => {},
  );
  try {
    const stream = await open({
      kafka: kafka.connection,
      maxWaitingBytes,
      log,
      failing: (error) => {
        failure = error;
      },
    });
    tellDifference(kafka, stream, log);
    return stream;
  } catch (error) {
    const isKafkas = error instanceof StreamUnusable && error.cause !== undefined;
    throw isKafkas ? new Error(kafkaTrouble(error.cause, kafka, NEEDED), { cause: error }) : error;
  } finally {
    opened.abort();
    await waiting;
  }
}

/** Services are where the topics put them; what the configuration says of it has no say once they are there. */
function tellDifference({ connection, topics }: KafkaConfig, stream: KafkaStream, log: Log): void {
  const found = stream.partitions('requests');
  if (found === topics.partitions) return;
  log.warn('topics_differ', {
    what: `${connection.prefix}.requests has ${found} partitions, configuration says ${topics.partitions}; ${found} is used; see meshpulse topics`,
  });
}

const SILENT_MS = 2_000;
const NEEDED = 'Describe, Read and Write';
