import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { main } from '../../src/cli/main.ts';
import { VERSION } from '../../src/cli/version.ts';
import { loadConfig } from '../../src/config/load.ts';
import { VARIABLES } from '../../src/config/secrets.ts';

let cwd: string;
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'meshpulse-cli-'));
});
afterEach(() => rmSync(cwd, { recursive: true }));

async function run(...argv: string[]) {
  const said = { out: '', err: '' };
  const status = await main(argv, {
    out: (text) => {
      said.out += text;
    },
    err: (text) => {
      said.err += text;
    },
    env: {},
    cwd,
    colors: false,
    errIsTerminal: false,
  });
  return { status, ...said };
}

test.each([['version'], ['--version'], ['-v'], ['serve', '--version']])(
  '%s prints the version',
  async (...argv) => {
    expect(await run(...argv)).toEqual({ status: 0, out: `${VERSION}\n`, err: '' });
  },
);

test.each([['help'], ['--help'], ['-h'], ['serve', '--help'], []])(
  '%s prints the help',
  async (...argv) => {
    const { status, out, err } = await run(...argv);
    expect({ status, err }).toEqual({ status: 0, err: '' });
    for (const word of ['serve', 'check', 'topics', '--kafka', '--config', '--roles', '--brokers'])
      expect(out).toContain(word);
    for (const variable of Object.keys(VARIABLES)) expect(out).toContain(variable);
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  },
);

test('help with a command shows how that one is used', async () => {
  const ofServe = 'meshpulse serve --stream kafka --brokers kafka-0:9092 --roles aggregate\n';
  const ofTopics = 'meshpulse topics --stream kafka --brokers kafka-0:9092 --create\n';
  const said = async (...argv: string[]) => {
    const { out } = await run(...argv);
    return [out.includes(ofServe), out.includes(ofTopics)];
  };
  expect(await said('serve', '--help')).toEqual([true, false]);
  expect(await said('topics', '--help')).toEqual([false, true]);
  expect(await said('help')).toEqual([true, true]);
});

test.each([
  [['serv'], 'unknown command "serv"; did you mean serve? allowed: serve, check'],
  [['xyzzy'], 'unknown command "xyzzy"; allowed: serve, check'],
  [['serve', '--prot', '1'], 'unknown flag "--prot"; did you mean --port? allowed: --config'],
  [['serve', '-x'], 'unknown flag "-x"; allowed: --config'],
  [['serve', '--port'], '--port'],
  [['check', '--debug=1'], '--debug'],
  [['check', 'this'], '"this" is one argument too many; allowed: meshpulse check'],
  [
    ['serve', '--roles', 'receive,aggregate,', 'api'],
    '"api" is one argument too many; lists are without spaces; allowed: meshpulse serve',
  ],
  [['--port', '1'], 'no command was given'],
  [['serve', '--create'], '--create goes with another command; allowed: meshpulse topics --create'],
  [['topics'], 'stream.kind is embedded, which has no topics to look at; allowed: kafka (--stream'],
  [['topics', '--stream', 'kafka'], 'no broker is given; add --brokers HOST:PORT'],
])('%j is refused with status 2', async (argv, expected) => {
  const { status, out, err } = await run(...argv);
  expect({ status, out }).toEqual({ status: 2, out: '' });
  expect(err).toContain(expected);
  expect(err.trim().split('\n')).toHaveLength(1);
});

describe('check', () => {
  test('prints a configuration that says the same when it is read', async () => {
    writeFileSync(join(cwd, 'meshpulse.yaml'), 'listen: {port: 7001}\n');
    const { status, out } = await run('check', '--data', 'elsewhere');
    expect(status).toBe(0);
    writeFileSync(join(cwd, 'printed.yaml'), out);
    const config = loadConfig({ path: 'printed.yaml', env: {}, cwd });
    expect([config.listen.port, config.data]).toEqual([7001, join(cwd, 'elsewhere')]);
  });

  test('lists what is wrong, with status 2 and nothing on standard output', async () => {
    writeFileSync(join(cwd, 'mine.yaml'), 'listen: {port: x}\nrols: [api]\n');
    const { status, out, err } = await run('check', '--config', 'mine.yaml', '--roles', 'cook');
    expect({ status, out }).toEqual({ status: 2, out: '' });
    expect(
      err
        .trim()
        .split('\n')
        .map((line) => line.split('  ')[0]),
    ).toEqual(['--roles', 'mine.yaml:1:10', 'mine.yaml:2:1']);
  });

  test('takes the stream and its brokers from flags', async () => {
    const { status, out } = await run('check', '--stream', 'kafka', '--brokers', 'a:1,b:2');
    expect(status).toBe(0);
    expect(out).toContain('kind: kafka\n');
    expect(out).toContain('brokers:\n      - a:1\n      - b:2\n');
  });

  test('serve refuses the same before it starts anything', async () => {
    const { status, err } = await run('serve', '--host', '0.0.0.0');
    expect(status).toBe(2);
    expect(err).toContain('no token is set');
  });
});
