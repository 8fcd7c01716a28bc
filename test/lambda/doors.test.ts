import { once } from 'node:events';
import { afterAll, beforeAll } from 'vitest';
import { doorsSuiteOver } from '../receive/doors.suite.ts';
import type { DoorsSetup, OpenDoors } from '../receive/harness.ts';
import type { Command } from './doors-handler.ts';
import { bootstrapOf, LambdaEnvironment } from './environment.ts';

let environment: LambdaEnvironment;
let commands = 0;

beforeAll(async () => {
  environment = await LambdaEnvironment.start({ argv: bootstrapOf('doors-handler.ts'), ipc: true });
  // Its first answer comes once it has loaded everything.
  await ask({});
}, 60_000);
afterAll(() => environment.close());

async function ask(command: Omit<Command, 'id'>): Promise<unknown> {
  const id = ++commands;
  environment.child.send({ id, ...command });
  const [answer] = (await once(environment.child, 'message')) as [{ id: number; seen: unknown }];
  if (answer.id !== id) throw new Error(`asked ${id}, answered ${answer.id}`);
  return answer.seen;
}

/** In the environment's process, which is as warm as the last test has left it. */
async function openInLambda({ failure, ...setup }: DoorsSetup = {}): Promise<OpenDoors> {
  const { name, message } = failure ?? {};
  const told = name === undefined ? {} : { failure: { name, message: message ?? '' } };
  await ask({ open: { ...setup, ...told } });
  let text = '';
  const look = async () => {
    text = (await ask({ look: 'exposition' })) as string;
  };
  return {
    async fetch(path, init) {
      const response = await environment.fetch(path, init);
      await look();
      return response;
    },
    parts: () => ask({ look: 'parts' }) as ReturnType<OpenDoors['parts']>,
    samples: () => ask({ look: 'samples' }) as ReturnType<OpenDoors['samples']>,
    exposition: () => text,
    close: async () => {},
  };
}

doorsSuiteOver(openInLambda);
