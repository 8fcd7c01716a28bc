/** Unsigned 32-bit numbers, as many as come. */
export class Words {
  #words = new Uint32Array(FEW);
  length = 0;

  push(word: number): void {
    if (this.length === this.#words.length) this.#grow();
    this.#words[this.length++] = word;
  }

  /** All of them; good until the next is pushed or they are cleared. */
  get all(): Uint32Array {
    return this.#words.subarray(0, this.length);
  }

  clear(): void {
    this.length = 0;
    if (this.#words.length > KEPT) this.#words = new Uint32Array(FEW);
  }

  #grow(): void {
    const larger = new Uint32Array(2 * this.#words.length);
    larger.set(this.#words);
    this.#words = larger;
  }
}

const FEW = 1024;
/** More is not kept for the next time. */
const KEPT = 2 ** 20;
