import { BodyBuffers } from './body-buffers.ts';

/** Bounds of one request, in bytes and records. */
export interface ReceiveLimits {
  /** Largest compressed body, as it travels. A body without compression is bounded by `maxInflatedBytes`. */
  maxBodyBytes: number;
  /** Largest body after inflating. */
  maxInflatedBytes: number;
  /** Most records in one request. */
  maxRecords: number;
  /** Bytes of all bodies held at once, travelled and inflated. */
  maxBytesInFlight: number;
}

const MIB = 1024 * 1024;

export const DEFAULT_LIMITS: ReceiveLimits = {
  maxBodyBytes: 8 * MIB,
  maxInflatedBytes: 32 * MIB,
  maxRecords: 50_000,
  maxBytesInFlight: 256 * MIB,
};

/** The defaults where nothing is given; several of the largest bodies always fit at once, unless said otherwise. */
export function effectiveLimits(given: Partial<ReceiveLimits> = {}): ReceiveLimits {
  const limits = { ...DEFAULT_LIMITS, ...given };
  const largest = limits.maxBodyBytes + limits.maxInflatedBytes;
  const maxBytesInFlight = Math.max(DEFAULT_LIMITS.maxBytesInFlight, 4 * largest);
  return { ...limits, maxBytesInFlight: given.maxBytesInFlight ?? maxBytesInFlight };
}

/** Counts bytes that are held now against a bound, and keeps memory for them. One per receiver. */
export class ByteBudget {
  readonly buffers = new BodyBuffers();
  readonly #max: number;
  #used = 0;

  constructor(max: number) {
    this.#max = max;
  }

  get used(): number {
    return this.#used;
  }

  /** A holder takes bytes one by one and gives them all back at once. */
  hold(): ByteHold {
    return new ByteHold(this);
  }

  /** False when it does not fit; nothing is taken then. */
  take(bytes: number): boolean {
    if (this.#used + bytes > this.#max) return false;
    this.#used += bytes;
    return true;
  }

  release(bytes: number): void {
    this.#used -= bytes;
  }
}

export class ByteHold {
  readonly #budget: ByteBudget;
  #held = 0;
  #buffer: Uint8Array | null = null;

  constructor(budget: ByteBudget) {
    this.#budget = budget;
  }

  /** False when it does not fit; nothing is taken then. */
  take(bytes: number): boolean {
    if (!this.#budget.take(bytes)) return false;
    this.#held += bytes;
    return true;
  }

  /** The chunks as one piece, which is good until the release. To be asked for once. */
  join(chunks: readonly Uint8Array[], length: number): Uint8Array {
    const buffer = this.#budget.buffers.take(length);
    this.#buffer = buffer;
    let at = 0;
    for (const chunk of chunks) {
      buffer.set(chunk, at);
      at += chunk.length;
    }
    return buffer.subarray(0, length);
  }

  release(): void {
    this.#budget.release(this.#held);
    this.#held = 0;
    if (this.#buffer !== null) this.#budget.buffers.give(this.#buffer);
    this.#buffer = null;
  }
}
