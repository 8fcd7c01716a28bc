import { lambdaHandler } from '../../functions/lambda-handler.ts';
import { RecordTooLarge, StreamFull, StreamUnavailable } from '../../src/stream/errors.ts';
import { type DoorsSetup, type OpenDoors, openDoors } from '../receive/harness.ts';

// The handler of an environment whose doors are opened, and looked into, over IPC.

export interface Command {
  id: number;
  open?: Omit<DoorsSetup, 'log' | 'failure'> & { failure?: { name: string; message: string } };
  look?: 'parts' | 'samples' | 'exposition';
}

const ERRORS = { StreamUnavailable, StreamFull, RecordTooLarge, Error };
type Serve = ReturnType<typeof lambdaHandler>;

let serve: Serve = () => Promise.reject(new Error('no doors are open'));
let doors: OpenDoors | null = null;

export const handler: Serve = (event) => serve(event);

process.on('message', async ({ id, open, look }: Command) => {
  if (open !== undefined) {
    const { failure, ...setup } = open;
    await doors?.close();
    const error = failure && new ERRORS[failure.name as keyof typeof ERRORS](failure.message);
    const unused = { fetch: () => Promise.reject(), close: async () => {} };
    doors = await openDoors(
      async (app) => {
        serve = lambdaHandler(app);
        return unused;
      },
      error === undefined ? setup : { ...setup, failure: error },
    );
  }
  process.send?.({ id, seen: look === undefined ? null : await doors?.[look]() });
});
