import { setTimeout as sleep } from 'node:timers/promises';
import { ask } from '../../chaos/kafka/ask.ts';
import type { Flow } from '../../chaos/kafka/flow.ts';
import { receivedByProvider } from '../../chaos/quiet.ts';
import { until } from '../../stream/until.ts';
import type { Edge } from './world.ts';

const PATIENCE_MS = 120_000;
/** Looks at numbers that must not change any more. */
const STILL = 4;

export async function outboxEmpty(edge: Edge): Promise<void> {
  await until('the outboxes are empty', async () => (await edge.outboxBytes()) === 0, PATIENCE_MS);
}

/** Waits until all that was acknowledged is counted and stands still. `provider` → records received, as the API says. */
export async function counted(
  edge: Edge,
  flow: Flow,
  acknowledged: number,
): Promise<ReadonlyMap<string, number>> {
  await outboxEmpty(edge);
  await flow.drained();
  let before = '';
  let still = 0;
  let received = new Map<string, number>();
  await until(
    'the API has it all',
    async () => {
      await sleep(300);
      received = receivedByProvider((await ask(edge.apiPort, '/metrics')) ?? '');
      const all = [...received.values()].reduce((sum, count) => sum + count, 0);
      const now = JSON.stringify([...received]);
      still = now === before && all >= acknowledged ? still + 1 : 0;
      before = now;
      return still === STILL;
    },
    PATIENCE_MS,
  );
  return received;
}
