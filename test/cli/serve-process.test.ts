import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type Launched, launch, olderNode } from './launching.ts';

let cwd: string;
let launched: Launched[];
beforeEach(() => {
  cwd = mkdtempSync(join(tmpdir(), 'meshpulse-serve-'));
  launched = [];
});
afterEach(async () => {
  for (const { child } of launched) child.kill('SIGKILL');
  await Promise.all(launched.map(({ ended }) => ended));
  rmSync(cwd, { recursive: true });
});

function serve(argv: string[] = [], node = process.execPath): Launched {
  const server = launch(['serve', '--port', '0', ...argv], { node, cwd });
  launched.push(server);
  return server;
}

async function urlOf({ said, ended }: Launched): Promise<string> {
  const listening = expect.poll(() => said.out, { timeout: 15_000 }).toContain('listens on');
  await Promise.race([
    listening,
    ended.then((status) => {
      throw new Error(`it ended with ${status} instead of listening: ${said.err}`);
    }),
  ]);
  return /listens on (\S+)/.exec(said.out)![1]!;
}

async function countsOf(url: string): Promise<string> {
  return (await fetch(`${url}/metrics`)).text();
}

describe.each([
  ['this Node', process.execPath],
  ['an older Node', olderNode()],
])('serve, started with %s', (_name, node) => {
  test.skipIf(node === null)('listens, becomes ready and ends with 0 on SIGTERM', async () => {
    const server = serve([], node!);
    const url = await urlOf(server);
    await expect
      .poll(async () => (await fetch(`${url}/readyz`)).status, { timeout: 15_000 })
      .toBe(200);
    server.child.kill('SIGTERM');
    expect(await server.ended).toBe(0);
    expect(server.said.err).not.toContain('Warning');
    expect(server.said.err).not.toContain('    at ');
  });
});

test('the request it offers to try is taken and counted', async () => {
  const server = serve();
  const url = await urlOf(server);
  const [, command] = /Send it a line of your own:\n\n(.*?)\n\n/s.exec(server.said.out)!;
  execFileSync('sh', ['-c', command!]);
  await expect
    .poll(() => countsOf(url), { timeout: 15_000 })
    .toMatch(/^meshpulse_events_counted_total\{.*input="access_logs".*\} 1$/m);
});

test('a data folder deleted under it ends it with what was lost, instead of answers that nothing keeps', async () => {
  const server = serve(['--data', 'data']);
  const url = await urlOf(server);
  rmSync(join(cwd, 'data'), { recursive: true });
  expect(await server.ended).toBe(1);
  await expect(fetch(`${url}/healthz`)).rejects.toThrow();
  const lines = server.said.err.split('\n');
  const complaint = lines.filter((line) => line.startsWith('meshpulse: '));
  expect(complaint).toHaveLength(1);
  expect(complaint[0]).toMatch(/stream\.db is gone: it was deleted .* lost with it/);
  expect(lines.filter((line) => line.includes('stream.file_gone'))).toHaveLength(1);
}, 30_000);

const noPrlimit =
  process.platform !== 'linux' || spawnSync('prlimit', ['--version']).error !== undefined;

test.skipIf(noPrlimit)(
  'a full disk shows in readiness, until there is room again',
  async () => {
    const server = serve();
    const url = await urlOf(server);
    const ready = async () => {
      const response = await fetch(`${url}/readyz`);
      return { status: response.status, body: await response.text() };
    };
    const limit = (bytes: number | 'unlimited') =>
      execFileSync('prlimit', [`--pid=${server.child.pid}`, `--fsize=${bytes}:unlimited`]);
    await expect.poll(ready, { timeout: 15_000 }).toMatchObject({ status: 200 });
    limit(1000);
    const posted = await fetch(`${url}/v1/access-logs`, { method: 'POST', body: 'no record\n' });
    expect(posted.status).toBe(503);
    const { status, body } = await ready();
    expect(status).toBe(503);
    expect(JSON.parse(body).missing).toEqual([
      { part: 'stream', why: expect.stringMatching(/^cannot be written: .*disk/) },
    ]);
    limit('unlimited');
    await expect.poll(ready, { timeout: 20_000 }).toMatchObject({ status: 200 });
  },
  60_000,
);

test('a port that is taken is one clear line and status 1', async () => {
  const port = new URL(await urlOf(serve())).port;
  const second = serve(['--port', port, '--data', 'other']);
  expect(await second.ended).toBe(1);
  expect(second.said.err).toContain(`meshpulse: 127.0.0.1:${port} is in use by another program`);
  expect(second.said.err).not.toContain('    at ');
});

test('a data folder that is in use is one clear line and status 1', async () => {
  await urlOf(serve());
  const second = serve();
  expect(await second.ended).toBe(1);
  const complaint = second.said.err.split('\n').filter((line) => line.startsWith('meshpulse: '));
  expect(complaint).toHaveLength(1);
  expect(complaint[0]).toContain(join(cwd, 'data'));
  expect(second.said.err).not.toContain('    at ');
});
