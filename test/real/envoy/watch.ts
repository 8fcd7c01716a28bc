import { setTimeout as sleep } from 'node:timers/promises';
import type { World } from './world.ts';

/** What both sides said at one moment, which is somewhere between two readings of the clock. */
export interface Sample {
  beforeMs: number;
  afterMs: number;
  /** Envoy's counters and gauges. */
  stats: Readonly<Record<string, number>>;
  /** State of the `observed` roll-up by service, as Meshpulse's API has it. */
  states: Readonly<Record<string, string>>;
}

/** Looks at Envoy's counters and at our API a few times a second, while other things happen. */
export class Watch {
  readonly samples: Sample[] = [];
  readonly #watching: Promise<void>;
  #stopped = false;

  constructor(world: World) {
    const watch = async () => {
      while (!this.#stopped) {
        this.samples.push(await sample(world));
        await sleep(250);
      }
    };
    this.#watching = watch();
    // Told by stop().
    this.#watching.catch(() => {});
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#watching;
  }
}

async function sample({ envoy, meshpulse }: World): Promise<Sample> {
  const beforeMs = Date.now();
  const stats = await envoy.stats();
  const afterMs = Date.now();
  const { breakers } = await meshpulse.get<{ breakers: Rollup[] }>(
    '/api/v1/breakers?basis=observed',
  );
  const rollups = breakers.filter(({ rollup }) => rollup);
  const states = Object.fromEntries(rollups.map(({ destination, state }) => [destination, state]));
  return { beforeMs, afterMs, stats, states };
}

type Rollup = { rollup: boolean; destination: string; state: string };
