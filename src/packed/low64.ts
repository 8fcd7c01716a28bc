/** Value of each hex digit, by its ASCII code; 16 for what is none. */
export const HEX_DIGITS = new Uint8Array(128).fill(16);
for (let value = 0; value < 16; value++) {
  const digit = value.toString(16);
  HEX_DIGITS[digit.charCodeAt(0)] = value;
  HEX_DIGITS[digit.toUpperCase().charCodeAt(0)] = value;
}

/**
 * Sets the `row`th 64-bit number to the low 64 bits of a hex id; to 0 (which no valid id is) when it is absent or not
 * hex. As two words, the lower first: a BigInt for each row costs more than all its other columns.
 */
export function setLow64(words: Uint32Array, row: number, hex: string | null): void {
  let low = 0;
  let high = 0;
  if (hex !== null) {
    const { length } = hex;
    const middle = Math.max(length - 8, 0);
    const start = Math.max(length - 16, 0);
    let wrong = 0;
    // Looked at once, in the end: a branch for each digit takes longer than the digit.
    for (let at = start; at < middle; at++) {
      const code = hex.charCodeAt(at);
      const digit = HEX_DIGITS[code & 127]!;
      high = (high << 4) | digit;
      wrong |= (digit & 16) | (code >> 7);
    }
    for (let at = middle; at < length; at++) {
      const code = hex.charCodeAt(at);
      const digit = HEX_DIGITS[code & 127]!;
      low = (low << 4) | digit;
      wrong |= (digit & 16) | (code >> 7);
    }
    if (wrong !== 0) {
      low = 0;
      high = 0;
    }
  }
  words[2 * row] = low;
  words[2 * row + 1] = high;
}
