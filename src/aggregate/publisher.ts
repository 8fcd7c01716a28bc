import { PARTITION_KEY, type PartitionState } from '../model/state.ts';
import { secondOf } from '../model/time.ts';
import { WINDOW_SECONDS, type WindowName } from '../model/windows.ts';

import type { Outputs } from './outputs.ts';
import { due, dueRollups } from './publishing.ts';
import type { Service } from './service.ts';
import type { StreamTime } from './stream-time.ts';

/** For checkpoints. */
export interface PublisherSnapshot {
  unpublished: boolean;
  second: number;
  appendMs: number;
}

/** When states and rollups are published. Time is the stream's. */
export class Publisher {
  /** Something was folded since the partition's state was published. */
  unpublished = false;
  /** A breaker moved in this record: its service's state follows at once. */
  moved = false;
  /** Watermark second that was last published. */
  #second = -1;
  #appendMs = 0;

  publish(
    directory: Iterable<Service>,
    time: StreamTime,
    outputs: Outputs,
    partitionState: () => PartitionState,
  ): void {
    const { watermarkUs } = time;
    const second = watermarkUs === null ? -1 : secondOf(watermarkUs);
    const seconds = second - this.#second;
    const newSecond = seconds > 0;
    if (watermarkUs !== null && (newSecond || this.moved)) {
      this.moved = false;
      const isBlind = (name: WindowName) => blindIn(name, time);
      const services = [...directory];
      for (const service of due(services, second, seconds)) {
        service.dirty = false;
        service.moved = false;
        service.publishedSecond = second;
        const value = service.state(watermarkUs, outputs.sequence, isBlind);
        outputs.push({ topic: 'state', key: service.name, value });
      }
    }
    if (newSecond) {
      for (const [service, minute] of dueRollups([...directory], second, seconds)) {
        const value = service.rollup(minute, second, outputs.sequence);
        service.rolledUp(minute);
        outputs.push({ topic: 'rollups', key: service.name, value });
      }
    }
    const aSecondSince = time.appendMs! - this.#appendMs >= 1_000;
    if (newSecond || (this.unpublished && aSecondSince)) {
      this.#second = Math.max(second, this.#second);
      this.#appendMs = time.appendMs!;
      this.unpublished = false;
      const value = partitionState();
      outputs.push({ topic: 'state', key: `${PARTITION_KEY}/${value.partition}`, value });
    } else {
      // A tick too many changes nothing, but whoever goes by the states must not take it for one that waits.
      this.unpublished = true;
    }
  }

  toJSON(): PublisherSnapshot {
    return { unpublished: this.unpublished, second: this.#second, appendMs: this.#appendMs };
  }

  restore({ unpublished, second, appendMs }: PublisherSnapshot): void {
    this.unpublished = unpublished;
    this.#second = second;
    this.#appendMs = appendMs;
  }
}

function blindIn(name: WindowName, time: StreamTime): boolean {
  const asOf = Math.floor(time.watermarkUs! / 1_000);
  return time.isBlind(asOf - WINDOW_SECONDS[name].length * 1_000, asOf);
}
