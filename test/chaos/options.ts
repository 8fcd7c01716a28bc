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

/** What one command line asks for. */
export interface Asked extends ChaosOptions {
  /** On a Kafka of three nodes, with two processes of every role. */
  kafka: boolean;
  /** Of the topics in Kafka. */
  partitions: number;
}

export const DEFAULTS: Omit<ChaosOptions, 'seed'> = { kills: 40, seconds: 180, rate: 400 };
/** Eleven processes share the machine. */
const KAFKA_DEFAULTS = { kills: 50, seconds: 900, rate: 200, partitions: 8 };

const flags = (of: typeof DEFAULTS) =>
  `[--kills ${of.kills}] [--seconds ${of.seconds}] [--seed <number>] [--rate ${of.rate}]`;
export const USAGE = `npm run chaos -- ${flags(DEFAULTS)}
npm run chaos -- --kafka ${flags(KAFKA_DEFAULTS)} [--partitions ${KAFKA_DEFAULTS.partitions}]`;

/** @throws TypeError with a line for people */
export function parseOptions(argv: readonly string[], newSeed: () => number): Asked {
  const number = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...argv],
    options: {
      kafka: { type: 'boolean' },
      kills: number,
      seconds: number,
      seed: number,
      rate: number,
      partitions: number,
    },
  });
  const { kafka = false } = values;
  const defaults = kafka ? KAFKA_DEFAULTS : DEFAULTS;
  if (!kafka && values.partitions !== undefined) {
    throw new TypeError('--partitions is for --kafka: the embedded stream has one');
  }
  const whole = (name: keyof ChaosOptions | 'partitions', otherwise: number) => {
    const text = values[name];
    if (text === undefined) return otherwise;
    if (!/^\d{1,9}$/.test(text))
      throw new TypeError(`--${name} is ${text}; a whole number is wanted`);
    return Number(text);
  };
  return {
    kafka,
    kills: whole('kills', defaults.kills),
    seconds: whole('seconds', defaults.seconds),
    seed: whole('seed', newSeed()),
    rate: whole('rate', defaults.rate),
    partitions: whole('partitions', KAFKA_DEFAULTS.partitions),
  };
}
