import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { brokerSettings } from '../../../../src/cli/demo/kafka/broker.ts';
import { roleEnvironment, roleSettings } from '../../../../src/cli/demo/kafka/kafka-stage.ts';
import { loadConfig } from '../../../../src/config/load.ts';

const folder = mkdtempSync(join(tmpdir(), 'meshpulse-demo-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the processes run on one broker, and their messages lead to the page', () => {
  const file = join(folder, 'meshpulse.yaml');
  writeFileSync(file, stringify(roleSettings('127.0.0.1:9999', 4711)));
  const { stream, publicUrl } = loadConfig({ path: file, env: {}, cwd: folder });
  expect(publicUrl).toBe('http://127.0.0.1:4711');
  expect(stream.kafka).toMatchObject({
    connection: { brokers: ['127.0.0.1:9999'], tls: null, sasl: null },
    topics: { replication: 1, minInsyncReplicas: 1 },
  });
});

test('the broker misses a killed process as soon as the processes ask for', () => {
  const settings = brokerSettings({ folder, port: 1, controllerPort: 2 });
  const [, least] = /^group\.min\.session\.timeout\.ms=(\d+)$/m.exec(settings) ?? [];
  const { session_timeout } = roleSettings('127.0.0.1:1', 2).stream.kafka;
  expect(Number(least)).toBeLessThanOrEqual(Number.parseInt(session_timeout, 10) * 1000);
});

test('of the own environment only the webhook is for the processes', () => {
  const own = { PATH: '/bin', MESHPULSE_TOKENS: 'a:ingest:b', MESHPULSE_KAFKA_PASSWORD: 'c' };
  expect(roleEnvironment(own, 'http://stand-in/')).toEqual({
    env: { PATH: '/bin', MESHPULSE_SLACK_WEBHOOK_URL: 'http://stand-in/' },
    ownSlack: false,
  });
  const mine = { ...own, MESHPULSE_SLACK_WEBHOOK_URL: 'https://mine/' };
  expect(roleEnvironment(mine, 'http://stand-in/')).toEqual({
    env: { PATH: '/bin', MESHPULSE_SLACK_WEBHOOK_URL: 'https://mine/' },
    ownSlack: true,
  });
});
