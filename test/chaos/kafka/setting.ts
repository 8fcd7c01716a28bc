import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Admin, Kafka, logLevel } from 'kafkajs';
import { stringify } from 'yaml';
import { quietRequestTimers } from '../../../src/stream/kafka/request-timers.ts';
import { topicName, wantedTopics } from '../../../src/stream/kafka/topics.ts';
import { DEFAULT_RETENTION, type Retention, type Topic } from '../../../src/stream/record.ts';
import { CONFIG } from '../setting.ts';

export const PREFIX = 'chaos';
export const SESSION_MS = 4_000;
/** Base of links in messages, whoever sends them. */
export const PUBLIC_URL = 'http://chaos.example';
/** Kafka's names of what the aggregators read, and of their group. */
export const REQUESTS = topicName(PREFIX, 'requests');
export const GROUP = `${PREFIX}.requests.aggregate`;

const DAY = 86_400_000;
/** Superseded states are kept too, so that the end can compare them all. */
const RETENTION: Readonly<Record<Topic, Retention>> = {
  ...DEFAULT_RETENTION,
  state: { ...DEFAULT_RETENTION.state, maxAgeMs: DAY },
};

export function newFolder(): string {
  return mkdtempSync(join(tmpdir(), 'meshpulse-chaos-kafka-'));
}

export function configure(folder: string, brokers: readonly string[], partitions: number): void {
  const kafka = {
    brokers,
    prefix: PREFIX,
    partitions,
    session_timeout: `${SESSION_MS / 1_000}s`,
  };
  const config = { ...CONFIG, public_url: PUBLIC_URL, stream: { kind: 'kafka', kafka } };
  writeFileSync(join(folder, 'meshpulse.yaml'), stringify(config));
}

/** One broker for each address; each topic is on all of them. */
export async function makeTopics(brokers: string[], partitions: number): Promise<void> {
  const replication = brokers.length;
  const minInsyncReplicas = Math.min(2, replication);
  const settings = { prefix: PREFIX, partitions, replication, minInsyncReplicas };
  await withAdmin(brokers, async (admin) => {
    await admin.createTopics({
      waitForLeaders: true,
      topics: wantedTopics({ ...settings, retention: RETENTION }).map((wanted) => ({
        topic: wanted.name,
        numPartitions: wanted.partitions,
        replicationFactor: wanted.replication,
        configEntries: Object.entries(wanted.configs).map(([name, value]) => ({ name, value })),
      })),
    });
  });
}

/** Gives up soon: who asks while brokers die asks again. */
export async function withAdmin<T>(
  brokers: string[],
  use: (admin: Admin) => Promise<T>,
): Promise<T> {
  quietRequestTimers();
  const retry = { retries: 1, initialRetryTime: 50 };
  const kafka = new Kafka({
    brokers,
    logLevel: logLevel.NOTHING,
    connectionTimeout: 1_000,
    requestTimeout: 5_000,
    retry,
  });
  const admin = kafka.admin();
  try {
    await admin.connect();
    return await use(admin);
  } finally {
    await admin.disconnect().catch(() => {});
  }
}
