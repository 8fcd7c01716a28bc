import { describe, expect, test } from 'vitest';
import type { Running, StartMeshpulse, StartOptions } from '../../src/cli/running.ts';
import { serve } from '../../src/cli/serve.ts';
import type { Flags } from '../../src/config/flags.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { Env } from '../../src/config/secrets.ts';

function harness(
  start: StartMeshpulse,
  { env = {}, debug = false, flags = {} }: { env?: Env; debug?: boolean; flags?: Flags } = {},
) {
  const said = { out: '', err: '' };
  let now = 1_000_000;
  let heard: ((signal: NodeJS.Signals) => void) | null = null;
  let elapse: () => void = () => {};
  const status = serve({
    config: loadConfig({ env, cwd: '/srv', flags }),
    start,
    io: {
      out: (text) => {
        said.out += text;
      },
      err: (text) => {
        said.err += text;
      },
      env,
      cwd: '/srv',
      colors: false,
      errIsTerminal: false,
    },
    signals: (listener) => {
      heard = listener;
      return () => {
        heard = null;
      };
    },
    clock: () => now,
    timers: {
      sleep: (_ms, signal) =>
        new Promise((resolve, reject) => {
          elapse = resolve;
          signal?.addEventListener('abort', () => reject(new Error('aborted')));
        }),
    },
    debug,
  });
  return {
    said,
    status,
    send: (signal: NodeJS.Signals) => heard?.(signal),
    pass: (ms: number) => {
      now += ms;
    },
    elapse: () => elapse(),
    get listening() {
      return heard !== null;
    },
  };
}

const url = 'http://127.0.0.1:4320';

function running(stop: () => Promise<void> = () => Promise.resolve()) {
  let options: StartOptions | null = null;
  const start: StartMeshpulse = async (_config, given): Promise<Running> => {
    options = given;
    return { url, stop };
  };
  return { start, fail: (error: unknown) => options?.onFailed(error) };
}

const events = (err: string) =>
  err.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line).event] : []));

describe('while it runs', () => {
  test('it says where everything is, with a request to try, in 80 columns', async () => {
    const serving = harness(running().start);
    await expect.poll(() => serving.said.out).toContain('listens on http://127.0.0.1:4320');
    for (const part of [
      `${url}/`,
      `POST ${url}/v1/logs`,
      `POST ${url}/v1/access-logs`,
      `POST ${url}/api/v2/spans`,
      '/srv/data',
      'none: everyone on this machine may post and read',
    ]) {
      expect(serving.said.out).toContain(part);
    }
    expect(serving.said.out).not.toContain('\u001b');
    const table = serving.said.out.split('Send it a line')[0]!;
    expect(Math.max(...table.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    serving.send('SIGTERM');
    expect(await serving.status).toBe(0);
  });

  test('with tokens it names their providers and the header to send, never the tokens', async () => {
    const env = { MESHPULSE_TOKENS: 'shipper:ingest:0123456789abcdef,ops:query:fedcba9876543210' };
    const serving = harness(running().start, { env });
    await expect.poll(() => serving.said.out).toContain('2, of shipper, ops');
    expect(serving.said.out).toContain('-H "Authorization: Bearer $MESHPULSE_TOKEN"');
    expect(serving.said.out + serving.said.err).not.toContain('0123456789abcdef');
    serving.send('SIGTERM');
    await serving.status;
  });
});

test('listening on every address it says so, and what sets the base of links', async () => {
  const env = { MESHPULSE_TOKENS: 'shipper:ingest:0123456789abcdef' };
  const serving = harness(running().start, { env, flags: { host: '0.0.0.0' } });
  await expect.poll(() => serving.said.out).toContain(`listens on ${url} and every other address`);
  expect(serving.said.out).toContain('public_url sets their base');
  expect(serving.said.out).not.toContain('0.0.0.0');
  serving.send('SIGTERM');
  await serving.status;
});

test.each([
  ['receive', ['Send', 'may post\n'], ['Page', 'Slack', 'Data', 'read']],
  ['aggregate', [], ['Page', 'Send', 'Tokens', 'Slack', 'Data', 'Links']],
  ['api', ['Page', 'may read\n'], ['Send', 'Slack', 'Data', 'post']],
  ['notify', ['Slack', 'Links   public_url is off'], ['Page', 'Send', 'Tokens', 'Data']],
])(
  'a process with the role %s says which, and nothing that it does not do',
  async (role, said, unsaid) => {
    const env = { MESHPULSE_SLACK_WEBHOOK_URL: 'https://hooks.slack.example/services/x' };
    const flags = { stream: 'kafka', brokers: 'a:9092', roles: role };
    const serving = harness(running().start, { env, flags });
    await expect.poll(() => serving.said.out).toContain(`Roles   ${role}\n`);
    for (const part of said) expect(serving.said.out).toContain(part);
    const table = serving.said.out.split('Send it a line')[0]!;
    for (const part of unsaid) expect(table).not.toContain(part);
    expect(Math.max(...table.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    serving.send('SIGTERM');
    await serving.status;
  },
);

test('a process with all roles does not list them', async () => {
  const serving = harness(running().start);
  await expect.poll(() => serving.said.out).toContain('listens');
  expect(serving.said.out).not.toContain('Roles');
  serving.send('SIGTERM');
  await serving.status;
});

test('on Kafka it says where that is, and nothing of it without', async () => {
  const flags = { stream: 'kafka', brokers: 'a:9092,b:9092' };
  const serving = harness(running().start, { flags });
  await expect.poll(() => serving.said.out).toContain('a:9092, b:9092, topics meshpulse.*');
  const embedded = harness(running().start);
  await expect.poll(() => embedded.said.out).toContain('listens');
  expect(embedded.said.out).not.toContain('Kafka');
  for (const either of [serving, embedded]) {
    either.send('SIGTERM');
    await either.status;
  }
});

describe('a signal', () => {
  test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
    '%s drains and ends with 0',
    async (signal) => {
      let stopped = 0;
      const serving = harness(running(async () => void stopped++).start);
      await expect.poll(() => serving.said.out).toContain('listens');
      serving.send(signal);
      expect(await serving.status).toBe(0);
      expect(stopped).toBe(1);
      expect(events(serving.said.err)).toEqual(['listening', 'stopping', 'stopped']);
      expect(serving.listening).toBe(false);
    },
  );

  test('while it starts is remembered', async () => {
    const started = Promise.withResolvers<Running>();
    const serving = harness(() => started.promise);
    serving.send('SIGTERM');
    started.resolve({ url, stop: () => Promise.resolve() });
    expect(await serving.status).toBe(0);
  });

  test('delivered twice at once is one; a second one later ends the drain', async () => {
    const serving = harness(running(() => new Promise(() => {})).start);
    await expect.poll(() => serving.said.out).toContain('listens');
    serving.send('SIGINT');
    serving.send('SIGINT');
    await expect.poll(() => events(serving.said.err)).toContain('stopping');
    expect(events(serving.said.err)).not.toContain('stopped');
    serving.pass(600);
    serving.send('SIGINT');
    expect(await serving.status).toBe(1);
    expect(serving.said.err).toContain('meshpulse: stopped at once\n');
  });

  test('that cannot drain in time ends all the same', async () => {
    const serving = harness(running(() => new Promise(() => {})).start);
    await expect.poll(() => serving.said.out).toContain('listens');
    serving.send('SIGTERM');
    await expect.poll(() => events(serving.said.err)).toContain('stopping');
    serving.elapse();
    expect(await serving.status).toBe(1);
    expect(serving.said.err).toContain('not everything was finished within 10 s');
  });

  test('whose drain fails says so', async () => {
    const serving = harness(running(() => Promise.reject(new Error('disk full'))).start);
    await expect.poll(() => serving.said.out).toContain('listens');
    serving.send('SIGTERM');
    expect(await serving.status).toBe(1);
    expect(serving.said.err).toContain('meshpulse: disk full\n');
  });
});

describe('a failure', () => {
  const failing =
    (error: unknown): StartMeshpulse =>
    () =>
      Promise.reject(error);
  const errno = (code: string, syscall = 'listen') =>
    Object.assign(new Error(`${syscall} ${code}`), { code, syscall });

  test.each([
    [
      errno('EADDRINUSE'),
      '127.0.0.1:4320 is in use by another program; choose another port with --port',
    ],
    [errno('EACCES'), '127.0.0.1:4320 may not be listened on by this user'],
    [errno('EACCES', 'open'), 'open EACCES'],
    [errno('EADDRNOTAVAIL'), '127.0.0.1 is not an address of this machine'],
    [new Error('data/ is in use\n  by process 7'), 'data/ is in use by process 7'],
    ['text', 'text'],
  ])('to start (%s) is one clear line and status 1', async (error, expected) => {
    const serving = harness(failing(error));
    expect(await serving.status).toBe(1);
    expect(serving.said.err).toContain(`meshpulse: ${expected}`);
    expect(serving.said.err.trim().split('\n')).toHaveLength(1);
    expect(serving.said.out).toBe('');
  });

  test('shows its stack with --debug only', async () => {
    const serving = harness(failing(new Error('odd')), { debug: true });
    await serving.status;
    expect(serving.said.err).toContain('    at ');
  });

  test('while running drains what it can and ends with 1', async () => {
    let stopped = 0;
    const role = running(async () => void stopped++);
    const serving = harness(role.start);
    await expect.poll(() => serving.said.out).toContain('listens');
    role.fail(new Error('the stream is damaged'));
    expect(await serving.status).toBe(1);
    expect(stopped).toBe(1);
    expect(serving.said.err).toContain('meshpulse: the stream is damaged\n');
  });
});
