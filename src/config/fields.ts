import * as z from 'zod';
import { nearest } from './suggest.ts';
import { formatDuration, formatSize, parseDuration, parseSize } from './units.ts';

/** What a key of the file means: error texts and docs/configuration.md are made from it. */
export interface KeyFacts {
  /** Ends the sentence "allowed: …". */
  allowed: string;
  /** One sentence for the reader of the docs. */
  means: string;
  /** A wrong value may be a secret put in the wrong place: never repeat it. */
  sensitive?: boolean;
  /** What a wrong value probably lacks; not for sensitive ones. */
  hint?: (wrong: unknown) => string | null;
}

export const keyFacts = z.registry<KeyFacts>();

/** Says what a key means and allows. */
export function key<T extends z.ZodType>(schema: T, facts: KeyFacts): T {
  keyFacts.add(schema, facts);
  return schema;
}

/** An object of the file: unknown keys are refused, absent ones take their defaults. */
export function section<T extends z.core.$ZodLooseShape>(shape: T) {
  return z.strictObject(shape).prefault({} as never);
}

export function wholeNumber(min: number, max: number, preset: number, means: string) {
  const allowed = `a whole number from ${min} to ${max}`;
  return key(z.int().min(min).max(max).prefault(preset), { allowed, means });
}

/** A fraction above 0. */
export function positiveFraction(preset: number, means: string) {
  const allowed = 'a number above 0, at most 1 (0.5 is 50 %)';
  return key(z.number().gt(0).max(1).prefault(preset), { allowed, means });
}

/** A fraction that may be 0. */
export function fraction(preset: number, means: string) {
  const allowed = 'a number from 0 to 1 (0.01 is 1 %)';
  return key(z.number().min(0).max(1).prefault(preset), { allowed, means });
}

export function yesNo(preset: boolean, means: string) {
  return key(z.boolean().prefault(preset), { allowed: 'true or false', means });
}

export function oneOf<const T extends readonly [string, ...string[]]>(
  values: T,
  preset: T[number],
  means: string,
) {
  const hint = meantOf(values);
  return key(z.enum(values).prefault(preset as never), { allowed: values.join(', '), means, hint });
}

/** Finds the word that was meant, in a list too. */
export function meantOf(words: readonly string[]): (wrong: unknown) => string | null {
  return (wrong) => {
    const all: unknown[] = Array.isArray(wrong) ? wrong : [wrong];
    for (const word of all) {
      if (typeof word !== 'string' || words.includes(word)) continue;
      const meant = nearest(word, words);
      if (meant !== null) return `did you mean ${meant}?`;
    }
    return null;
  };
}

/** A duration such as `10s`, in ms once read. */
export function duration(min: string, max: string, preset: string, means: string) {
  const allowed = `a duration from ${min} to ${max}, such as ${preset}`;
  return key(span(min, max).prefault(preset), { allowed, means });
}

/** A duration in whole seconds, as the windows are made of cells of one second. */
export function seconds(min: string, max: string, preset: string, means: string) {
  const whole = span(min, max).refine((ms) => ms % 1000 === 0);
  const allowed = `a duration in whole seconds from ${min} to ${max}, such as ${preset}`;
  return key(whole.prefault(preset), { allowed, means });
}

/** A duration, or `off` (null once read). */
export function durationOrOff(min: string, max: string, means: string) {
  const off = z.codec(z.literal('off'), z.null(), {
    decode: () => null,
    encode: () => 'off' as const,
  });
  const schema = z.union([off, span(min, max)]).prefault('off');
  return key(schema, { allowed: `off, or a duration from ${min} to ${max}, such as 500ms`, means });
}

/** A size such as `8MiB`, or a plain number of bytes. */
export function size(min: string, max: string, preset: string, means: string) {
  const least = parseSize(min) ?? 0;
  const most = parseSize(max) ?? 0;
  const schema = z
    .codec(z.union([z.string(), z.number()]), z.int().min(least).max(most), {
      decode: (written) => (typeof written === 'number' ? written : (parseSize(written) ?? -1)),
      encode: formatSize,
    })
    .prefault(preset);
  return key(schema, { allowed: `a size from ${min} to ${max}, such as ${preset}`, means });
}

function span(min: string, max: string) {
  const least = parseDuration(min) ?? 0;
  const most = parseDuration(max) ?? 0;
  return z.codec(z.string(), z.int().min(least).max(most), {
    decode: (written) => parseDuration(written) ?? -1,
    encode: formatDuration,
  });
}
