/** Sizes of what is kept are multiples of the step; smaller bodies cost little, larger ones are seldom. */
const STEP = 64 * 1024;
const LARGEST = 1024 * 1024;
/** Bytes kept at most. */
const KEPT = 8 * 1024 * 1024;

/**
 * Memory that bodies are put together in, used again and again: a new piece for each body makes V8 collect the whole heap
 * several times a second, for it counts these bytes too.
 */
export class BodyBuffers {
  readonly #free = new Map<number, Uint8Array[]>();
  #keptBytes = 0;

  /** At least `length` bytes, with anything in them. */
  take(length: number): Uint8Array {
    if (length < STEP || length > LARGEST) return new Uint8Array(length);
    const size = STEP * Math.ceil(length / STEP);
    const buffer = this.#free.get(size)?.pop();
    if (buffer === undefined) return new Uint8Array(size);
    this.#keptBytes -= size;
    return buffer;
  }

  /** Gives back what {@link BodyBuffers.take} gave; nobody may look at it afterwards. */
  give(buffer: Uint8Array): void {
    const { length } = buffer;
    if (length < STEP || length > LARGEST || this.#keptBytes + length > KEPT) return;
    const free = this.#free.get(length);
    if (free === undefined) this.#free.set(length, [buffer]);
    else free.push(buffer);
    this.#keptBytes += length;
  }
}
