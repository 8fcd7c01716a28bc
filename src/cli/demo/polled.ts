import { setTimeout as sleep } from 'node:timers/promises';
import type { Timers } from '../../model/clock.ts';

const EVERY_MS = 100;

/** Resolves when it holds. @throws what `holds` does, or when the signal comes */
export async function polled(holds: () => Promise<boolean>, signal: AbortSignal): Promise<void> {
  while (!(await holds())) await sleep(EVERY_MS, undefined, { signal });
}

/** Real ones. */
export const timers: Timers = {
  sleep: (ms, signal) => sleep(ms, undefined, signal ? { signal } : {}).catch(() => {}),
};
