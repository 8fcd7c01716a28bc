import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { decodeMessage } from '../../src/packed/codec.ts';
import type { StreamRecord, Topic } from '../../src/stream/record.ts';
import { KafkaCluster } from '../kafka/cluster.ts';
import { TestTopics } from '../kafka/stream.ts';
import { LambdaEnvironment } from '../lambda/environment.ts';
import { events } from '../receive/harness.ts';
import { istioLine } from '../receive/payloads.ts';
import { until } from '../stream/until.ts';
import { describePart } from './parts.ts';

const PARTITIONS = 4;

describePart('kafka', 'the receiver on Lambda, with a real Kafka', (launcher) => {
  let cluster: KafkaCluster;
  let topics: TestTopics;
  let prefixes = 0;
  const environments: LambdaEnvironment[] = [];

  beforeAll(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'meshpulse-lambda-'));
    cluster = await KafkaCluster.start(launcher, { nodes: 1, folder });
  });
  afterAll(() => cluster.stop());
  beforeEach(async () => {
    topics = await TestTopics.create(cluster, `lambda${prefixes++}`, PARTITIONS);
  });
  afterEach(async () => {
    for (const environment of environments.splice(0)) await environment.close();
  });

  async function start(env: Record<string, string> = {}): Promise<LambdaEnvironment> {
    const environment = await LambdaEnvironment.start({
      env: {
        MESHPULSE_SINK: 'kafka',
        MESHPULSE_KAFKA_BROKERS: cluster.bootstrap.join(),
        MESHPULSE_KAFKA_PREFIX: topics.prefix,
        MESHPULSE_KAFKA_PARTITIONS: String(PARTITIONS),
        ...env,
      },
    });
    environments.push(environment);
    return environment;
  }

  const post = ({ fetch }: LambdaEnvironment, ...lines: string[]) =>
    fetch('/v1/access-logs', { method: 'POST', body: lines.join('\n') });

  async function kept(topic: Topic): Promise<StreamRecord[]> {
    const stream = await topics.open();
    try {
      const partitions = Array.from({ length: stream.partitions(topic) }, (_, n) => n);
      const read = partitions.map((partition) => stream.read(topic, partition, 0));
      return (await Promise.all(read)).flat();
    } finally {
      await stream.close();
    }
  }

  /** Codes of the requests that are in Kafka. */
  async function codes(): Promise<unknown[]> {
    const parts = (await kept('requests')).flatMap(({ value }) => {
      const message = decodeMessage(value!);
      return message.kind === 'parts' ? message.parts : [];
    });
    return events(parts)
      .map(({ code }) => code)
      .sort();
  }

  test('what two environments acknowledged at once is in Kafka, once', async () => {
    const both = [await start(), await start()];
    const answers = await Promise.all(
      both.map((environment, n) => post(environment, istioLine(200 + n, '-', `first ${n}`))),
    );
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    // Warm by now.
    const again = await post(both[0]!, istioLine(404, '-', 'second'));
    expect(await again.json()).toEqual({ records: 1, accepted: 1, dead_lettered: {} });
    expect(await codes()).toEqual([200, 201, 404]);
  });

  test('samples of dead letters are there when it has answered: it may never run again', async () => {
    const environment = await start();
    expect((await post(environment, istioLine(), 'what is this')).status).toBe(200);
    environment.child.kill('SIGKILL');
    const [sample] = await kept('dead-letters');
    expect(JSON.parse(new TextDecoder().decode(sample!.value!))).toMatchObject({
      sample: 'what is this',
    });
  });

  test('without a broker it answers 503 and when to try again; with one again it takes', async () => {
    const [warm, cold] = [await start(), await start()];
    expect((await post(warm, istioLine(200, '-', '1'))).status).toBe(200);
    await cluster.node(1).kill();
    const refused = [post(warm, istioLine(500, '-', '2')), post(cold, istioLine(501, '-', '3'))];
    for (const response of await Promise.all(refused)) {
      expect([response.status, response.headers.get('retry-after')]).toEqual([503, '5']);
    }
    for (const { log } of [warm, cold]) {
      expect(log).toMatchObject([{ level: 'warn', event: 'stream_unavailable' }]);
    }
    await cluster.node(1).start();
    const taken = [post(warm, istioLine(202, '-', '4')), post(cold, istioLine(203, '-', '5'))];
    expect((await Promise.all(taken)).map(({ status }) => status)).toEqual([200, 200]);
    expect(await codes()).toEqual([200, 202, 203]);
  });

  test('connections that were closed while it was frozen cost no request', async () => {
    const environment = await start();
    expect((await post(environment, istioLine(200, '-', '1'))).status).toBe(200);
    await until('it waits for the next', () => environment.api.isIdle);
    environment.child.kill('SIGSTOP');
    await cluster.node(1).kill();
    await cluster.node(1).start();
    const posting = post(environment, istioLine(201, '-', '2'));
    environment.child.kill('SIGCONT');
    expect((await posting).status).toBe(200);
    expect(await codes()).toEqual([200, 201]);
  });

  test('with another number of partitions than Kafka has it takes nothing, and logs why', async () => {
    const environment = await start({ MESHPULSE_KAFKA_PARTITIONS: '16' });
    expect((await post(environment, istioLine())).status).toBe(503);
    expect(environment.log).toMatchObject([
      { error: expect.stringContaining('MESHPULSE_KAFKA_PARTITIONS says 16') },
    ]);
    expect(await codes()).toEqual([]);
  });
});
