import { Writer } from '../../src/packed/writer.ts';

/** Writes fields one by one, as no encoder would. */
export class Fields {
  readonly #writer = new Writer();

  constructor() {
    this.#writer.begin();
  }

  uint(field: number, value: number): void {
    this.#writer.uint(field, value);
  }

  string(field: number, text: string): void {
    this.#writer.string(field, text);
  }

  bytes(field: number, value: Uint8Array): void {
    this.#writer.delimited(field, value);
  }

  nested(field: number, write: () => void): void {
    const start = this.#writer.open(field, 0);
    write();
    this.#writer.close(start, 0);
  }

  finish(): Uint8Array {
    return this.#writer.finish();
  }
}
