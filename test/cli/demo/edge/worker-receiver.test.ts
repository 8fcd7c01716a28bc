import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { stringify } from 'yaml';
import { kafkaSettings } from '../../../../functions/settings/kafka-settings.ts';
import { readSettings } from '../../../../functions/settings/read.ts';
import { workerSettings } from '../../../../src/cli/demo/edge/worker-receiver.ts';
import { roleSettings } from '../../../../src/cli/demo/kafka/kafka-stage.ts';
import { loadConfig } from '../../../../src/config/load.ts';

const folder = mkdtempSync(join(tmpdir(), 'meshpulse-demo-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the Worker appends to the topics that the processes read', () => {
  const path = join(folder, 'meshpulse.yaml');
  writeFileSync(path, stringify(roleSettings('127.0.0.1:9999', 4711)));
  const config = loadConfig({ path, env: {}, cwd: folder });
  const { kafka, partitions } = readSettings(kafkaSettings, workerSettings(config));
  const { connection, topics } = config.stream.kafka!;
  expect(kafka).toMatchObject({ brokers: connection.brokers, prefix: connection.prefix });
  expect(kafka).toMatchObject({ tls: null, sasl: null });
  expect(partitions).toBe(topics.partitions);
});
