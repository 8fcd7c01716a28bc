import { describe, expect, test } from 'vitest';
import { isAsWanted, report } from '../../../src/cli/topics/table.ts';
import type { CheckedTopic, Created } from '../../../src/stream/kafka/topic-check.ts';
import { type WantedTopic, wantedTopics } from '../../../src/stream/kafka/topics.ts';
import { DEFAULT_RETENTION } from '../../../src/stream/record.ts';

const wanted = wantedTopics({
  prefix: 'mesh',
  partitions: 16,
  replication: 3,
  minInsyncReplicas: 2,
  retention: DEFAULT_RETENTION,
});
const [requests, ...others] = wanted;
const brokers = ['a:9092', 'b:9092'];

const missing = (topic: WantedTopic): CheckedTopic => ({
  wanted: topic,
  found: null,
  differences: [],
});
const fine = (topic: WantedTopic): CheckedTopic => ({
  wanted: topic,
  found: { partitions: topic.partitions, replication: `${topic.replication}` },
  differences: [],
});
const different = (...differences: CheckedTopic['differences']): CheckedTopic[] => [
  { ...fine(requests!), differences },
  ...others.map(fine),
];

const toCreate = 'meshpulse topics --config mine.yaml --create';

function seen(checked: readonly CheckedTopic[], created: Created | null = null, running = 3) {
  return {
    text: report({ brokers, running, checked, created, toCreate }),
    ok: isAsWanted({ checked, created }),
  };
}

test('all as wanted is a table and one line', () => {
  const { text, ok } = seen(wanted.map(fine));
  expect(ok).toBe(true);
  expect(text).toContain('Topics of Kafka at a:9092, b:9092\n');
  expect(text).toMatch(/^ {2}mesh\.requests +16 +3 +as wanted$/m);
  expect(text).toMatch(/^ {2}mesh\.alerts +1 +3 +as wanted$/m);
  expect(text).toMatch(/\nAll are as wanted\.\n$/);
});

test('what is missing is named, with the command that makes it', () => {
  const { text, ok } = seen([missing(requests!), ...others.map(fine)]);
  expect(ok).toBe(false);
  expect(text).toMatch(/^ {2}mesh\.requests +- +- +missing$/m);
  expect(text).toContain('1 missing: meshpulse topics --config mine.yaml --create makes them.');
});

test('what was made is said, and that the others were there', () => {
  const checked = [missing(requests!), ...others.map(fine)];
  const { text, ok } = seen(checked, { made: [requests!], refused: new Map() });
  expect(ok).toBe(true);
  expect(text).toMatch(/^ {2}mesh\.requests +16 +3 +made$/m);
  expect(text).toMatch(/\n1 of 1 made\.\n$/);
});

test.each([
  [1, 'Kafka has 1 broker, stream.kafka.replication is 3', 'replication: 1', 'replicas: 1'],
  [2, 'Kafka has 2 brokers, stream.kafka.replication is 3', 'replication: 2', 'replicas: 1'],
])('on %i brokers it is said once what to set', (running, said, ...keys) => {
  const why = 'there are fewer brokers than its replication needs';
  const refused = new Map(wanted.map(({ name }) => [name, why]));
  for (const created of [null, { made: [], refused }]) {
    const { text, ok } = seen(wanted.map(missing), created, running);
    expect(ok).toBe(false);
    expect(text.split(said)).toHaveLength(2);
    for (const key of keys) expect(text).toContain(key);
    expect(text).not.toContain(why);
  }
  expect(seen(wanted.map(fine), null, running).text).not.toContain('Kafka has');
});

test('what could not be made is not as wanted', () => {
  const refused = new Map([[requests!.name, 'there are fewer brokers']]);
  const { text, ok } = seen(wanted.map(missing), { made: others, refused });
  expect(ok).toBe(false);
  expect(text).toMatch(/mesh\.requests +- +- +missing\n {4}not made: there are fewer brokers\n/);
  expect(text).toMatch(/\n8 of 9 made\.\n$/);
});

describe('what differs', () => {
  test('is told with both values and the command of Kafka that would change it', () => {
    const { text, ok } = seen(
      different(
        { what: 'retention.ms', found: '604800000', wanted: '86400000' },
        { what: 'cleanup.policy', found: 'compact', wanted: 'delete' },
      ),
    );
    expect(ok).toBe(false);
    expect(text).toMatch(
      /^ {2}mesh\.requests +16 +3 +differs\n {4}retention\.ms: 604800000, wanted: 86400000$/m,
    );
    expect(text).toContain(
      '  kafka-configs.sh --bootstrap-server a:9092 --alter --entity-type topics --entity-name mesh.requests \\\n' +
        '    --add-config retention.ms=86400000,cleanup.policy=delete\n',
    );
  });

  test('in partitions: more can be had, with what that costs', () => {
    const { text } = seen(different({ what: 'partitions', found: '8', wanted: '16' }));
    expect(text).toContain(
      'kafka-topics.sh --bootstrap-server a:9092 --alter --topic mesh.requests --partitions 16\n',
    );
    expect(text).toContain('services move to other partitions');
  });

  test('in partitions: fewer cannot', () => {
    const { text } = seen(different({ what: 'partitions', found: '32', wanted: '16' }));
    expect(text).not.toContain('kafka-topics.sh');
    expect(text).toContain('Kafka takes no partitions away from mesh.requests');
  });

  test('in replication needs a reassignment', () => {
    const { text } = seen(different({ what: 'replication', found: '1', wanted: '3' }));
    expect(text).toContain('kafka-reassign-partitions.sh --bootstrap-server a:9092');
    expect(text).not.toContain('kafka-configs.sh');
  });

  test('is not hidden by what was made', () => {
    const [first, ...rest] = different({ what: 'replication', found: '1', wanted: '3' });
    const checked = [first!, ...rest.slice(1), missing(others[0]!)];
    const { text, ok } = seen(checked, { made: [others[0]!], refused: new Map() });
    expect(ok).toBe(false);
    expect(text).toContain('1 of 1 made.');
    expect(text).toContain('kafka-reassign-partitions.sh');
  });
});
