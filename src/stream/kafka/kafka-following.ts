import { StreamUnavailable } from '../errors.ts';
import { FollowingWaiters, reportFailure } from '../following-waiters.ts';
import type { StreamRecord, Topic } from '../record.ts';
import type { Following } from '../source.ts';
import type { KafkaCluster } from './client.ts';
import { FetchLoop, type FetchLoopOptions } from './fetch-loop.ts';

export interface KafkaFollowingOptions extends Pick<FetchLoopOptions, 'name' | 'offsets' | 'log'> {
  topic: Topic;
  partitions: number;
  cluster: KafkaCluster;
  onRecords(records: readonly StreamRecord[]): void | Promise<void>;
  onFailed: ((error: unknown) => void) | undefined;
  /** Called once, when nothing more is read. */
  released(): void;
}

/** Hands every record of a topic to one callback. */
export class KafkaFollowing implements Following {
  readonly #options: KafkaFollowingOptions;
  readonly #loop: FetchLoop;
  #running: Promise<void> = Promise.resolve();
  readonly #waiters: FollowingWaiters;

  private constructor(options: KafkaFollowingOptions) {
    this.#options = options;
    this.#loop = new FetchLoop({
      ...options,
      deliver: async (_partition, records) => options.onRecords(records),
      moved: () => this.#waiters.settle(),
    });
    this.#waiters = new FollowingWaiters((partition) => this.#loop.position(partition));
  }

  static async open(
    options: KafkaFollowingOptions,
    from: 'start' | 'end',
  ): Promise<KafkaFollowing> {
    const following = new KafkaFollowing(options);
    const ranges = await following.#ranges();
    following.#running = following.#run(ranges, from);
    return following;
  }

  async caughtUp(): Promise<void> {
    const ranges = await this.#ranges();
    await this.#waiters.reach(ranges.map(({ end }) => end));
  }

  async stop(): Promise<void> {
    this.#loop.stop();
    await this.#running;
  }

  #ranges(): Promise<{ first: number; end: number }[]> {
    const { offsets, topic, partitions } = this.#options;
    const all = Array.from({ length: partitions }, (_, partition) => partition);
    return Promise.all(all.map((partition) => offsets.range(topic, partition)));
  }

  async #run(
    ranges: readonly { first: number; end: number }[],
    from: 'start' | 'end',
  ): Promise<void> {
    // The follower first gets its Following.
    await new Promise((resolve) => setImmediate(resolve));
    try {
      for (const [partition, { first, end }] of ranges.entries()) {
        this.#loop.add(partition, from === 'start' ? first : end, end);
      }
      await this.#loop.run();
      this.#end(new StreamUnavailable(`following ${this.#options.topic} was stopped`));
    } catch (error) {
      this.#end(error);
      reportFailure(error, this.#options.onFailed);
    }
    await this.#options.cluster.disconnect();
  }

  #end(error: unknown): void {
    this.#waiters.end(error);
    this.#options.released();
  }
}
