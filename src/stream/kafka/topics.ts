import { type Retention, TOPICS, type Topic } from '../record.ts';

/** What an operator decides about the topics, beside how long they keep records. */
export interface TopicSettings {
  /** Of the topics that services are spread over. */
  partitions: number;
  /** Brokers that keep each record. */
  replication: number;
  /** Brokers that must have a record before it is acknowledged. */
  minInsyncReplicas: number;
}

/** A topic as it should be. */
export interface WantedTopic {
  topic: Topic;
  /** Its name in Kafka. */
  name: string;
  partitions: number;
  replication: number;
  /** Kafka's topic configuration, as Kafka writes it. */
  configs: Readonly<Record<string, string>>;
}

export interface WantedTopics extends TopicSettings {
  prefix: string;
  retention: Readonly<Record<Topic, Retention>>;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** As long as the configuration can say. */
const FOR_EVER = 3650 * DAY;
const MIB = 1024 ** 2;

/** The largest value is 16 MiB; its key, its headers and the batch around it need some more. */
const LARGEST_RECORD = 17 * MIB;

/** What needs one view of everything, and what is hardly anything. */
const ONE_PARTITION: ReadonlySet<Topic> = new Set(['alerts', 'notifications', 'dead-letters']);

/** Over these services are spread, and what comes of a partition of `requests` goes to the one with the same number. */
export const SPREAD_TOPICS = TOPICS.filter((topic) => !ONE_PARTITION.has(topic));

/** Of a topic, when those that services are spread over have so many. */
export function partitionCount(topic: Topic, spread: number): number {
  return ONE_PARTITION.has(topic) ? 1 : spread;
}

export function topicName(prefix: string, topic: Topic): string {
  return `${prefix}.${topic}`;
}

/** All topics of a prefix, in the order of {@link TOPICS}. */
export function wantedTopics(wanted: WantedTopics): WantedTopic[] {
  return TOPICS.map((topic) => {
    const partitions = partitionCount(topic, wanted.partitions);
    const retention = wanted.retention[topic];
    return {
      topic,
      name: topicName(wanted.prefix, topic),
      partitions,
      replication: wanted.replication,
      configs: {
        ...(retention.compacted ? compacted(retention) : deleted(retention, partitions)),
        'max.message.bytes': `${LARGEST_RECORD}`,
        'message.timestamp.type': 'LogAppendTime',
        'min.insync.replicas': `${wanted.minInsyncReplicas}`,
        // A broker that lacks what was acknowledged must not come to lead.
        'unclean.leader.election.enable': 'false',
      },
    };
  });
}

/** Kafka deletes whole segments, so one is an eighth of what is kept. */
function deleted({ maxAgeMs, maxBytes }: Retention, partitions: number): Record<string, string> {
  const bytes = maxBytes === null ? null : Math.floor(maxBytes / partitions);
  return {
    'cleanup.policy': 'delete',
    'retention.ms': `${maxAgeMs ?? -1}`,
    'retention.bytes': `${bytes ?? -1}`,
    'segment.ms': `${between(10 * MINUTE, (maxAgeMs ?? FOR_EVER) / 8, DAY)}`,
    'segment.bytes': `${between(32 * MIB, (bytes ?? Infinity) / 8, 1024 * MIB)}`,
  };
}

/** The newest record of every key stays whatever its age, superseded ones as long as the retention says. */
function compacted({ maxAgeMs }: Retention): Record<string, string> {
  const age = maxAgeMs ?? FOR_EVER;
  return {
    'cleanup.policy': 'compact',
    'min.compaction.lag.ms': `${age}`,
    // Compaction leaves the segment alone that is written, and logs of which little is superseded.
    'max.compaction.lag.ms': `${Math.max(10 * MINUTE, age + between(MINUTE, age / 8, DAY))}`,
    'min.cleanable.dirty.ratio': '0.1',
    // Who reads that slowly would keep for ever what was deleted.
    'delete.retention.ms': `${DAY}`,
    'segment.ms': `${between(MINUTE, age / 8, DAY)}`,
    'segment.bytes': `${64 * MIB}`,
  };
}

function between(least: number, value: number, most: number): number {
  return Math.floor(Math.min(Math.max(least, value), most));
}
