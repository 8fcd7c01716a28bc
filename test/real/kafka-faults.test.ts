import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { StreamUnavailable } from '../../src/stream/errors.ts';
import type { KafkaStream } from '../../src/stream/kafka/kafka-stream.ts';
import type { StreamRecord } from '../../src/stream/record.ts';
import { KafkaCluster } from '../kafka/cluster.ts';
import { TestTopics } from '../kafka/stream.ts';
import { allTexts, record, text } from '../stream/contract/under-test.ts';
import { recordingConsumer } from '../stream/recording-consumer.ts';
import { until } from '../stream/until.ts';
import { describePart } from './parts.ts';

const PATIENCE_MS = 60_000;

describePart('kafka', 'the stream on three brokers of which some fail', (launcher) => {
  let cluster: KafkaCluster;
  let tests = 0;
  beforeAll(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'meshpulse-kafka-'));
    cluster = await KafkaCluster.start(launcher, { nodes: 3, folder });
  });
  afterAll(() => cluster.stop());

  async function opened(
    appendForMs?: number,
  ): Promise<{ stream: KafkaStream; topics: TestTopics }> {
    const topics = await TestTopics.create(cluster, `f${tests++}`, 2);
    const stream = await topics.open(appendForMs === undefined ? {} : { appendForMs });
    onTestFinished(() => stream.close());
    return { stream, topics };
  }

  /** Appends again what was refused, as senders do, until `over`; resolves to what was taken, in its order. */
  async function appendUntil(stream: KafkaStream, over: () => boolean): Promise<string[]> {
    const taken: string[] = [];
    const send = async (sender: number) => {
      for (let i = 0; !over(); i++) {
        const name = `${sender}/${i}`;
        const isTaken = await stream.append([record(name)]).then(
          () => true,
          (error: unknown) => {
            expect(error).toBeInstanceOf(StreamUnavailable);
            return false;
          },
        );
        if (isTaken) taken.push(name);
      }
    };
    await Promise.all([0, 1, 2, 3, 4].map(send));
    return taken;
  }

  test('what is acknowledged while a leader dies is there, once', async () => {
    const { stream, topics } = await opened();
    const seen: string[] = [];
    const following = await stream.follow('requests', 'start', (records) => {
      seen.push(...records.map((one) => text(one)!));
    });
    let over = false;
    const appending = appendUntil(stream, () => over);
    await until('some', () => seen.length > 100);
    const leader = await cluster.leaderOf(`${topics.prefix}.requests`, 0);
    await leader.kill();
    const before = seen.length;
    await until('more', () => seen.length > before + 200, PATIENCE_MS);
    await leader.start();
    over = true;
    const taken = await appending;
    await following.caughtUp();
    await following.stop();
    const there = await allTexts(stream);
    expect(new Set(there).size).toBe(there.length);
    expect(taken.filter((name) => !there.includes(name))).toEqual([]);
    expect(seen).toEqual(there);
  });

  test('a frozen leader is left for another, and what it was sent is there once', async () => {
    const { stream, topics } = await opened(20_000);
    let over = false;
    const appending = appendUntil(stream, () => over);
    const end = async () => (await stream.range('requests', 0)).end;
    await until('some', async () => (await end()) > 100);
    const leader = await cluster.leaderOf(`${topics.prefix}.requests`, 0);
    leader.freeze();
    const before = await end();
    await until('more', async () => (await end()) > before + 200, PATIENCE_MS);
    leader.thaw();
    over = true;
    const taken = await appending;
    const there = await allTexts(stream);
    expect(new Set(there).size).toBe(there.length);
    expect(taken.filter((name) => !there.includes(name))).toEqual([]);
  });

  test('a stream is opened, written and followed although the first broker it is told of is frozen', async () => {
    const topics = await TestTopics.create(cluster, `f${tests++}`, 2);
    // All are in sync once this is taken.
    const other = await topics.open();
    onTestFinished(() => other.close());
    await other.append([record('before')]);
    const frozen = cluster.node(1);
    frozen.freeze();
    onTestFinished(() => frozen.thaw());
    const stream = await topics.open({}, cluster.nodes);
    onTestFinished(() => stream.close());
    const seen: (string | null)[] = [];
    const following = await stream.follow('requests', 'start', (records) => {
      seen.push(...records.map(text));
    });
    await stream.append([record('during')]);
    await until('both', () => seen.length === 2, PATIENCE_MS);
    expect(seen).toEqual(['before', 'during']);
    await following.stop();
  });

  test('without brokers an append is refused after a while, and taken again when they are back', async () => {
    const { stream } = await opened(3_000);
    await stream.append([record('before')]);
    const seen: (string | null)[] = [];
    const following = await stream.follow('requests', 'start', (records) => {
      seen.push(...records.map(text));
    });
    await Promise.all(cluster.nodes.map((node) => node.kill()));
    await expect(stream.append([record('during')])).rejects.toThrow(StreamUnavailable);
    expect(stream.health()).toMatchObject({ writable: false });
    await Promise.all(cluster.nodes.map((node) => node.start()));
    await until('it can be written', () => stream.health().writable, PATIENCE_MS);
    await stream.append([record('after')]);
    await until('all seen', () => seen.includes('after'), PATIENCE_MS);
    expect(seen.filter((one) => one !== 'during')).toEqual(['before', 'after']);
    await following.stop();
  });

  test('two members share the partitions, and one that leaves gives its own to the other', async () => {
    const { stream, topics } = await opened();
    const other = await topics.open();
    const first = recordingConsumer();
    const second = recordingConsumer();
    const subscription = await stream.subscribe('requests', 'g', first.consumer);
    await until('both partitions', () => first.seen.calls.length === 2, PATIENCE_MS);
    await other.subscribe('requests', 'g', second.consumer);
    await until('one of them', () => second.seen.calls.length === 1, PATIENCE_MS);
    expect(first.seen.calls.filter((call) => call.startsWith('revoked'))).toHaveLength(1);
    for (const partition of [0, 1]) await stream.append([record(`${partition}`, { partition })]);
    const all = () => [...first.seen.records, ...second.seen.records];
    await until('both records', () => all().length === 2, PATIENCE_MS);
    const { partition } = second.seen.records[0] as StreamRecord;
    await expect(subscription.publish(partition, [], 1)).rejects.toThrow('elsewhere');

    await other.close();
    expect(second.seen.calls.at(-1)).toBe(`revoked ${partition}`);
    await stream.append([record('more', { partition })]);
    const isMore = (one: StreamRecord) => text(one) === 'more';
    await until('it comes back', () => first.seen.records.some(isMore), PATIENCE_MS);
    expect(first.seen.calls.filter((call) => call.startsWith('revoked'))).toHaveLength(1);
    await subscription.stop();
  });

  test('a group whose coordinator dies goes on, and commits', async () => {
    const { stream, topics } = await opened();
    const { consumer, seen } = recordingConsumer();
    const subscription = await stream.subscribe('requests', 'g', consumer);
    await until('assigned', () => seen.calls.length === 2, PATIENCE_MS);
    for (const node of cluster.nodes) {
      await node.kill();
      await node.start();
      const count = seen.records.length;
      await until('appended', async () => {
        await stream.append([record('one')]);
        return true;
      });
      await until('handed over', () => seen.records.length > count, PATIENCE_MS);
      const { end } = await stream.range('requests', 0);
      await until('at the end', () => seen.records.length === end, PATIENCE_MS);
      await subscription.publish(0, [], end);
    }
    const { end } = await stream.range('requests', 0);
    await subscription.stop();
    const next = recordingConsumer();
    const again = await topics.open();
    onTestFinished(() => again.close());
    await again.subscribe('requests', 'g', next.consumer);
    await until('assigned', () => next.seen.calls.length === 2, PATIENCE_MS);
    expect(next.seen.calls).toContain(`assigned 0 ${end}`);
  });
});
