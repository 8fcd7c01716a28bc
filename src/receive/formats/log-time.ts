const RFC3339 =
  /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d\d):(\d\d))$/;
const EPOCH = /^(\d{1,15})(?:\.(\d{1,20}))?$/;
/** µs of the year 2200: later is nonsense, and end times stay far below 2^53. */
export const LATEST_US = 7_258_118_400_000_000;
/** An epoch from here on is milliseconds: as seconds it would be the year 5138, as milliseconds it is 1973. */
const FIRST_MS = 100_000_000_000;

/**
 * µs since the epoch, whole, of RFC 3339 with up to nine fraction digits, or of epoch seconds or milliseconds.
 * Null for anything else, for days that do not exist and for times outside the years 1970 to 2199.
 */
export function logTimeUs(text: string): number | null {
  const us = rfc3339Us(text) ?? epochUs(text);
  return us !== null && us >= 0 && us < LATEST_US ? us : null;
}

function rfc3339Us(text: string): number | null {
  const match = RFC3339.exec(text);
  if (match === null) return null;
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const offsetHours = Number(match[9] ?? 0);
  const offsetMinutes = Number(match[10] ?? 0);
  if (year < 1969 || hour > 23 || minute > 59 || second > 59) return null;
  if (offsetHours > 23 || offsetMinutes > 59) return null;
  const ms = Date.UTC(year, month - 1, day, hour, minute, second);
  // 31 February becomes a day of March.
  const date = new Date(ms);
  if (date.getUTCMonth() !== month - 1 || date.getUTCDate() !== day) return null;
  const offset = (offsetHours * 60 + offsetMinutes) * (match[8] === '-' ? -1 : 1);
  return (ms - offset * 60_000) * 1000 + fractionUs(match[7], 6);
}

function epochUs(text: string): number | null {
  const match = EPOCH.exec(text);
  if (match === null) return null;
  const whole = Number(match[1]);
  return whole < FIRST_MS
    ? whole * 1_000_000 + fractionUs(match[2], 6)
    : whole * 1000 + fractionUs(match[2], 3);
}

/** The first `digits` digits of a fraction; finer ones are cut. */
function fractionUs(fraction: string | undefined, digits: number): number {
  return Number((fraction ?? '').slice(0, digits).padEnd(digits, '0'));
}
