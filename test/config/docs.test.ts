import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { DEFAULT_BOUNDS } from '../../src/aggregate/directory.ts';
import { parseArguments } from '../../src/cli/arguments.ts';
import { loadConfig } from '../../src/config/load.ts';
import { DEFAULT_LIMITS } from '../../src/receive/limits.ts';
import { PAGE, withTables } from './reference.ts';

const page = readFileSync(PAGE, 'utf8');

test('docs/configuration.md says what the schema says (node test/config/reference.ts writes its tables)', () => {
  expect(page).toBe(withTables(page));
});

const examples = [...page.matchAll(/```yaml\n(.*?)```/gs)].map(([, yaml]) => yaml!);

/** What an example gives. */
function loaded(yaml: string) {
  const cwd = mkdtempSync(join(tmpdir(), 'meshpulse-docs-'));
  try {
    writeFileSync(join(cwd, 'meshpulse.yaml'), yaml);
    const token = '0123456789abcdef';
    const env = {
      GATEWAY_TOKEN: `${token}1`,
      GRAFANA_TOKEN: `${token}2`,
      EAST_TOKEN: `${token}3`,
      WEST_TOKEN: `${token}4`,
      MESHPULSE_KAFKA_PASSWORD: 'secret',
    };
    return loadConfig({ env, cwd });
  } finally {
    rmSync(cwd, { recursive: true });
  }
}

test('its examples are accepted', () => {
  const [first, clusters, kafka, ...more] = examples;
  expect(loaded(first!).tokens.map(({ provider }) => provider)).toEqual(['gateway', 'grafana']);
  expect(loaded(clusters!).tokens.map(({ cluster }) => cluster)).toEqual([
    'us-east-1',
    'eu-west-2',
  ]);
  expect(loaded(kafka!).stream.kafka?.connection.sasl?.username).toBe('meshpulse');
  expect(more).toEqual([]);
});

describe('docs/kafka.md', () => {
  const text = readFileSync(new URL('../../docs/kafka.md', import.meta.url), 'utf8');
  const files = [...text.matchAll(/```yaml\n(.*?)```/gs)].map(([, yaml]) => loaded(yaml!));
  const commands = [...text.matchAll(/^npx meshpulse (.*)$/gm)].map(([, args]) => args!.split(' '));

  test('has files that are accepted', () => {
    const [trial, earnest, ...more] = files;
    expect(trial!.stream.kafka?.topics).toMatchObject({ replication: 1, minInsyncReplicas: 1 });
    expect(earnest!.tokens.map(({ cluster }) => cluster)).toEqual(['us-east-1', undefined]);
    expect(more).toEqual([]);
  });

  test('has commands that are understood, one for each role, each on a port of its own', () => {
    const flags = commands.map((argv) => {
      const parsed = parseArguments(argv);
      return 'flags' in parsed ? parsed.flags : parsed;
    });
    expect(flags[0]).toMatchObject({ create: true, config: 'kafka.yaml' });
    const roles = flags.slice(1).map((given) => ('roles' in given ? given.roles : given));
    expect(roles).toEqual(['receive', 'aggregate', 'api', 'notify']);
    expect(new Set(flags.map((given) => 'port' in given && given.port)).size).toBe(5);
  });
});

test('the defaults are those of the parts they configure', () => {
  const { receive, aggregate } = loadConfig({ env: {}, cwd: tmpdir() });
  expect(receive).toMatchObject(DEFAULT_LIMITS);
  expect(aggregate).toEqual(DEFAULT_BOUNDS);
});
