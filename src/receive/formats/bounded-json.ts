/** Deeper than any log record or span; above it a parser's own stack could be made to grow with the body. */
const MAX_JSON_DEPTH = 64;
/** Spans and log records have one list or object in 20 bytes and more; an empty one in 3 bytes takes 50 of memory. */
const BYTES_PER_CONTAINER = 16;
const FREE_CONTAINERS = 1000;

/** Most lists and objects that a body of so many bytes may hold. */
export function maxContainers(bytes: number): number {
  return FREE_CONTAINERS + bytes / BYTES_PER_CONTAINER;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** `[` and `{` (0x5b, 0x7b), `]` and `}` (0x5d, 0x7d) differ in this bit only. */
const BRACE_BIT = 0x20;
const OPEN = 0x7b;
const CLOSE = 0x7d;

// No JSON text has these raw (RFC 8259, section 7), but proxies copy header bytes into strings.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROLS = /[\u0000-\u001f]/g;

/**
 * Parses a whole body as one JSON value. Invalid UTF-8 becomes U+FFFD, a byte order mark is skipped, raw control
 * characters inside strings become spaces.
 *
 * Throws SyntaxError, also for a body that would take memory out of proportion to its size.
 */
export function parseBoundedJson(body: Uint8Array): unknown {
  checkShape(body);
  const text = new TextDecoder().decode(body);
  try {
    return JSON.parse(text);
  } catch (error) {
    const cleaned = text.replace(CONTROLS, ' ');
    if (cleaned === text) throw error;
    return JSON.parse(cleaned);
  }
}

/** One pass over the bytes, constant memory. Right for JSON; for anything else the parser will say so. */
function checkShape(body: Uint8Array): void {
  const most = maxContainers(body.length);
  let containers = 0;
  let depth = 0;
  let inString = false;
  for (let i = 0; i < body.length; i++) {
    const byte = body[i]!;
    if (inString) {
      if (byte === BACKSLASH) i++;
      else if (byte === QUOTE) inString = false;
    } else if (byte === QUOTE) {
      inString = true;
    } else if ((byte | BRACE_BIT) === OPEN) {
      if (++depth > MAX_JSON_DEPTH) {
        throw new SyntaxError(`JSON nested deeper than ${MAX_JSON_DEPTH} levels`);
      }
      if (++containers > most) {
        throw new SyntaxError(
          `JSON with over ${containers - 1} lists and objects in ${body.length} bytes`,
        );
      }
    } else if ((byte | BRACE_BIT) === CLOSE) {
      depth--;
    }
  }
}
