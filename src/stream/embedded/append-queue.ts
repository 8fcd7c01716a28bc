import { admit } from '../checks.ts';
import type { Position } from '../record.ts';
import type { GroupHold } from './group-hold.ts';
import type { Write } from './store.ts';

/** Most bytes one group writes: writing blocks the event loop, and this bounds for how long. */
const GROUP_BYTES = 4 * 1024 * 1024;

export interface AppendQueueOptions {
  /** Writes a group in one step, or throws and has written nothing. */
  write(writes: readonly Write[]): Position[][];
  /** Calls back at the end of the turn. */
  schedule(flush: () => void): void;
  /** Lets small groups wait for company; null: nothing waits longer than its turn. */
  hold: GroupHold | null;
  maxWaitingBytes: number;
}

interface Waiting {
  write: Write;
  bytes: number;
  resolve(positions: readonly Position[]): void;
  reject(error: unknown): void;
}

/** Group commit: what is added within one turn, or while a group is held, is written in one step, in its order. */
export class AppendQueue {
  readonly #options: AppendQueueOptions;
  #waiting: Waiting[] = [];
  #bytes = 0;
  #scheduled = false;

  constructor(options: AppendQueueOptions) {
    this.#options = options;
  }

  /** Rejects with StreamFull or RecordTooLarge if `bounded`, and with whatever writing throws. */
  add(write: Write, bytes: number, bounded: boolean): Promise<readonly Position[]> {
    return new Promise((resolve, reject) => {
      if (bounded) admit(bytes, this.#bytes, this.#options.maxWaitingBytes);
      this.#waiting.push({ write, bytes, resolve, reject });
      this.#bytes += bytes;
      this.#schedule();
    });
  }

  /** Writes all that waits, now. */
  drain(): void {
    while (this.#waiting.length > 0) this.#writeGroup();
  }

  #schedule(): void {
    const { hold, schedule } = this.#options;
    if (this.#scheduled || hold?.isHolding(this.#waiting.length, this.#bytes) === true) return;
    this.#scheduled = true;
    schedule(() => this.#turnEnded());
  }

  #turnEnded(): void {
    this.#scheduled = false;
    const { length } = this.#waiting;
    if (length === 0) return;
    const over = () => this.#writeNext();
    if (this.#options.hold?.holds(length, this.#bytes, over) !== true) this.#writeNext();
  }

  #writeNext(): void {
    if (this.#waiting.length > 0) this.#writeGroup();
    if (this.#waiting.length > 0) this.#schedule();
  }

  #writeGroup(): void {
    const group = this.#takeGroup();
    try {
      const positions = this.#options.write(group.map(({ write }) => write));
      for (let index = 0; index < group.length; index++) group[index]!.resolve(positions[index]!);
    } catch (error) {
      for (const { reject } of group) reject(error);
    }
    this.#options.hold?.written(group.length);
  }

  #takeGroup(): Waiting[] {
    let count = 0;
    let bytes = 0;
    while (count < this.#waiting.length) {
      const next = this.#waiting[count]!.bytes;
      if (count > 0 && bytes + next > GROUP_BYTES) break;
      bytes += next;
      count++;
    }
    this.#bytes -= bytes;
    return this.#waiting.splice(0, count);
  }
}
