import { StreamUnavailable } from '../src/stream/errors.ts';
import { KafkaStream } from '../src/stream/kafka/kafka-stream.ts';
import { partitionCount } from '../src/stream/kafka/topics.ts';
import { KafkaRestSink } from '../src/stream/kafka-rest/kafka-rest-sink.ts';
import type { AppendRecord, Topic } from '../src/stream/record.ts';
import type { RecordSink, RecordTaker } from '../src/stream/sink.ts';
import type { Log } from '../src/telemetry/log.ts';
import { kafkaTarget } from './settings/sink-settings.ts';

/** The sink that the settings name; nothing is connected yet. For Node: the Worker has lanes. @throws WrongSettings */
export function openSink(env: unknown, log: Log): RecordTaker {
  const target = kafkaTarget(env);
  if (target.over === 'http') return new KafkaRestSink({ ...target, log });
  const { kafka, partitions } = target;
  return new LateSink(partitions, () => KafkaStream.open({ kafka, log }));
}

/**
 * A sink that its first append opens. An opening that failed is forgotten, so the next append tries again.
 *
 * How many partitions there are is a setting: a request that is refused must cost no connection. A stream with another
 * number takes nothing, as services would be in two partitions.
 */
export class LateSink implements RecordTaker {
  readonly #partitions: number;
  readonly #open: () => Promise<RecordSink>;
  #opening: Promise<RecordSink> | null = null;

  /** `partitions`: of the topics that services are spread over. */
  constructor(partitions: number, open: () => Promise<RecordSink>) {
    this.#partitions = partitions;
    this.#open = open;
  }

  partitions(topic: Topic): number {
    return partitionCount(topic, this.#partitions);
  }

  async append(records: readonly AppendRecord[]): Promise<unknown> {
    this.#opening ??= this.#checkedOpen();
    return (await this.#opening).append(records);
  }

  async #checkedOpen(): Promise<RecordSink> {
    try {
      const opened = await this.#open();
      const found = opened.partitions('requests');
      if (found === this.#partitions) return opened;
      await opened.close();
      throw new Error(
        `the stream has ${found} partitions, MESHPULSE_KAFKA_PARTITIONS says ${this.#partitions}`,
      );
    } catch (cause) {
      this.#opening = null;
      throw new StreamUnavailable((cause as Error).message, { cause });
    }
  }
}
