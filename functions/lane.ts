import { DurableObject, type DurableObjectState } from 'cloudflare:workers';
import type { Bounded, LaneAnswer, LaneCalls, LaneFrame } from '../src/stream/lane/calls.ts';
import type { LaneFigures } from '../src/stream/lane/lane-figures.ts';
import type { Growth } from '../src/telemetry/metrics.ts';
import { openLane } from './open-lane.ts';
import { consoleLog } from './worker-log.ts';

/** The Durable Object that a Worker hands its records to: it has the connections to Kafka, and an outbox. */
export class Lane extends DurableObject implements LaneCalls {
  readonly #lane: ReturnType<typeof openLane>;

  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env);
    const { storage } = ctx;
    const clock = Date.now;
    const wakeIn = (ms: number) => void storage.setAlarm(clock() + ms);
    this.#lane = openLane({ sql: storage.sql, wakeIn, clock, log: consoleLog }, env);
  }

  append(frames: readonly LaneFrame[], bounded: Bounded | null): Promise<LaneAnswer> {
    return this.#lane.append(frames, bounded);
  }

  count(growth: readonly Growth[]): Promise<void> {
    return this.#lane.count(growth);
  }

  figures(): LaneFigures {
    return this.#lane.figures();
  }

  alarm(): Promise<void> {
    return this.#lane.wake();
  }
}
