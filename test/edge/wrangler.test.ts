import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type * as z from 'zod';
import { kafkaRestSettings } from '../../functions/settings/kafka-rest-settings.ts';
import { kafkaSettings } from '../../functions/settings/kafka-settings.ts';
import { laneSettings } from '../../functions/settings/lane-settings.ts';
import { readSettings } from '../../functions/settings/read.ts';
import { receiveSettings } from '../../functions/settings/receive-settings.ts';
import { kafkaTarget } from '../../functions/settings/sink-settings.ts';
import { traceSettings } from '../../functions/settings/trace-settings.ts';

const root = join(import.meta.dirname, '../..');
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const wrangler = read('wrangler.toml');
const page = read('docs/deploy-cloudflare.md');
const named = (text: string) => [...new Set(text.match(/\bMESHPULSE_[A-Z_]+/g))].sort();

/** What stands as `# NAME = "text"`, to be taken in by whoever removes the `#`. */
const shown = new Map(
  [...wrangler.matchAll(/^# (MESHPULSE_\w+) = "(.*)"$/gm)].map(([, name, text]) => [name!, text!]),
);
const SCHEMAS: readonly z.ZodType[] = [
  receiveSettings,
  laneSettings,
  kafkaSettings,
  kafkaRestSettings,
  traceSettings,
];
/** Those without a default. */
const EXAMPLES = [
  'MESHPULSE_KAFKA_BROKERS',
  'MESHPULSE_KAFKA_REST_URL',
  'MESHPULSE_KAFKA_REST_CLUSTER',
  'MESHPULSE_LANE_LOCATION',
  'MESHPULSE_OTLP_ENDPOINT',
];

test('every setting of the Worker is in wrangler.toml or docs/deploy-cloudflare.md, and no other', () => {
  const settings = readdirSync(join(root, 'functions/settings'));
  const source = settings.map((file) => read(`functions/settings/${file}`)).join();
  expect(named(wrangler + page)).toEqual(named(source));
});

test('what wrangler.toml shows of a setting is its default, or an example that is taken', () => {
  const needed = {
    MESHPULSE_KAFKA_BROKERS: 'kafka.example:9092',
    MESHPULSE_KAFKA_REST_URL: 'https://kafka.example',
    MESHPULSE_KAFKA_REST_CLUSTER: 'c',
  };
  const settingsOf = (env: Record<string, string>) =>
    JSON.stringify([kafkaTarget(env), ...SCHEMAS.map((schema) => readSettings(schema, env))]);
  expect(shown.size).toBeGreaterThan(EXAMPLES.length);
  for (const [name, text] of shown) {
    const settings = settingsOf({ ...needed, [name]: text });
    if (EXAMPLES.includes(name)) expect(settings, name).not.toBe(settingsOf(needed));
    else expect(settings, name).toBe(settingsOf(needed));
  }
});

test('the Worker of the demo and the benches runs as wrangler.toml has it run', () => {
  const local = read('src/cli/demo/edge/local-worker.ts');
  const [, date] = /^compatibility_date = "(.*)"$/m.exec(wrangler) ?? [];
  const [, flags] = /^compatibility_flags = (\[.*\])$/m.exec(wrangler) ?? [];
  expect(local).toContain(`compatibilityDate = "${date}"`);
  expect(local).toContain(`compatibilityFlags = ${flags}`);
});
