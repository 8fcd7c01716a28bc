import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { KafkaStream } from '../../../src/stream/kafka/kafka-stream.ts';
import { type StreamRecord, TOPICS, type Topic } from '../../../src/stream/record.ts';
import { noLog } from '../../../src/telemetry/log.ts';
import type { KafkaCluster } from '../../kafka/cluster.ts';
import type { Records } from '../evidence.ts';
import { PREFIX, SESSION_MS } from './setting.ts';

/** All that Kafka holds at the end, by topic and partition. */
export class KafkaEvidence implements Records {
  readonly committed: readonly number[];
  /** Offsets that are missing: of what nothing may be. */
  readonly missing: readonly string[];
  readonly #records: ReadonlyMap<Topic, StreamRecord[][]>;

  private constructor(
    records: ReadonlyMap<Topic, StreamRecord[][]>,
    committed: readonly number[],
    missing: readonly string[],
  ) {
    this.#records = records;
    this.committed = committed;
    this.missing = missing;
  }

  static async of(cluster: KafkaCluster, committed: readonly number[]): Promise<KafkaEvidence> {
    const stream = await KafkaStream.open({
      kafka: {
        brokers: cluster.bootstrap,
        clientId: 'evidence',
        tls: null,
        sasl: null,
        prefix: PREFIX,
        sessionTimeoutMs: SESSION_MS,
      },
      log: noLog,
    });
    try {
      return await KafkaEvidence.#read(stream, committed);
    } finally {
      await stream.close();
    }
  }

  static async #read(stream: KafkaStream, committed: readonly number[]): Promise<KafkaEvidence> {
    const records = new Map<Topic, StreamRecord[][]>();
    const missing: string[] = [];
    for (const topic of TOPICS) {
      const partitions: StreamRecord[][] = [];
      records.set(topic, partitions);
      for (let partition = 0; partition < stream.partitions(topic); partition++) {
        const own = await all(stream, topic, partition);
        partitions.push(own);
        if (MAY_BE_COMPACTED.has(topic)) continue;
        const gap = own.findIndex(({ offset }, index) => offset !== index);
        if (gap >= 0) missing.push(`${topic}/${partition} lacks ${gap}`);
      }
    }
    return new KafkaEvidence(records, committed, missing);
  }

  get partitions(): number {
    return this.#records.get('requests')!.length;
  }

  of(topic: Topic, partition: number): readonly StreamRecord[] {
    return this.#records.get(topic)![partition] ?? [];
  }

  *records(topic: Topic): Generator<StreamRecord> {
    for (const partition of this.#records.get(topic)!) yield* partition;
  }

  /** As lines of JSON, for whoever looks into a failure. */
  keep(folder: string): void {
    const decoder = new TextDecoder();
    for (const topic of ['transitions', 'alerts', 'notifications', 'state'] as const) {
      const lines = [...this.records(topic)].map(({ partition, offset, time, key, value }) => {
        const read = value && (JSON.parse(decoder.decode(value)) as unknown);
        return JSON.stringify({ partition, offset, time, key, value: read });
      });
      writeFileSync(join(folder, `${topic}.jsonl`), `${lines.join('\n')}\n`);
    }
  }
}

async function all(stream: KafkaStream, topic: Topic, partition: number): Promise<StreamRecord[]> {
  const records: StreamRecord[] = [];
  const { first, end } = await stream.range(topic, partition);
  for (let at = first; at < end; ) {
    const read = await stream.read(topic, partition, at);
    if (read.length === 0) break;
    records.push(...read);
    at = read.at(-1)!.offset + 1;
  }
  return records;
}

/** The others keep all that was superseded longer than a run takes. */
const MAY_BE_COMPACTED: ReadonlySet<Topic> = new Set(['checkpoints']);
