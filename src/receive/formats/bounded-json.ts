/** Deeper than any log record or span; above it a parser's own stack could be made to grow with the body. */
export const MAX_JSON_DEPTH = 64;

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
 * Throws SyntaxError, also for a body nested deeper than {@link MAX_JSON_DEPTH}.
 */
export function parseBoundedJson(body: Uint8Array): unknown {
  if (nestsDeeperThan(body, MAX_JSON_DEPTH)) {
    throw new SyntaxError(`JSON nested deeper than ${MAX_JSON_DEPTH} levels`);
  }
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
export function nestsDeeperThan(body: Uint8Array, limit: number): boolean {
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
      if (++depth > limit) return true;
    } else if ((byte | BRACE_BIT) === CLOSE) {
      depth--;
    }
  }
  return false;
}
