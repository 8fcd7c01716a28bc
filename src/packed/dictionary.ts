import { utf8Length } from './utf8-length.ts';

/** Up to as many texts are looked through one by one: for fewer a map does not pay. */
const FEW = 8;
/** Tag and length of one entry. */
const ENTRY_BYTES = 6;
/** UTF-8 of one UTF-16 unit. */
const MOST_BYTES = 3;

/**
 * Where in a dictionary a text was met last, by some of its letters: where to look first. One for all dictionaries, as
 * what it says is only taken when the text there is the one asked for.
 */
const hints = new Uint32Array(1024);

/** The distinct texts of one part, numbered from 1 in the order they came; 0 is null. */
export class Dictionary {
  readonly texts: (string | null)[] = [null];
  /** As many bytes as the texts could take at most, whatever is in them. */
  roughBytes = 0;
  #bytes = 0;
  #measured = 1;
  #indexes: Map<string, number> | null = null;

  /** Upper bound of the texts' bytes on the wire. To measure all of them at once, when it is asked for, costs least. */
  get bytes(): number {
    for (; this.#measured < this.texts.length; this.#measured++) {
      this.#bytes += ENTRY_BYTES + utf8Length(this.texts[this.#measured]!);
    }
    return this.#bytes;
  }

  indexOf(text: string | null): number {
    if (text === null) return 0;
    const { length } = text;
    const hint =
      (length +
        7 * text.charCodeAt(length - 1) +
        61 * text.charCodeAt(length >> 1) +
        509 * text.charCodeAt(length >> 2)) &
      1023;
    const hinted = hints[hint]!;
    if (hinted < this.texts.length && this.texts[hinted] === text) return hinted;
    const index = this.#find(text) ?? this.#add(text);
    hints[hint] = index;
    return index;
  }

  #find(text: string): number | undefined {
    if (this.#indexes !== null) return this.#indexes.get(text);
    const index = this.texts.indexOf(text);
    return index < 0 ? undefined : index;
  }

  #add(text: string): number {
    const index = this.texts.push(text) - 1;
    this.roughBytes += ENTRY_BYTES + MOST_BYTES * text.length;
    if (this.#indexes !== null) this.#indexes.set(text, index);
    else if (index > FEW) {
      this.#indexes = new Map();
      for (let i = 1; i <= index; i++) this.#indexes.set(this.texts[i]!, i);
    }
    return index;
  }
}
