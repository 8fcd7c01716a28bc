import { parseArgs } from 'node:util';

/** What benches may be asked for besides being run; each takes what it knows. */
export interface Options {
  /** Length of a soak, or of the stream that is recovered from. */
  minutes: number | null;
  /** Events a second. */
  rate: number | null;
  /** Services of the mesh. */
  services: number | null;
}

export interface Asked {
  smoke: boolean;
  names: string[];
  options: Options;
}

export function readArguments(args: readonly string[]): Asked {
  const { values, positionals } = parseArgs({
    args: [...args],
    options: {
      smoke: { type: 'boolean', default: false },
      minutes: { type: 'string' },
      rate: { type: 'string' },
      services: { type: 'string' },
    },
    allowPositionals: true,
  });
  const { smoke, minutes, rate, services } = values;
  return {
    smoke,
    names: positionals,
    options: {
      minutes: positive('--minutes', minutes),
      rate: positive('--rate', rate),
      services: positive('--services', services),
    },
  };
}

function positive(name: string, text: string | undefined): number | null {
  if (text === undefined) return null;
  const value = Number(text);
  if (!(value > 0 && value < Infinity)) throw new Error(`${name} ${text}: not a number above 0`);
  return value;
}
