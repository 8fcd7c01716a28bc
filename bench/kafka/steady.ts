import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { SteadyJob, SteadyReport } from '../load/steady-sender.ts';

/** A sender at a fixed rate in a process of its own. */
export class Steady {
  readonly #child: ChildProcess;
  /** In posts answered 2xx. */
  events = 0;
  /** Posts otherwise answered, or not at all, by why. */
  readonly others: Record<string, number> = {};
  latencies: number[] = [];
  readonly ended: Promise<unknown>;

  constructor(job: SteadyJob) {
    const script = join(import.meta.dirname, '../load/steady-sender.ts');
    this.#child = fork(script, [JSON.stringify(job)]);
    this.ended = once(this.#child, 'exit');
    this.#child.on('message', (message) => this.#take(message as SteadyReport));
  }

  #take({ events, others, latencies }: SteadyReport): void {
    this.events += events;
    this.latencies.push(...latencies);
    for (const [what, count] of Object.entries(others)) {
      this.others[what] = (this.others[what] ?? 0) + count;
    }
  }
}
