/** Lets others wait for the next body that is about to be sent. */
export class Posts {
  #waiting: { bytes: number; resolve: (bytes: number) => void }[] = [];

  sending(bytes: number): void {
    const ready = this.#waiting.filter((one) => bytes >= one.bytes);
    this.#waiting = this.#waiting.filter((one) => bytes < one.bytes);
    for (const { resolve } of ready) resolve(bytes);
  }

  /** Resolves with its size, at least `bytes`. */
  next(bytes: number): Promise<number> {
    return new Promise((resolve) => this.#waiting.push({ bytes, resolve }));
  }
}
