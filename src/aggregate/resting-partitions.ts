import type { Clock } from '../model/clock.ts';
import type { PartitionRunner } from './partition-runner.ts';

/**
 * Partitions that were taken away with nothing left to publish. One that comes back soon goes on from memory, which takes as
 * long as what came meanwhile; after that its memory is somebody else's.
 */
export class RestingPartitions {
  readonly #clock: Clock;
  readonly #resting = new Map<number, { partition: PartitionRunner; sinceMs: number }>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(number: number, partition: PartitionRunner): void {
    this.#resting.set(number, { partition, sinceMs: this.#clock() });
  }

  take(number: number): PartitionRunner | undefined {
    this.forget();
    const found = this.#resting.get(number);
    this.#resting.delete(number);
    return found?.partition;
  }

  forget(): void {
    const oldestMs = this.#clock() - REST_MS;
    for (const [number, { sinceMs }] of this.#resting) {
      if (sinceMs < oldestMs) this.#resting.delete(number);
    }
  }
}

/** Some rebalances follow each other: a roll-out, a member that is restarted. */
const REST_MS = 60_000;
