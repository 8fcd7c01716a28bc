import type { Clock } from '../model/clock.ts';
import type { Message } from '../packed/message.ts';
import type { StreamRecord } from '../stream/record.ts';
import type { LogFacts } from '../telemetry/log.ts';
import type { Changed } from './changes/changes.ts';

/** What a recovery has read, and the ms of each of its steps: for the log. */
export class RecoveryFigures {
  readonly #clock: Clock;
  #since: number;
  #facts: Record<string, number> = {};

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#since = clock();
  }

  /** Counts a record of `requests`; hands its message through. */
  decoded(record: StreamRecord, message: Message | null): Message | null {
    this.#add('records', 1);
    this.#add('bytes', record.value?.length ?? 0);
    const parts = message?.kind === 'parts' ? message.parts : [];
    for (const { frame } of parts) this.#add('events', frame.events);
    return message;
  }

  /** Counts rollups; that they have ended is the end of a step. */
  async *rollups<T>(source: AsyncIterable<readonly T[]>): AsyncGenerator<readonly T[]> {
    for await (const rollups of source) {
      this.#add('rollups', rollups.length);
      yield rollups;
    }
    this.ended('rollupsMs');
  }

  /** Counts changes; hands them through. */
  async *changes(source: AsyncIterable<Changed[]>): AsyncGenerator<Changed[]> {
    for await (const batch of source) {
      for (const { place } of batch) {
        this.#add('changes', 1);
        this.#add('events', place.length);
      }
      yield batch;
    }
  }

  /** A step ends now, and the next begins. */
  ended(step: string): void {
    const now = this.#clock();
    this.#facts[step] = now - this.#since;
    this.#since = now;
  }

  /** All since this was last asked. */
  take(): LogFacts {
    const facts = this.#facts;
    this.#facts = {};
    return facts;
  }

  #add(name: string, count: number): void {
    this.#facts[name] = (this.#facts[name] ?? 0) + count;
  }
}
