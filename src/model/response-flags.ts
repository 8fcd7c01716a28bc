/**
 * Envoy's response flags as bits, by their short names.
 *
 * Source: envoy `source/common/stream_info/stream_info_impl`/`utility.h` and the RESPONSE_FLAGS operator's page.
 * The bit numbers travel on the stream: append, never renumber.
 */
export const RESPONSE_FLAGS = [
  'UO',
  'UH',
  'DO',
  'UDO',
  'OM',
  'UF',
  'UC',
  'UR',
  'UPE',
  'URX',
  'LR',
  'DF',
  'LH',
  'UT',
  'UMSDR',
  'SI',
  'DT',
  'DC',
  'DR',
  'DPE',
  'IH',
  'RL',
  'RLSE',
  'UAEX',
  'NR',
  'NC',
  'NFCF',
  'FI',
  'DI',
  'RFCF',
] as const;

export type ResponseFlag = (typeof RESPONSE_FLAGS)[number];

/** Bit of each flag. Thirty flags, so every set is a non-negative 32-bit integer. */
export const FLAG: Readonly<Record<ResponseFlag, number>> = Object.fromEntries(
  RESPONSE_FLAGS.map((name, bit) => [name, 2 ** bit]),
) as Record<ResponseFlag, number>;

/** Set for a flag name that this version does not know (custom flags can be registered in Envoy). */
export const UNKNOWN_FLAG = 2 ** 30;

/** Reads `UF,URX` or `-`; order does not matter, unknown names set {@link UNKNOWN_FLAG}. */
export function parseFlags(text: string): number {
  if (text === '-' || text === '') return 0;
  let flags = 0;
  for (const name of text.split(',')) flags |= FLAG[name as ResponseFlag] ?? UNKNOWN_FLAG;
  return flags;
}

/** The names in a set, in bit order. */
export function flagNames(flags: number): ResponseFlag[] {
  return RESPONSE_FLAGS.filter((name) => (flags & FLAG[name]) !== 0);
}
