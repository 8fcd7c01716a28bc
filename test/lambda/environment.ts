import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join, resolve } from 'node:path';
import { eventOf, type FunctionAnswer, responseOf } from './function-url.ts';
import { LoopbackRuntimeApi } from './runtime-api.ts';

const BOOTSTRAP = join(import.meta.dirname, '../../functions/lambda-bootstrap.ts');

/** What Lambda sets beside the settings of a function. */
const RESERVED = {
  _HANDLER: 'index.handler',
  LAMBDA_TASK_ROOT: '/var/task',
  AWS_LAMBDA_FUNCTION_NAME: 'meshpulse',
  AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
  AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/meshpulse',
  AWS_LAMBDA_LOG_STREAM_NAME: '2026/11/28/[$LATEST]0f1e2d3c',
  AWS_REGION: 'eu-central-1',
};

export interface EnvironmentSetup {
  /** Settings of the function. */
  env?: Readonly<Record<string, string>>;
  /** The command that polls the Runtime API; default: our bootstrap with functions/lambda.ts. */
  argv?: readonly string[];
  /** To be spoken to beside the Runtime API. */
  ipc?: boolean;
}

/** One environment of a Lambda function: a process of its own that polls a Runtime API of its own. */
export class LambdaEnvironment {
  readonly api: LoopbackRuntimeApi;
  readonly child: ChildProcess;
  /** What it exited with, once all it printed is there. */
  readonly ended: Promise<number | null>;
  readonly said = { out: '', err: '' };

  static async start(setup: EnvironmentSetup = {}): Promise<LambdaEnvironment> {
    return new LambdaEnvironment(await LoopbackRuntimeApi.start(), setup);
  }

  private constructor(api: LoopbackRuntimeApi, { env, argv = [BOOTSTRAP], ipc }: EnvironmentSetup) {
    this.api = api;
    const { PATH = '' } = process.env;
    this.child = spawn(process.execPath, argv, {
      env: { PATH, ...RESERVED, AWS_LAMBDA_RUNTIME_API: api.address, ...env },
      stdio: ['ignore', 'pipe', 'pipe', ...(ipc ? (['ipc'] as const) : [])],
      serialization: 'advanced',
    });
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.said.out += text;
    });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.said.err += text;
    });
    this.ended = once(this.child, 'close').then(([status]) => {
      api.gone(`the environment ended: ${this.said.err}`);
      return status as number | null;
    });
  }

  /** Through the function URL. */
  readonly fetch = async (path: string, init?: RequestInit): Promise<Response> => {
    const event = await eventOf(path, init);
    if (event === null) return new Response('{"Message":null}', { status: 413 });
    return responseOf(await this.invoke(event));
  };

  async invoke(event: string): Promise<FunctionAnswer> {
    return JSON.parse(await this.api.invoke(event)) as FunctionAnswer;
  }

  /** Its log: JSON, a line for each event. */
  get log(): Record<string, unknown>[] {
    const lines = this.said.out.split('\n').filter((line) => line !== '');
    return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  async close(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended;
    await this.api.close();
  }
}

/** The command that serves what another file of this folder, or of any, exports as `handler`. */
export function bootstrapOf(file: string): string[] {
  return [BOOTSTRAP, resolve(import.meta.dirname, file)];
}
