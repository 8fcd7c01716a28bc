export type JsonObject = Readonly<Record<string, unknown>>;

/** One bit of an integer for each level; log records nest four deep. */
const MAX_DEPTH = 31;

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const NEWLINE = 0x0a;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;

/** Bytes of numbers, `true`, `false` and `null`. */
const LITERAL = new Uint8Array(256);
for (const char of '0123456789+-.eEtrufalsn') LITERAL[char.charCodeAt(0)] = 1;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Where the object, array or string that begins at `start` ends (exclusive); -1 when it does not: cut off, nested
 * too deep, a bracket where none may be, a line's end inside a string. Strict enough that a cut record fails at its
 * successor's first bracket instead of swallowing it; whether it is JSON is left to JSON.parse.
 */
export function endOfJson(body: Uint8Array, start: number): number {
  let depth = 0;
  /** Bit n: the container at depth n is an array. */
  let arrays = 0;
  /** The last byte outside strings that is not white space. */
  let before = 0;
  for (let i = start; i < body.length; i += 1) {
    const byte = body[i]!;
    if (byte <= 0x20) continue;
    if (byte === QUOTE) {
      i = closingQuote(body, i + 1);
      if (i < 0) return -1;
      if (depth === 0) return i + 1;
    } else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
      const inArray = (arrays >>> depth) & 1;
      const allowed =
        depth === 0 ||
        (inArray === 1 ? before === COMMA || before === OPEN_ARRAY : before === COLON);
      if (!allowed || depth === MAX_DEPTH) return -1;
      depth += 1;
      arrays = byte === OPEN_ARRAY ? arrays | (1 << depth) : arrays & ~(1 << depth);
    } else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
      if (((arrays >>> depth) & 1) !== (byte === CLOSE_ARRAY ? 1 : 0)) return -1;
      depth -= 1;
      if (depth === 0) return i + 1;
    } else if (byte !== COMMA && byte !== COLON && LITERAL[byte] !== 1) {
      return -1;
    }
    before = byte;
  }
  return -1;
}

/** The quote that ends a string whose first character is at `from`; -1 when its line ends before it. */
function closingQuote(body: Uint8Array, from: number): number {
  for (let i = from; i < body.length; i += 1) {
    const byte = body[i];
    if (byte === QUOTE) return i;
    if (byte === NEWLINE) return -1;
    if (byte === BACKSLASH && body[i + 1] !== NEWLINE) i += 1;
  }
  return -1;
}

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** Lenient: invalid UTF-8 becomes U+FFFD. */
export function decodeText(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/**
 * The JSON value in `bytes`, whose nesting {@link endOfJson} has bounded; undefined when they are none.
 * Raw control characters, which JSON forbids but proxies copy out of headers, count as spaces.
 */
export function parseValue(bytes: Uint8Array): unknown {
  const text = decodeText(bytes);
  const value = parse(text);
  return value === undefined ? parse(text.replace(/\p{Cc}/gu, ' ')) : value;
}

/** As {@link parseValue}; null when the value is no object. */
export function parseObject(bytes: Uint8Array): JsonObject | null {
  const value = parseValue(bytes);
  return isObject(value) ? value : null;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
