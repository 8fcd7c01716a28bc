/**
 * A body with places that differ from post to post: ids, so that nothing is a copy of what was sent before, and times.
 * Filling them in costs a fraction of making the body anew, which would measure the sender.
 */
export class Template {
  readonly #bytes: Buffer;
  readonly #slots: { at: number; kind: Kind }[] = [];

  /** `body` has the marks below where something is to be filled in. */
  constructor(body: Uint8Array) {
    this.#bytes = Buffer.from(body);
    const text = this.#bytes.toString('latin1');
    for (const { 0: mark, index } of text.matchAll(MARKS)) {
      if (mark.startsWith(ID_CHARACTER)) {
        this.#bytes.fill('a', index, index + mark.length - ID_DIGITS);
        this.#slots.push({ at: index + mark.length - ID_DIGITS, kind: 'id' });
      } else {
        this.#slots.push({ at: index, kind: KINDS[mark[0]!]! });
      }
    }
  }

  get length(): number {
    return this.#bytes.length;
  }

  /** Writes the body into `target`. The same `post` (0 and up) makes the same ids. @param ms the time in it */
  fill(target: Buffer, post: number, ms: number): Buffer {
    this.#bytes.copy(target);
    const iso = new Date(ms).toISOString();
    const micros = String(ms * 1000);
    const nanos = BigInt(ms) * 1_000_000n;
    let id = post * this.#slots.length;
    for (const { at, kind } of this.#slots) {
      if (kind === 'id') target.write(hex(id++), at, 'latin1');
      else if (kind === 'iso') target.write(iso, at, 'latin1');
      else if (kind === 'micros') target.write(micros, at, 'latin1');
      else target.writeBigUInt64LE(nanos, at);
    }
    return target.subarray(0, this.#bytes.length);
  }
}

type Kind = 'id' | 'iso' | 'micros' | 'nanos';

const ID_DIGITS = 12;
const ID_CHARACTER = '\x7f';
const KINDS: Readonly<Record<string, Kind>> = { '~': 'iso', '^': 'micros', '\x04': 'nanos' };
// biome-ignore lint/suspicious/noControlCharactersInRegex: marks that no body holds by itself and JSON does not escape
const MARKS = /\x7f{12,}|~{24}|\^{16}|\x04{8}/g;

/** Marks of a template. */
export const MARK = {
  /** Hex digits, at least 12. */
  id: (digits: number) => ID_CHARACTER.repeat(digits),
  /** `2026-11-23T12:00:00.000Z` */
  iso: '~'.repeat(24),
  /** µs since the epoch, in decimal. */
  micros: '^'.repeat(16),
  /** ns since the epoch, little-endian. */
  nanos: new Uint8Array(8).fill(4),
};

function hex(value: number): string {
  return value.toString(16).padStart(ID_DIGITS, '0');
}
