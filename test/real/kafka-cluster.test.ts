import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Kafka, type KafkaConfig, logLevel } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { certificateAuthority } from '../kafka/certificates.ts';
import { KafkaCluster } from '../kafka/cluster.ts';
import type { KafkaNode } from '../kafka/node.ts';
import type { SecureListener } from '../kafka/security.ts';
import { until } from '../stream/until.ts';
import { describePart } from './parts.ts';

describePart('kafka', 'a cluster of the real Kafka', (launcher) => {
  let cluster: KafkaCluster;
  const newFolder = () => mkdtempSync(join(tmpdir(), 'meshpulse-kafka-'));
  const open = () => client({ brokers: cluster.answering.map(({ address }) => address) });

  describe('of one node', () => {
    beforeAll(async () => {
      cluster = await KafkaCluster.start(launcher, {
        nodes: 1,
        folder: newFolder(),
        security: true,
      });
    });
    afterAll(() => cluster.stop());

    test('gives back what was sent, also after it was killed', async () => {
      await createTopic(open(), 'kept');
      await send(open(), 'kept', ['one', 'two']);
      await cluster.node(1).kill();
      await cluster.node(1).start();
      await send(open(), 'kept', ['three']);
      expect(await read(open(), 'kept', 3)).toEqual(['one', 'two', 'three']);
    });

    test('takes a record of 16 MiB', async () => {
      await createTopic(open(), 'large');
      const value = 'x'.repeat(16 * 1024 * 1024);
      await send(open(), 'large', [value]);
      const [got] = await read(open(), 'large', 1);
      expect(got === value).toBe(true);
    });

    test('makes no topic that nobody asked for', async () => {
      const admin = open().admin({ retry: { retries: 0 } });
      await admin.connect();
      await expect(admin.fetchTopicMetadata({ topics: ['unknown'] })).rejects.toThrow(
        'does not host this topic',
      );
      expect(await admin.listTopics()).not.toContain('unknown');
      await admin.disconnect();
    });

    test('forgets what is too old, and superseded keys of a compacted topic', async () => {
      const aged = { 'retention.ms': '500', 'segment.ms': '500' };
      const compacted = {
        'cleanup.policy': 'compact',
        'segment.ms': '500',
        'min.cleanable.dirty.ratio': '0.01',
      };
      await createTopic(open(), 'aged', { config: aged });
      await createTopic(open(), 'compacted', { config: compacted });
      await send(open(), 'aged', ['old']);
      await send(open(), 'compacted', ['old', 'new'], 'key');
      const admin = open().admin();
      await admin.connect();
      await comes('the old record is gone', async () => {
        const [of] = await admin.fetchTopicOffsets('aged');
        return of!.low === '1';
      });
      await admin.disconnect();
      // Only what is no longer in the newest segment is compacted.
      await send(open(), 'compacted', ['other'], 'another key');
      await comes('the superseded record is gone', async () => {
        const [first] = await read(open(), 'compacted', 1);
        return first === 'new';
      });
    });

    describe('with listeners that want to know who comes', () => {
      const keys = () => cluster.keys!;
      const at = (listener: SecureListener, config: Partial<KafkaConfig>) =>
        client({ brokers: cluster.bootstrapOf(listener), retry: { retries: 0 }, ...config });
      const ca = () => ({ ca: keys().ca });
      const mechanisms = ['plain', 'scram-sha-256', 'scram-sha-512'] as const;
      const sasl = (mechanism: (typeof mechanisms)[number], password?: string) => {
        const user = mechanism === 'plain' ? keys().plain : keys().scram;
        return { mechanism, ...user, ...(password === undefined ? {} : { password }) } as never;
      };

      beforeAll(() => createTopic(open(), 'secret'));

      for (const mechanism of mechanisms) {
        test(`lets a user of ${mechanism} in, with and without TLS, and no wrong password`, async () => {
          await send(at('SASL_PLAINTEXT', { sasl: sasl(mechanism) }), 'secret', ['x']);
          await send(at('SASL_SSL', { sasl: sasl(mechanism), ssl: ca() }), 'secret', ['x']);
          const wrong = sasl(mechanism, 'wrong');
          for (const refused of [
            at('SASL_PLAINTEXT', { sasl: wrong }),
            at('SASL_SSL', { sasl: wrong, ssl: ca() }),
          ]) {
            await expect(send(refused, 'secret', ['x'])).rejects.toThrow(/authentication failed/i);
          }
        });
      }

      test('is known by its authority alone', async () => {
        await send(at('SSL', { ssl: ca() }), 'secret', ['x']);
        const stranger = certificateAuthority('somebody else').certificate;
        const refused = at('SSL', { ssl: { ca: stranger } });
        await expect(send(refused, 'secret', ['x'])).rejects.toThrow(/certificate/);
      });

      test('lets a client with its certificate in, and none without or with a strange one', async () => {
        const { certificate: cert, key } = keys().client;
        await send(at('MTLS', { ssl: { ...ca(), cert, key } }), 'secret', ['x']);
        const strange = certificateAuthority('somebody else').issue('meshpulse');
        for (const ssl of [ca(), { ...ca(), cert: strange.certificate, key: strange.key }]) {
          await expect(send(at('MTLS', { ssl }), 'secret', ['x'])).rejects.toThrow();
        }
      });
    });
  });

  describe('of three nodes', () => {
    const inSync = async () => (await cluster.partition('shared', 0)).inSync;
    const missed = ({ id }: KafkaNode) =>
      comes('it is missed', async () => !(await inSync()).includes(id));
    const allInSync = () => comes('all are in sync', async () => (await inSync()).length === 3);

    beforeAll(async () => {
      cluster = await KafkaCluster.start(launcher, { nodes: 3, folder: newFolder() });
      await createTopic(open(), 'shared', { replicationFactor: 3 });
    });
    afterAll(() => cluster.stop());

    test('goes on without the leader of a partition, which comes back in sync', async () => {
      const leader = await cluster.leaderOf('shared', 0);
      await send(open(), 'shared', ['before']);
      await leader.kill();
      expect(leader.running).toBe(false);
      await send(open(), 'shared', ['after']);
      expect((await cluster.leaderOf('shared', 0)).id).not.toBe(leader.id);
      await leader.start();
      await allInSync();
      expect(await read(open(), 'shared', 2)).toEqual(['before', 'after']);
    });

    test('goes on without a frozen node, which catches up when it is thawed', async () => {
      const leader = await cluster.leaderOf('shared', 0);
      leader.freeze();
      await missed(leader);
      await send(open(), 'shared', ['meanwhile']);
      leader.thaw();
      await allInSync();
    });

    test('has another controller after the active one was killed', async () => {
      const controller = await cluster.controller();
      await controller.kill();
      expect((await cluster.controller()).id).not.toBe(controller.id);
      await missed(controller);
      await createTopic(open(), 'later', { replicationFactor: 2 });
    });
  });
});

/** Kafka's own times are in seconds; asking more often only slows it down. */
function comes(what: string, holds: () => Promise<boolean>): Promise<void> {
  return until(what, async () => (await holds()) || sleep(50, false), 30_000);
}

function client(config: Omit<KafkaConfig, 'logLevel'>): Kafka {
  const retry = { initialRetryTime: 100, maxRetryTime: 500, retries: 60 };
  return new Kafka({ logLevel: logLevel.NOTHING, connectionTimeout: 5_000, retry, ...config });
}

async function createTopic(
  kafka: Kafka,
  topic: string,
  { replicationFactor = 1, config = {} }: CreateOptions = {},
): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const configEntries = Object.entries(config).map(([name, value]) => ({ name, value }));
    await admin.createTopics({
      topics: [{ topic, numPartitions: 1, replicationFactor, configEntries }],
    });
  } finally {
    await admin.disconnect();
  }
}

interface CreateOptions {
  replicationFactor?: number;
  config?: Readonly<Record<string, string>>;
}

/** Resolves when all nodes in sync have them. */
async function send(kafka: Kafka, topic: string, values: string[], key?: string): Promise<void> {
  const producer = kafka.producer();
  try {
    await producer.connect();
    const messages = values.map((value) => ({ value, ...(key === undefined ? {} : { key }) }));
    await producer.send({ topic, messages, acks: -1 });
  } finally {
    await producer.disconnect();
  }
}

let groups = 0;

/** The first so many records. */
async function read(kafka: Kafka, topic: string, count: number): Promise<string[]> {
  groups += 1;
  const consumer = kafka.consumer({ groupId: `readers-${groups}`, maxWaitTimeInMs: 100 });
  const values: string[] = [];
  try {
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      eachMessage: async ({ message }) => {
        values.push(message.value!.toString());
      },
    });
    await comes(`${count} records of ${topic}`, async () => values.length >= count);
  } finally {
    await consumer.disconnect();
  }
  return values.slice(0, count);
}
