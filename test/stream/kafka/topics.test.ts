import { describe, expect, test } from 'vitest';
import { type WantedTopic, wantedTopics } from '../../../src/stream/kafka/topics.ts';
import { DEFAULT_RETENTION, TOPICS, type Topic } from '../../../src/stream/record.ts';

const DAY = 86_400_000;
const MIB = 1024 ** 2;

function wanted(changes: Partial<Parameters<typeof wantedTopics>[0]> = {}) {
  const topics = wantedTopics({
    prefix: 'mesh',
    partitions: 16,
    replication: 3,
    minInsyncReplicas: 2,
    retention: DEFAULT_RETENTION,
    ...changes,
  });
  return Object.fromEntries(topics.map((topic) => [topic.topic, topic])) as Record<
    Topic,
    WantedTopic
  >;
}

const number = (topic: WantedTopic, config: string) => Number(topic.configs[config]);

test('every topic of the stream has one, named by the prefix', () => {
  expect(Object.values(wanted()).map(({ name }) => name)).toEqual(
    TOPICS.map((topic) => `mesh.${topic}`),
  );
});

test('services are spread over the partitions; what needs one view of all has one', () => {
  const of = (count: number) =>
    Object.values(wanted())
      .filter(({ partitions }) => partitions === count)
      .map(({ topic }) => topic);
  expect(of(16)).toEqual(['requests', 'state', 'transitions', 'rollups', 'changes', 'checkpoints']);
  expect(of(1)).toEqual(['dead-letters', 'alerts', 'notifications']);
});

test('Kafka tells the time, takes what the stream takes, and never lets a broker lead that lacks records', () => {
  for (const topic of Object.values(wanted())) {
    expect(topic.replication).toBe(3);
    expect(topic.configs).toMatchObject({
      'message.timestamp.type': 'LogAppendTime',
      'max.message.bytes': '17825792',
      'min.insync.replicas': '2',
      'unclean.leader.election.enable': 'false',
    });
    expect(number(topic, 'segment.bytes'), topic.name).toBeGreaterThan(17_825_792);
  }
});

describe('what is deleted with age', () => {
  test('is kept as long and as much as the retention says, its bytes shared by the partitions', () => {
    expect(wanted().requests.configs).toMatchObject({
      'cleanup.policy': 'delete',
      'retention.ms': `${DAY}`,
      'retention.bytes': `${512 * MIB}`,
    });
    expect(wanted()['dead-letters'].configs).toMatchObject({ 'retention.bytes': `${64 * MIB}` });
  });

  test('goes in segments that are small beside what is kept', () => {
    for (const { topic, name, configs } of Object.values(wanted())) {
      const { maxAgeMs, compacted } = DEFAULT_RETENTION[topic];
      if (compacted) continue;
      expect(Number(configs['segment.ms']), name).toBeLessThanOrEqual(maxAgeMs! / 6);
    }
    expect(number(wanted().requests, 'segment.bytes')).toBe(64 * MIB);
  });

  test('stays for ever where nothing bounds it', () => {
    const kept = { maxAgeMs: null, maxBytes: null, compacted: false };
    const { configs } = wanted({
      retention: { ...DEFAULT_RETENTION, transitions: kept },
    }).transitions;
    expect(configs).toMatchObject({
      'retention.ms': '-1',
      'retention.bytes': '-1',
      'segment.bytes': `${1024 * MIB}`,
      'segment.ms': `${DAY}`,
    });
  });
});

describe('what is compacted', () => {
  test('has no age at which the newest record of a key would go', () => {
    const compacted = Object.values(wanted()).filter(
      ({ configs }) => configs['cleanup.policy'] === 'compact',
    );
    expect(compacted.map(({ topic }) => topic)).toEqual(
      TOPICS.filter((topic) => DEFAULT_RETENTION[topic].compacted),
    );
    for (const { configs } of compacted) {
      expect(configs).not.toHaveProperty('retention.ms');
      expect(configs).not.toHaveProperty('retention.bytes');
    }
  });

  test.each([
    ['state', 60_000],
    ['checkpoints', 60_000],
    ['alerts', 7 * DAY],
    ['notifications', 7 * DAY],
  ] as const)('superseded records of %s stay %i ms, and not much longer', (name, age) => {
    const topic = wanted()[name];
    expect(number(topic, 'min.compaction.lag.ms')).toBe(age);
    const longest = number(topic, 'max.compaction.lag.ms');
    expect(longest).toBeGreaterThan(age);
    expect(longest).toBeLessThanOrEqual(Math.max(10 * 60_000, age * 1.2));
    expect(number(topic, 'segment.ms'), 'what is written to is never compacted').toBeLessThan(
      longest,
    );
  });

  test('a deletion is there for a day, for readers that are slow', () => {
    expect(number(wanted().state, 'delete.retention.ms')).toBe(DAY);
  });
});

test('Kafka takes whole numbers only, whatever the retention', () => {
  const odd = { maxAgeMs: 3_600_001, maxBytes: 1_000_000_007, compacted: false };
  const retention = Object.fromEntries(
    TOPICS.map((topic) => [topic, { ...odd, compacted: DEFAULT_RETENTION[topic].compacted }]),
  ) as typeof DEFAULT_RETENTION;
  for (const { configs } of Object.values(wanted({ retention, partitions: 7 }))) {
    for (const [name, value] of Object.entries(configs)) {
      if (/[.](ms|bytes)$/.test(name)) expect(value, name).toMatch(/^\d+$/);
    }
  }
});
