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
  const length = hex === null ? 0 : hex.length;
  for (let at = Math.max(length - 16, 0); at < length; at++) {
    const code = (hex as string).charCodeAt(at);
    const digit = code < 128 ? (HEX_DIGITS[code] as number) : 16;
    if (digit === 16) {
      low = 0;
      high = 0;
      break;
    }
    high = (high << 4) | (low >>> 28);
    low = (low << 4) | digit;
  }
  words[2 * row] = low;
  words[2 * row + 1] = high;
}
