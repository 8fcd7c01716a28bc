/** What was opened, closed in the opposite order; one that fails does not keep the others open. */
export class Closing {
  readonly #closers: (() => Promise<void>)[] = [];
  #closed: Promise<void> | null = null;

  add(closer: () => Promise<void>): void {
    this.#closers.push(closer);
  }

  /** Rejects with the first failure when all are closed. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const failures: unknown[] = [];
    for (const closer of this.#closers.toReversed()) {
      await closer().catch((error: unknown) => failures.push(error));
    }
    if (failures.length > 0) throw failures[0];
  }
}
