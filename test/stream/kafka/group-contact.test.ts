import { createRequire } from 'node:module';
import { beforeEach, expect, test } from 'vitest';
import { GroupContact } from '../../../src/stream/kafka/group-contact.ts';
import type { LogFacts } from '../../../src/telemetry/log.ts';

const require = createRequire(import.meta.url);
const { KafkaJSConnectionError } = require('kafkajs/src/errors');
const answer = (type: string) => Object.assign(new Error(type), { type });
const down = () =>
  new KafkaJSConnectionError('connect ECONNREFUSED 10.0.0.7:9092', { broker: '10.0.0.7:9092' });

let said: [level: string, event: string, facts: LogFacts | undefined][];
beforeEach(() => {
  said = [];
});

function contact(sessionTimeoutMs = 60_000) {
  const at = (level: string) => (event: string, facts?: LogFacts) => {
    said.push([level, event, facts]);
  };
  const log = { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
  return new GroupContact({ groupId: 'mesh', sessionTimeoutMs, log });
}

const shown = () => said.filter(([level]) => level !== 'debug').map(([, event]) => event);

test('an outage is told once, with the broker and the cause, and once when it is over', () => {
  const group = contact();
  for (let i = 0; i < 20; i++) group.failed(down());
  group.joined([1]);
  group.joined([1, 2]);
  expect(said[0]).toEqual([
    'warn',
    'group_unavailable',
    {
      groupId: 'mesh',
      broker: '10.0.0.7:9092',
      error: 'connect ECONNREFUSED 10.0.0.7:9092',
    },
  ]);
  expect(shown()).toEqual(['group_unavailable', 'group_available', 'group_joined', 'group_joined']);
  group.failed(down());
  expect(shown().at(-1)).toBe('group_unavailable');
});

test('what the group itself says is no outage', () => {
  const group = contact();
  group.failed(answer('REBALANCE_IN_PROGRESS'));
  expect(said).toEqual([
    ['info', 'group_rejoining', { groupId: 'mesh', why: 'REBALANCE_IN_PROGRESS' }],
  ]);
});

test('a coordinator that is being found is no outage, one that is not found for a session is', async () => {
  const moving = answer('NOT_COORDINATOR_FOR_GROUP');
  contact().failed(moving);
  expect(shown()).toEqual([]);
  const group = contact(1);
  await expect.poll(() => group.silentMs).not.toBeNull();
  group.failed(moving);
  expect(shown()).toEqual(['group_unavailable']);
});

test('it is silent when nothing was answered for longer than a session, until something is', async () => {
  expect(contact().silentMs).toBeNull();
  const group = contact(20);
  await expect.poll(() => group.silentMs).toBeGreaterThan(20);
  group.failed(down());
  expect(group.silentMs).not.toBeNull();
  group.failed(answer('REBALANCE_IN_PROGRESS'));
  expect(group.silentMs).toBeNull();
});
