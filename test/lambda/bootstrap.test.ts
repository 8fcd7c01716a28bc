import { afterEach, describe, expect, test } from 'vitest';
import { until } from '../stream/until.ts';
import { bootstrapOf, type EnvironmentSetup, LambdaEnvironment } from './environment.ts';
import type { InvocationFailed } from './runtime-api.ts';

const environments: LambdaEnvironment[] = [];
afterEach(async () => {
  for (const environment of environments.splice(0)) await environment.close();
});

async function start(setup: EnvironmentSetup): Promise<LambdaEnvironment> {
  const environment = await LambdaEnvironment.start(setup);
  environments.push(environment);
  return environment;
}

const odd = () => start({ argv: bootstrapOf('odd-handler.ts') });
const invoke = async ({ api }: LambdaEnvironment, event: object) =>
  JSON.parse(await api.invoke(JSON.stringify(event))) as Record<string, unknown>;

describe('the client of the Runtime API', () => {
  test('serves one invocation after the other in one process, and tells each who it is', async () => {
    const environment = await odd();
    const both = await Promise.all([invoke(environment, {}), invoke(environment, {})]);
    const of = (n: number) => ({
      pid: environment.child.pid,
      invocations: n,
      id: `invocation-${n}`,
      arn: expect.stringContaining(':function:meshpulse'),
      inTime: true,
      trace: expect.stringContaining('Root='),
    });
    expect(both).toEqual([of(1), of(2)]);
  });

  test('tells what a handler threw, and goes on', async () => {
    const environment = await odd();
    const failing = invoke(environment, { throw: 'too much' });
    const { told } = (await failing.catch((error: unknown) => error)) as InvocationFailed;
    expect(told).toEqual({
      errorType: 'RangeError',
      errorMessage: 'too much',
      stackTrace: expect.arrayContaining([expect.stringContaining('odd-handler.ts')]),
    });
    const { pid } = environment.child;
    expect(await invoke(environment, {})).toMatchObject({ pid, invocations: 2 });
  });

  test('goes on where it was frozen', async () => {
    const environment = await odd();
    await invoke(environment, {});
    await until('it waits for the next', () => environment.api.isIdle, 60_000);
    environment.child.kill('SIGSTOP');
    const answer = invoke(environment, {});
    environment.child.kill('SIGCONT');
    expect(await answer).toMatchObject({ invocations: 2 });
  });

  test('says that there is no handler, and ends', async () => {
    const environment = await start({ argv: bootstrapOf('function-url.ts') });
    expect(await environment.ended).toBe(1);
    expect(environment.api.initError).toMatchObject({
      errorType: 'TypeError',
      errorMessage: expect.stringContaining('function-url.ts exports no function "handler"'),
    });
  });

  test('ends when nobody is at the address it was given', async () => {
    const environment = await start({ env: { AWS_LAMBDA_RUNTIME_API: '127.0.0.1:1' } });
    expect(await environment.ended).toBe(1);
    expect(environment.said.err).toContain('ECONNREFUSED');
  });
});
