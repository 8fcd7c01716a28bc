import { setTimeout as sleep } from 'node:timers/promises';
import { receivedByProvider } from '../quiet.ts';
import type { Journal } from '../senders/journal.ts';
import { ask } from './ask.ts';
import type { Fleet, MemberName } from './fleet.ts';
import type { Flow } from './flow.ts';

const CHECKS = 6;
const WITHIN_MS = 90_000;
const API = ['api-1', 'api-2'] as const satisfies readonly MemberName[];
const NOTIFY = ['notify-1', 'notify-2'] as const satisfies readonly MemberName[];

/**
 * Waits until all that was acknowledged is in the numbers of both api processes, they stand still and nobody is owed a
 * message; no longer than it must be, for the checks will say what is missing.
 */
export async function settled(
  fleet: Fleet,
  flow: Flow,
  journal: Journal,
): Promise<{
  served: ReadonlyMap<MemberName, ReadonlyMap<string, number>>;
  unsettled: string[];
}> {
  const unsettled: string[] = [];
  await Promise.all([fleet.ready(), flow.drained()]).catch((error: Error) => {
    unsettled.push(error.message);
  });
  let served = new Map<MemberName, Map<string, number>>();
  const late = performance.now() + WITHIN_MS;
  for (let still = 0; still < CHECKS; ) {
    if (performance.now() > late) {
      unsettled.push('numbers did not stand still, or somebody was still owed a message');
      break;
    }
    const now = new Map<MemberName, Map<string, number>>();
    for (const name of API) {
      now.set(name, receivedByProvider((await ask(fleet.port(name), '/metrics')) ?? ''));
    }
    const owed = await Promise.all(NOTIFY.map((name) => owedBy(fleet.port(name))));
    const same = API.every((name) => isSame(now.get(name)!, served.get(name)));
    const complete = API.every((name) => total(now.get(name)!) >= journal.acknowledgedRecords);
    still = same && complete && owed.every((count) => count === 0) ? still + 1 : 0;
    served = now;
    await sleep(500);
  }
  return { served, unsettled };
}

/** Messages that a notifier is still to send, by its own count; null when it does not say. */
async function owedBy(port: number): Promise<number | null> {
  const text = await ask(port, '/metrics');
  if (text === null) return null;
  return Number(/^meshpulse_notification_queue_length\{[^}]*\} (\d+)$/m.exec(text)?.[1] ?? 0);
}

function isSame(a: ReadonlyMap<string, number>, b?: ReadonlyMap<string, number>): boolean {
  return a.size === b?.size && [...a].every(([provider, count]) => b.get(provider) === count);
}

function total(counts: ReadonlyMap<string, number>): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}
