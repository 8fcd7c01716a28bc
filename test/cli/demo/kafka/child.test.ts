import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { Child } from '../../../../src/cli/demo/kafka/child.ts';

const child = (script: string, path = process.execPath) =>
  new Child({ name: 'the trial', path, args: ['-e', script], cwd: tmpdir(), env: {} });
const { signal } = new AbortController();
const FOREVER = 'setInterval(() => {}, 1000)';

const isGone = (pid: number) => {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
};

test('is heard on both outputs, also when it speaks in pieces', async () => {
  const speaks = child(`process.stdout.write('it lis'); process.stderr.write('and more\\n');
    setTimeout(() => process.stdout.write('tens on 4711\\n'), 20); ${FOREVER}`);
  expect(await speaks.says(/more/, signal)).toBe('more');
  expect(await speaks.says(/tens on (\d+)\n/, signal)).toBe('4711');
  await speaks.kill();
  expect(isGone(speaks.pid)).toBe(true);
});

test('ends with its last words when it ends before it has said what was waited for', async () => {
  const fails = child(`console.error('no such thing'); process.exitCode = 3`);
  const said = expect(fails.says(/ready/, signal)).rejects;
  await said.toThrow('the trial ended (status 3), having said:\nno such thing');
});

test('that cannot be started says so', async () => {
  const none = child('', '/nowhere/at/all');
  await expect(none.finishes(signal)).rejects.toThrow('the trial did not start: spawn');
});

test('is awaited until it has finished well, and not when it has not', async () => {
  await child('').finishes(signal);
  await expect(child('process.exit(1)').finishes(signal)).rejects.toThrow('status 1');
});

test('is gone when what waited for it was interrupted', async () => {
  const stopping = new AbortController();
  const endless = child(FOREVER);
  const finished = endless.finishes(stopping.signal);
  stopping.abort();
  await expect(finished).rejects.toThrow(/abort/);
  expect(isGone(endless.pid)).toBe(true);
});

test('tells of an end that nobody asked for, and of no other', async () => {
  const told: string[] = [];
  const tell = (error: Error) => told.push(error.message);
  const killed = child(FOREVER).watch(tell);
  await killed.kill();
  const stopped = child(FOREVER).watch(tell);
  await stopped.stop();
  const died = child(FOREVER);
  const ended = new Promise<Error>((resolve) => died.watch(resolve));
  process.kill(died.pid, 'SIGKILL');
  expect((await ended).message).toBe('the trial ended (SIGKILL)');
  expect(told).toEqual([]);
});
