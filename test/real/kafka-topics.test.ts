import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import kafkajs, { type Admin, Kafka, logLevel } from 'kafkajs';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { KafkaCluster } from '../kafka/cluster.ts';
import { describePart } from './parts.ts';

const launcher = join(import.meta.dirname, '../../src/cli/meshpulse.mjs');
const PASSWORD = 'MESHPULSE_KAFKA_PASSWORD';

describePart('kafka', 'meshpulse topics on a real Kafka of one node', (program) => {
  const root = mkdtempSync(join(tmpdir(), 'meshpulse-topics-'));
  let cluster: KafkaCluster;
  let admin: Admin;
  let prefix = '';
  let runs = 0;

  beforeAll(async () => {
    const folder = join(root, 'kafka');
    cluster = await KafkaCluster.start(program, { nodes: 1, folder, security: true });
    admin = new Kafka({ brokers: cluster.bootstrap, logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
  });
  afterAll(async () => {
    await admin.disconnect();
    await cluster.stop();
    rmSync(root, { recursive: true });
  });
  beforeEach(() => {
    prefix = `mesh${runs++}`;
  });

  /** Runs the command as a user would, on a prefix of its own. */
  async function topics(
    args: string[] = [],
    {
      command = 'topics',
      kafka = {},
      env = {},
    }: { command?: 'topics' | 'serve'; kafka?: object; env?: Record<string, string> } = {},
  ) {
    const cwd = join(root, prefix);
    mkdirSync(cwd, { recursive: true });
    const one = { prefix, partitions: 3, replication: 1, min_insync_replicas: 1 };
    const stream = { kind: 'kafka', kafka: { brokers: cluster.bootstrap, ...one, ...kafka } };
    writeFileSync(join(cwd, 'meshpulse.yaml'), JSON.stringify({ stream }));
    return new Promise<{ status: unknown; out: string; err: string }>((resolve) => {
      const options = { cwd, env: { PATH: process.env.PATH, ...env } };
      const argv = [launcher, command, ...args];
      execFile(process.execPath, argv, options, (error, out, err) =>
        resolve({ status: error?.code ?? 0, out, err }),
      );
    });
  }

  const described = async (topic: string) => {
    const name = `${prefix}.${topic}`;
    const type = kafkajs.ConfigResourceTypes.TOPIC;
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type, name }],
    });
    return Object.fromEntries(
      resources[0]!.configEntries.map(({ configName, configValue }) => [configName, configValue]),
    );
  };
  const set = (topic: string, configs: Record<string, string>) =>
    admin.alterConfigs({
      validateOnly: false,
      resources: [
        {
          type: kafkajs.ConfigResourceTypes.TOPIC,
          name: `${prefix}.${topic}`,
          configEntries: Object.entries(configs).map(([name, value]) => ({ name, value })),
        },
      ],
    });

  test('names what is missing, makes it when told to, and then all are as wanted', async () => {
    const before = await topics();
    expect(before).toMatchObject({ status: 1, err: '' });
    expect(before.out).toContain('9 missing: meshpulse topics --create makes them.');
    const again = await topics(['--brokers', cluster.bootstrap[0]!]);
    expect(again.out).toContain(`meshpulse topics --brokers ${cluster.bootstrap} --create makes`);
    expect(await admin.listTopics()).not.toContain(`${prefix}.requests`);

    const made = await topics(['--create']);
    expect(made).toMatchObject({ status: 0, err: '' });
    expect(made.out).toMatch(new RegExp(`${prefix}\\.requests +3 +1 +made\n`));
    expect(made.out).toMatch(new RegExp(`${prefix}\\.alerts +1 +1 +made\n`));

    for (const args of [[], ['--create']]) {
      const after = await topics(args);
      expect(after).toMatchObject({ status: 0, err: '' });
      expect(after.out).toContain('All are as wanted.');
    }
    expect(await described('requests')).toMatchObject({ 'cleanup.policy': 'delete' });
    expect(await described('state')).toMatchObject({
      'cleanup.policy': 'compact',
      'message.timestamp.type': 'LogAppendTime',
    });
  });

  test('names what differs with both values, and leaves it alone whatever it is told', async () => {
    await topics(['--create']);
    const wanted = await described('rollups');
    await set('rollups', { 'cleanup.policy': 'delete', 'retention.ms': '1000' });
    await admin.createPartitions({ topicPartitions: [{ topic: `${prefix}.state`, count: 5 }] });
    await admin.deleteTopics({ topics: [`${prefix}.changes`] });
    const changed = await described('rollups');

    const { status, out } = await topics(['--create']);
    expect(status).toBe(1);
    expect(out).toContain(`retention.ms: 1000, wanted: ${wanted['retention.ms']}`);
    expect(out).toContain('partitions: 5, wanted: 3');
    expect(out).toContain('1 of 1 made.');
    expect(out).toMatch(/kafka-configs\.sh .*--entity-name mesh\d+\.rollups \\\n.*retention\.ms=/);
    expect(await described('rollups')).toEqual(changed);

    // What it says would change it, as Kafka's tool would send it.
    const [, settings] = /--add-config (.*)\n/.exec(out) ?? [];
    const all = settings!.split(',').map((pair) => pair.split('=') as [string, string]);
    await set('rollups', { 'cleanup.policy': 'delete', ...Object.fromEntries(all) });
    expect((await topics()).out).toMatch(/\.rollups +3 +1 +as wanted\n/);
  });

  test('says why a topic could not be made', async () => {
    const { status, out } = await topics(['--create'], { kafka: { replication: 3 } });
    expect(status).toBe(1);
    expect(out.split('Kafka has 1 broker, stream.kafka.replication is 3')).toHaveLength(2);
    expect(out).not.toContain('not made');
    expect(out).toContain('0 of 9 made.');
  });

  test('serve names the topics that are missing, and does not wait for them', async () => {
    await topics(['--create']);
    await admin.deleteTopics({ topics: [`${prefix}.changes`, `${prefix}.state`] });
    const { status, out, err } = await topics(['--port', '0'], { command: 'serve' });
    expect({ status, out }).toEqual({ status: 1, out: '' });
    expect(err).toContain(`lacks 2 of 9 topics: ${prefix}.state, ${prefix}.changes; meshpulse`);
  });

  test('says that no broker can be reached', async () => {
    const { status, out, err } = await topics([], { kafka: { brokers: ['127.0.0.1:1'] } });
    expect({ status, out }).toEqual({ status: 1, out: '' });
    expect(err).toMatch(/^meshpulse: Kafka at 127\.0\.0\.1:1 cannot be reached: .*REFUSED.*\n$/);
  });

  test.each(['plain', 'scram-sha-256', 'scram-sha-512'] as const)(
    'a password is taken, and a wrong one refused and not shown: %s',
    async (mechanism) => {
      const user = mechanism === 'plain' ? cluster.keys!.plain : cluster.keys!.scram;
      const kafka = {
        brokers: cluster.bootstrapOf('SASL_PLAINTEXT'),
        sasl: { mechanism, username: user.username },
      };
      const wrong = await topics([], { kafka, env: { [PASSWORD]: 'not-the-password' } });
      expect({ status: wrong.status, out: wrong.out }).toEqual({ status: 1, out: '' });
      expect(wrong.err).toContain(
        `refuses ${mechanism} of ${user.username} with the password of ${PASSWORD}`,
      );
      expect(wrong.err).not.toContain('not-the-password');
      expect(wrong.err.trim().split('\n')).toHaveLength(1);
      const served = await topics(['--port', '0'], {
        command: 'serve',
        kafka,
        env: { [PASSWORD]: 'not-the-password' },
      });
      expect(served).toEqual(wrong);

      const right = await topics([], { kafka, env: { [PASSWORD]: user.password } });
      expect(right.out).toContain('9 missing');
    },
  );

  test('speaks TLS with an own authority and an own certificate, and says what is wrong without', async () => {
    const { ca, client } = cluster.keys!;
    const file = (name: string, pem: string) => {
      const path = join(root, name);
      writeFileSync(path, pem);
      return path;
    };
    const trusting = { enabled: true, ca: file('ca.pem', ca) };
    const known = {
      ...trusting,
      cert: file('cert.pem', client.certificate),
      key: file('key.pem', client.key),
    };
    const said = async (listener: 'SSL' | 'MTLS', tls: object) => {
      const { out, err } = await topics([], {
        kafka: { brokers: cluster.bootstrapOf(listener), tls },
      });
      return out + err;
    };
    expect(await said('SSL', trusting)).toContain('9 missing');
    expect(await said('MTLS', known)).toContain('9 missing');
    expect(await said('SSL', { enabled: true })).toContain('no TLS with Kafka at');
    expect(await said('MTLS', trusting)).toContain('no TLS with Kafka at');
    expect(await said('SSL', { enabled: false })).toContain('does it speak TLS on this port');
  });
});
