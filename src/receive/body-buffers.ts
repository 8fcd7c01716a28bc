/** Smallest and largest kept, bytes; sizes are powers of two. */
const SMALLEST = 64 * 1024;
const LARGEST = 1024 * 1024;
/** At most so many of all sizes are kept. */
const KEPT = 32;

/**
 * Memory that bodies are put together in, used again and again: a new piece for each body makes V8 collect the whole heap
 * several times a second, for it counts these bytes too.
 */
export class BodyBuffers {
  readonly #free = new Map<number, Uint8Array[]>();
  #kept = 0;

  /** At least `length` bytes, with anything in them. */
  take(length: number): Uint8Array {
    const size = sizeOf(length);
    const buffer = this.#free.get(size)?.pop();
    if (buffer === undefined) return new Uint8Array(size);
    this.#kept--;
    return buffer;
  }

  /** Gives back what {@link BodyBuffers.take} gave; nobody may look at it afterwards. */
  give(buffer: Uint8Array): void {
    const { length } = buffer;
    if (length > LARGEST || this.#kept === KEPT) return;
    const free = this.#free.get(length);
    if (free === undefined) this.#free.set(length, [buffer]);
    else free.push(buffer);
    this.#kept++;
  }
}

function sizeOf(length: number): number {
  if (length > LARGEST) return length;
  let size = SMALLEST;
  while (size < length) size *= 2;
  return size;
}
