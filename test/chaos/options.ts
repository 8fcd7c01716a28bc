import { parseArgs } from 'node:util';

export interface ChaosOptions {
  /** The run ends after so many kills, */
  kills: number;
  /** or after so many seconds, whichever comes first. */
  seconds: number;
  seed: number;
  /** Records a second, over all senders together. */
  rate: number;
}

export const DEFAULTS: Omit<ChaosOptions, 'seed'> = { kills: 40, seconds: 180, rate: 400 };

export const USAGE = `npm run chaos -- [--kills ${DEFAULTS.kills}] [--seconds ${DEFAULTS.seconds}] [--seed <number>] [--rate ${DEFAULTS.rate}]`;

/** @throws TypeError with a line for people */
export function parseOptions(argv: readonly string[], newSeed: () => number): ChaosOptions {
  const number = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...argv],
    options: { kills: number, seconds: number, seed: number, rate: number },
  });
  const whole = (name: keyof ChaosOptions, otherwise: number) => {
    const text = values[name];
    if (text === undefined) return otherwise;
    if (!/^\d{1,9}$/.test(text))
      throw new TypeError(`--${name} is ${text}; a whole number is wanted`);
    return Number(text);
  };
  return {
    kills: whole('kills', DEFAULTS.kills),
    seconds: whole('seconds', DEFAULTS.seconds),
    seed: whole('seed', newSeed()),
    rate: whole('rate', DEFAULTS.rate),
  };
}
