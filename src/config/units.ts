/** Durations and sizes as people write them: `500ms`, `10s`, `5m`, `24h`, `7d`; `64KiB`, `8MiB`, `1GiB`. */

const DURATION: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
const SIZE: Readonly<Record<string, number>> = {
  B: 1,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
  TiB: 1024 ** 4,
};

const WRITTEN = /^(\d{1,15}(?:\.\d{1,6})?)([A-Za-z]+)$/;

/** Milliseconds; null when the text is not a duration or not a whole number of ms. */
export function parseDuration(text: string): number | null {
  return parse(text, DURATION);
}

/** Bytes; null when the text is not a size or not a whole number of bytes. */
export function parseSize(text: string): number | null {
  return parse(text, SIZE);
}

/** The largest unit that writes it without a fraction: 90000 → `90s`. */
export function formatDuration(ms: number): string {
  return format(ms, DURATION);
}

export function formatSize(bytes: number): string {
  return format(bytes, SIZE);
}

function parse(text: string, units: Readonly<Record<string, number>>): number | null {
  const [, digits, unit] = WRITTEN.exec(text) ?? [];
  if (digits === undefined || unit === undefined || !Object.hasOwn(units, unit)) return null;
  const value = Number(digits) * (units[unit] ?? Number.NaN);
  return Number.isSafeInteger(value) ? value : null;
}

function format(value: number, units: Readonly<Record<string, number>>): string {
  let written = '';
  for (const [unit, factor] of Object.entries(units)) {
    if (written === '' || (value !== 0 && value % factor === 0))
      written = `${value / factor}${unit}`;
  }
  return written;
}
