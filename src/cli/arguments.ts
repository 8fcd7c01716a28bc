import { parseArgs } from 'node:util';
import { nearest } from '../config/suggest.ts';

export const COMMANDS = ['serve', 'check', 'topics', 'demo', 'help', 'version'] as const;
export type Command = (typeof COMMANDS)[number];

export interface CommandFlags {
  config?: string;
  host?: string;
  port?: string;
  data?: string;
  roles?: string;
  stream?: string;
  brokers?: string;
  /** Of `topics` only. */
  create?: boolean;
  debug?: boolean;
}

export type Parsed =
  | { command: Exclude<Command, 'demo' | 'help'>; flags: CommandFlags }
  /** `about` a command, or all of them. */
  | { command: 'help'; about?: Command }
  /** The demo reads its own arguments. */
  | { command: 'demo'; rest: string[] }
  | { command: null; problem: string };

const OPTIONS = {
  config: { type: 'string' },
  host: { type: 'string' },
  port: { type: 'string' },
  data: { type: 'string' },
  roles: { type: 'string' },
  stream: { type: 'string' },
  brokers: { type: 'string' },
  create: { type: 'boolean' },
  debug: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean', short: 'v' },
} as const;

/** Never throws: what cannot be understood comes back as a problem with a suggestion. */
export function parseArguments(argv: readonly string[]): Parsed {
  const [first, ...rest] = argv;
  if (first === 'demo') return { command: 'demo', rest };
  try {
    const { values, positionals } = parseArgs({
      args: [...argv],
      options: OPTIONS,
      allowPositionals: true,
    });
    const { help, version, ...flags } = values;
    const [word, extra] = positionals;
    if (help)
      return word !== undefined && isCommand(word)
        ? { command: 'help', about: word }
        : { command: 'help' };
    if (version) return { command: 'version', flags };
    if (word === undefined && argv.length === 0) return { command: 'help' };
    if (word === undefined) return wrong('no command was given', COMMANDS.join(', '));
    if (!isCommand(word)) {
      return wrong(`unknown command "${word}"${didYouMean(word, COMMANDS)}`, COMMANDS.join(', '));
    }
    if (word === 'demo') return wrong('flags of the demo come after it', 'meshpulse demo --help');
    if (extra !== undefined) {
      const isInList = [values.roles, values.brokers].some((list) => list?.endsWith(','));
      const hint = isInList ? '; lists are without spaces' : '';
      return wrong(`"${extra}" is one argument too many${hint}`, `meshpulse ${word}`);
    }
    if (flags.create && word !== 'topics')
      return wrong('--create goes with another command', 'meshpulse topics --create');
    return word === 'help' ? { command: 'help' } : { command: word, flags };
  } catch (error) {
    return fromNode(error as Error);
  }
}

function fromNode(error: Error): Parsed {
  const flag = /'(?:-\w, )?(-[^' ]*)/.exec(error.message)?.[1] ?? '';
  const names = Object.keys(OPTIONS).map((name) => `--${name}`);
  if ((error as NodeJS.ErrnoException).code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION') {
    return wrong(`unknown flag "${flag}"${didYouMean(flag, names)}`, names.join(', '));
  }
  return wrong(error.message.split('\n')[0]!.replace(/\.$/, ''), names.join(', '));
}

function wrong(what: string, allowed: string): Parsed {
  return { command: null, problem: `${what}${what.endsWith('?') ? '' : ';'} allowed: ${allowed}` };
}

function didYouMean(word: string, candidates: readonly string[]): string {
  const meant = nearest(word, candidates);
  return meant === null ? '' : `; did you mean ${meant}?`;
}

function isCommand(word: string): word is Command {
  return (COMMANDS as readonly string[]).includes(word);
}
