import type { Transition } from '../../model/breaker.ts';
import type { Clock, Timers } from '../../model/clock.ts';
import type { Mesh } from './mesh.ts';

export interface StoryOptions {
  mesh: Mesh;
  clock: Clock;
  timers: Timers;
  /** Roll-up states the ratings breaker has gone to, oldest first. */
  states: () => readonly Transition['to'][];
  say: (text: string) => void;
  /** Shows the services now. */
  show: () => void;
  /** What happens while the first outage's breaker is open. */
  whileOpen: () => Promise<void>;
}

export const BROKEN = 'ratings';
const HEALTHY_MS = 6_000;
const MESSAGE_MS = 2_000;
const PATIENCE_MS = 60_000;

/** Healthy for some seconds, then an outage of ratings until its breaker opens, then the way back to CLOSED. */
export async function tellStory(options: StoryOptions, signal: AbortSignal): Promise<void> {
  const { say, timers } = options;
  say('Healthy traffic: 5 % of calls fail, one in ten is slow.');
  await timers.sleep(HEALTHY_MS, signal);
  options.show();
  await breakIt(options, signal, options.whileOpen);
}

/** One outage: breaks ratings, mends it when its breaker has opened, waits until it has closed. */
export async function breakIt(
  options: StoryOptions,
  signal: AbortSignal,
  whileOpen = async () => {},
): Promise<void> {
  const { mesh, say, show, states } = options;
  const before = states().length;
  const reaches = (state: Transition['to']) =>
    until(() => states().slice(before).includes(state), options, signal, state);
  say(`\nNow every call to ${BROKEN} fails.`);
  mesh.errors.set(BROKEN, 1);
  await reaches('OPEN');
  show();
  say(`\n${BROKEN} is mended; its breaker waits, then judges the next ten calls.`);
  mesh.errors.delete(BROKEN);
  await whileOpen();
  await reaches('HALF_OPEN');
  say(`\nThe breaker of ${BROKEN} is HALF-OPEN.`);
  await reaches('CLOSED');
  // The message of the close comes first, then what is said next.
  await options.timers.sleep(MESSAGE_MS, signal);
}

async function until(
  reached: () => boolean,
  { clock, timers }: StoryOptions,
  signal: AbortSignal,
  state: string,
): Promise<void> {
  const deadline = clock() + PATIENCE_MS;
  while (!signal.aborted && !reached()) {
    if (clock() > deadline) throw new Error(`the breaker of ${BROKEN} did not become ${state}`);
    await timers.sleep(100, signal);
  }
}
