import { type ByteSource, textAt } from './byte-source.ts';
import { logTimeUs } from './log-time.ts';

const DOT = 0x2e;
const ZERO = 0x30;
const COLON = 0x3a;
const ZULU = 0x5a;
/** `2026-03-01T` */
const DATE = 11;
/** `2026-03-01T10:00:00` */
const SECONDS = 19;
const MAX_FRACTION = 9;

/** {@link logTimeUs} of a text by its bytes. Remembers the last day; only times of RFC 3339 in UTC are quick. */
export class LogTimes {
  readonly #date = new Uint8Array(DATE);
  /** µs since the epoch; -1 while no day is known. */
  #dayUs = -1;

  /** -1 where `logTimeUs` says null. */
  at(source: ByteSource, start: number, end: number): number {
    const { bytes } = source;
    const length = end - start;
    if (
      length > SECONDS &&
      length <= SECONDS + 2 + MAX_FRACTION &&
      bytes[end - 1] === ZULU &&
      bytes[start + 13] === COLON &&
      bytes[start + 16] === COLON &&
      this.#knows(source, start)
    ) {
      const hours = twoDigits(bytes, start + 11, 23);
      const minutes = twoDigits(bytes, start + 14, 59);
      const seconds = twoDigits(bytes, start + 17, 59);
      const fraction = fractionUs(bytes, start + SECONDS, end - 1);
      if (hours >= 0 && minutes >= 0 && seconds >= 0 && fraction >= 0) {
        return this.#dayUs + ((hours * 60 + minutes) * 60 + seconds) * 1_000_000 + fraction;
      }
    }
    return logTimeUs(textAt(source, start, end)) ?? -1;
  }

  #knows(source: ByteSource, start: number): boolean {
    const { bytes } = source;
    for (let at = 0; at < DATE; at++) {
      if (bytes[start + at] !== this.#date[at]) return this.#learn(source, start);
    }
    return this.#dayUs >= 0;
  }

  #learn(source: ByteSource, start: number): boolean {
    const date = source.bytes.subarray(start, start + DATE);
    const dayUs = logTimeUs(`${textAt(source, start, start + DATE)}00:00:00Z`);
    if (dayUs === null) return false;
    this.#date.set(date);
    this.#dayUs = dayUs;
    return true;
  }
}

/** -1 when they are no digits or more than `most`. */
function twoDigits(bytes: Uint8Array, at: number, most: number): number {
  const tens = bytes[at]! - ZERO;
  const ones = bytes[at + 1]! - ZERO;
  if (tens < 0 || tens > 9 || ones < 0 || ones > 9) return -1;
  const value = tens * 10 + ones;
  return value <= most ? value : -1;
}

/** Of `.250` or of nothing; what is finer than a microsecond is cut. -1 when it is neither. */
function fractionUs(bytes: Uint8Array, start: number, end: number): number {
  if (start === end) return 0;
  if (bytes[start] !== DOT || end - start < 2) return -1;
  let us = 0;
  let unit = 100_000;
  for (let at = start + 1; at < end; at++) {
    const digit = bytes[at]! - ZERO;
    if (digit < 0 || digit > 9) return -1;
    if (unit >= 1) us += digit * unit;
    unit /= 10;
  }
  return us;
}
