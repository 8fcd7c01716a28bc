/** Holds the senders for a while. */
export class Gate {
  #opened: PromiseWithResolvers<void> | null = null;
  #reached: PromiseWithResolvers<void> | null = null;

  /** Resolves once the senders wait at it: everything they had posted was answered. */
  close(): Promise<void> {
    this.#opened ??= Promise.withResolvers();
    this.#reached ??= Promise.withResolvers();
    return this.#reached.promise;
  }

  open(): void {
    this.#opened?.resolve();
    this.#opened = null;
    this.#reached = null;
  }

  /** Called by the senders, between posts. */
  async pass(): Promise<void> {
    this.#reached?.resolve();
    await this.#opened?.promise;
  }
}
