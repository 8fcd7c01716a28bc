import { utf8Length } from './utf8-length.ts';

/** Up to as many texts are looked through one by one: for fewer a map does not pay. */
const FEW = 16;
/** Tag and length of one entry. */
const ENTRY_BYTES = 6;
/** UTF-8 of one UTF-16 unit. */
const MOST_BYTES = 3;

/** A power of two. */
const HINTS = 1024;

/**
 * Where in a dictionary a text was met last, by some of its letters: where to look first. One for all dictionaries, as
 * what it says is only taken when the text there is the one asked for.
 */
const hints = new Uint32Array(HINTS);

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
    const hint = hintOf(text);
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

/** Names often begin and end alike. More letters would make fewer of them meet, but each costs as much as it saves. */
function hintOf(text: string): number {
  const { length } = text;
  const middle = length >> 1;
  const letters =
    7 * text.charCodeAt(middle - 1) +
    61 * text.charCodeAt(middle) +
    509 * text.charCodeAt(length >> 2);
  return (letters + length) & (HINTS - 1);
}
