import type { Log } from '../../telemetry/log.ts';
import { StreamUnusable } from '../errors.ts';
import { TOPICS, type Topic } from '../record.ts';
import { PIECE_BYTES } from './appends.ts';
import { rootOf } from './kafka-errors.ts';
import type { KafkaOptions } from './options.ts';
import { describedConfigs, withTopicAdmin } from './topic-check.ts';
import { SPREAD_TOPICS, topicName } from './topics.ts';

const LOOK = 'meshpulse topics says how they should be';
const CONFIGS = ['message.timestamp.type', 'max.message.bytes'];
const LEAST_BYTES = PIECE_BYTES + 64 * 1024;

/** @throws StreamUnusable when some are not there; whoever is not to be asked for all names is believed */
export async function checkPresence(
  options: KafkaOptions,
  names: readonly string[],
  log: Log,
): Promise<void> {
  const there = await withTopicAdmin(options, log, (admin) => admin.listTopics()).catch(() => null);
  const missing = there === null ? [] : names.filter((name) => !there.includes(name));
  if (missing.length === 0) return;
  const { brokers } = options;
  throw new StreamUnusable(
    `Kafka at ${brokers.join(', ')} lacks ${missing.length} of ${names.length} topics: ${missing.join(', ')}; ` +
      'meshpulse topics --create, with the same file and flags, makes them',
  );
}

/** @throws StreamUnusable when the topics are not as many partitions as they must be */
export function checkPartitions(prefix: string, counts: ReadonlyMap<Topic, number>): void {
  const wanted = counts.get('requests');
  for (const topic of SPREAD_TOPICS) {
    const found = counts.get(topic);
    if (found === wanted) continue;
    throw new StreamUnusable(
      `${topicName(prefix, topic)} has ${found} partitions, ${topicName(prefix, 'requests')} has ${wanted}; ` +
        `they must have as many; ${LOOK}`,
    );
  }
}

/**
 * Numbers would be wrong with the clocks of producers, and what is published would be refused by a topic that takes only
 * small batches. Who may not look at how topics are configured is believed.
 *
 * @throws StreamUnusable
 */
export async function checkConfigs(options: KafkaOptions, log: Log): Promise<void> {
  const topics = TOPICS.map((topic) => ({
    name: topicName(options.prefix, topic),
    configNames: CONFIGS,
  }));
  let configs: Awaited<ReturnType<typeof describedConfigs>>;
  try {
    configs = await withTopicAdmin(options, log, (admin) => describedConfigs(admin, topics));
  } catch (error) {
    log.warn('kafka_topics_unchecked', { error: rootOf(error).message });
    return;
  }
  for (const [name, found] of configs) {
    const type = found.get('message.timestamp.type');
    if (type !== undefined && type !== 'LogAppendTime') {
      throw new StreamUnusable(
        `${name} has message.timestamp.type=${type}; LogAppendTime is needed; ${LOOK}`,
      );
    }
    const bytes = found.get('max.message.bytes');
    if (bytes !== undefined && Number(bytes) < LEAST_BYTES) {
      throw new StreamUnusable(
        `${name} has max.message.bytes=${bytes}; at least ${LEAST_BYTES} are needed; ${LOOK}`,
      );
    }
  }
}
