import type { Clock, Stopwatch, Timers } from '../model/clock.ts';
import type { PartitionState } from '../model/state.ts';
import type { RecordSource } from '../stream/source.ts';
import type { Log } from '../telemetry/log.ts';
import { type Delay, PartitionWatch } from './partition-watch.ts';

export interface DelaysOptions {
  source: RecordSource;
  /** Compared with the stream's, at the start only. */
  clock: Clock;
  stopwatch: Stopwatch;
  timers: Timers;
  log: Log;
  /** The newest state of a partition, as the views have it. */
  stateOf(partition: number): PartitionState | undefined;
  /** Other partitions are delayed than before, or for another reason. */
  changed(): void;
}

/**
 * Which partitions of `requests` the views know too little of: compares what the stream has, looked at once a second, with
 * what the states say is folded.
 */
export class Delays {
  readonly #options: DelaysOptions;
  readonly #partitions: PartitionWatch[] = [];
  readonly #stopping = new AbortController();
  #isLooking = false;
  #told = '';
  #running: Promise<void> = Promise.resolve();

  constructor(options: DelaysOptions) {
    this.#options = options;
  }

  /** To be called once the states that are there have been read. */
  start(): void {
    const { source, clock, stopwatch, stateOf } = this.#options;
    const nowMs = stopwatch();
    for (let partition = 0; partition < source.partitions('requests'); partition++) {
      const state = () => stateOf(partition);
      // Nobody was here to see it: of the stream's clock, which should not be far from ours.
      const age = Math.max(0, clock() - (state()?.appendTime ?? clock()));
      this.#partitions.push(new PartitionWatch(partition, state, nowMs, nowMs - age));
    }
    this.#running = this.#run();
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  /** By partition. */
  list(): Delay[] {
    const nowMs = this.#options.stopwatch();
    return this.#partitions.flatMap((watch) => watch.delay(nowMs) ?? []);
  }

  of(partition: number): Delay | null {
    return this.#partitions[partition]?.delay(this.#options.stopwatch()) ?? null;
  }

  /** Records that are not folded yet; null when that is not known. */
  lag(partition: number): number | null {
    return this.#partitions[partition]?.lag(this.#options.stopwatch()) ?? null;
  }

  async #run(): Promise<void> {
    const { timers } = this.#options;
    while (!this.#stopping.signal.aborted) {
      void this.#look();
      await timers.sleep(LOOK_MS, this.#stopping.signal);
      if (!this.#stopping.signal.aborted) this.#tell();
    }
  }

  /** One at a time: a stream that does not answer is not asked more and more. */
  async #look(): Promise<void> {
    if (this.#isLooking) return;
    this.#isLooking = true;
    const { source, stopwatch, log } = this.#options;
    try {
      const ends = await source.ends('requests');
      const nowMs = stopwatch();
      for (const [partition, end] of ends.entries()) {
        if (end !== null) this.#partitions[partition]?.saw(end, nowMs);
      }
    } catch (error) {
      log.debug('ends_unknown', { error: String(error) });
    } finally {
      this.#isLooking = false;
    }
  }

  #tell(): void {
    const delays = this.list();
    const text = delays.map(({ partition, reason }) => `${partition}: ${reason}`).join(', ');
    if (text === this.#told) return;
    this.#told = text;
    const { log, changed } = this.#options;
    if (text === '') log.info('data_up_to_date');
    else log.warn('data_delayed', { partitions: text });
    changed();
  }
}

const LOOK_MS = 1_000;
