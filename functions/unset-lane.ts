import type { LaneAnswer, LaneCalls } from '../src/stream/lane/calls.ts';
import { GrowthSum, type LaneFigures } from '../src/stream/lane/lane-figures.ts';
import type { Growth } from '../src/telemetry/metrics.ts';

/** Stands in for a lane while a setting is wrong: it takes nothing, and looks again later for who reads the outbox. */
export class UnsetLane implements LaneCalls {
  readonly #wakeIn: (ms: number) => void;
  readonly #growth = new GrowthSum();

  constructor(wakeIn: (ms: number) => void) {
    this.#wakeIn = wakeIn;
  }

  async append(): Promise<LaneAnswer> {
    const message = 'the lane is not set up right: see its log';
    return { refused: 'unavailable', message, inDoubt: false };
  }

  async count(growth: readonly Growth[]): Promise<void> {
    this.#growth.add(growth);
  }

  figures(): LaneFigures {
    return {
      appendedRecords: 0,
      spilledRecords: 0,
      outboxBytes: 0,
      waitingBytes: 0,
      connected: false,
      growth: this.#growth.list(),
    };
  }

  /** The platform tries an alarm that fails six times more, and then never again. */
  async wake(): Promise<void> {
    this.#wakeIn(AGAIN_MS);
  }
}

const AGAIN_MS = 60_000;
