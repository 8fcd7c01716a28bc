import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ROLES } from '../../src/config/config.ts';
import { kafkaProperties, readCompose } from '../infra/compose.ts';
import { KafkaNode } from '../kafka/node.ts';
import { freePorts } from '../kafka/ports.ts';
import { istioLine } from '../receive/payloads.ts';
import { until } from '../stream/until.ts';
import { describePart } from './parts.ts';
import { type Program, startProgram } from './program.ts';

const meshpulse = join(import.meta.dirname, '../../src/cli/meshpulse.mjs');
const TOKEN = 'a-token-of-this-test-only';

describePart('kafka', 'infra/docker/compose.yaml, as processes', (launcher) => {
  const { services, configs } = readCompose();
  const root = mkdtempSync(join(tmpdir(), 'meshpulse-compose-'));
  const running: Program[] = [];
  let kafka: KafkaNode;
  /** What is known as `kafka`, where, on this machine. */
  let here: (text: string) => string;

  beforeAll(async () => {
    const [PLAINTEXT = 0, CONTROLLER = 0] = await freePorts(2);
    here = (text) =>
      text
        .replaceAll(/(?:kafka|(?<=:\/\/)):9092/g, `127.0.0.1:${PLAINTEXT}`)
        .replaceAll(/(?:kafka|(?<=:\/\/)):9093/g, `127.0.0.1:${CONTROLLER}`);
    const folder = join(root, 'kafka');
    mkdirSync(folder);
    const properties = { ...kafkaProperties(services.kafka!), 'log.dirs': `${folder}/data` };
    const lines = Object.entries(properties).map(([key, value]) => `${key}=${here(value)}\n`);
    writeFileSync(join(folder, 'server.properties'), lines.join(''));
    const ports = { PLAINTEXT, CONTROLLER };
    kafka = new KafkaNode({ launcher, folder, id: 1, ports });
    await kafka.format('AAAAAAAAAAAAAAAAAAAAAQ');
    await kafka.start();
  });
  afterAll(async () => {
    for (const program of running) await program.stop();
    await kafka.kill();
    rmSync(root, { recursive: true, force: true, maxRetries: 5 });
  });

  /** A service in a folder that stands for the image's. */
  function start(name: string, args: string[] = []): Program {
    const cwd = join(root, name);
    mkdirSync(cwd);
    const { command, environment, configs: mounted = [] } = services[name]!;
    for (const { source, target } of mounted) {
      writeFileSync(target.replace('/meshpulse', cwd), here(configs[source]!.content));
    }
    expect(Object.keys(environment)).toEqual(['MESHPULSE_TOKENS']);
    const env = { MESHPULSE_TOKENS: `ops:ingest+query:${TOKEN}` };
    const program = startProgram(process.execPath, [meshpulse, ...command, ...args], { cwd, env });
    running.push(program);
    return program;
  }

  test('the topics are made, every role becomes ready, and a line that is sent is counted', async () => {
    const topics = start('topics');
    await until('topics are made', () => !topics.running(), 30_000);
    expect(await topics.stop(), topics.said()).toBe(0);

    const ports = await freePorts(ROLES.length);
    const url = (role: string) => `http://127.0.0.1:${ports[ROLES.indexOf(role as never)]}`;
    const roles = ROLES.map((role, n) => {
      expect(services[role]?.command).toEqual(['serve', '--roles', role]);
      return start(role, ['--host', '127.0.0.1', '--port', String(ports[n])]);
    });
    const isReady = (role: string) =>
      fetch(`${url(role)}/readyz`).then(
        ({ ok }) => ok,
        () => false,
      );
    for (const [n, role] of ROLES.entries()) {
      const ready = async () => {
        if (!roles[n]!.running()) throw new Error(roles[n]!.said());
        return isReady(role);
      };
      await until(`${role} is ready`, ready, 40_000);
    }

    const headers = { authorization: `Bearer ${TOKEN}` };
    const now = `[${new Date().toISOString()}]`;
    const sent = { method: 'POST', headers, body: istioLine().replace(/^\[.*?\]/, now) };
    expect((await fetch(`${url('receive')}/v1/access-logs`, sent)).status).toBe(200);
    await until(
      'the API shows the service',
      async () => {
        const response = await fetch(`${url('api')}/api/v1/services/reviews.shop`, { headers });
        return response.ok;
      },
      30_000,
    );
  }, 180_000);
});
