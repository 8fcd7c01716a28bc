import pc from 'picocolors';
import type { Clock } from '../model/clock.ts';
import type { Log, LogFacts } from './log.ts';
import { plainFacts } from './log-facts.ts';

export const LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type Level = (typeof LEVELS)[number];

export interface LoggerOptions {
  /** Less severe events are not written. */
  level: Level;
  format: 'json' | 'human';
  /** Takes one line with its newline; must not throw. */
  write(line: string): void;
  clock: Clock;
  /** Human format only. */
  colors?: boolean;
}

/** One event per line: JSON with `time`, `level`, `event` and the facts beside them, or the same for people. */
export function createLogger({ level, format, write, clock, colors }: LoggerOptions): Log {
  const toLine = format === 'json' ? jsonLine : humanLine(pc.createColors(colors ?? false));
  const least = LEVELS.indexOf(level);
  const at = (own: Level) => {
    if (LEVELS.indexOf(own) < least) return () => {};
    return (event: string, facts?: LogFacts) =>
      write(toLine(clock(), own, event, plainFacts(facts ?? {})));
  };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

type ToLine = (now: number, level: Level, event: string, facts: LogFacts) => string;

const jsonLine: ToLine = (now, level, event, facts) =>
  `${JSON.stringify({ time: new Date(now).toISOString(), level, event, ...renamed(facts) })}\n`;

/** A fact must not pose as the event. */
function renamed(facts: LogFacts): LogFacts {
  const own = ['time', 'level', 'event'];
  return Object.fromEntries(
    Object.entries(facts).map(([name, value]) => [
      own.includes(name) ? `fact_${name}` : name,
      value,
    ]),
  );
}

function humanLine(color: ReturnType<typeof pc.createColors>): ToLine {
  const paint = { debug: color.dim, info: color.cyan, warn: color.yellow, error: color.red };
  return (now, level, event, facts) => {
    const time = color.dim(new Date(now).toISOString().slice(11, 23));
    const words = Object.entries(facts).map(
      ([name, value]) => `${color.dim(`${name}=`)}${humanValue(value)}`,
    );
    return `${[time, paint[level](level.toUpperCase().padEnd(5)), oneLine(event), ...words].join(' ')}\n`;
  };
}

function humanValue(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value) ?? String(value);
  return /^[^\s"=\p{C}]+$/u.test(value) ? value : oneLine(JSON.stringify(value));
}

/** Control characters could forge lines or drive the terminal; JSON escapes only those below U+0020. */
function oneLine(text: string): string {
  return text.replace(
    /\p{C}/gu,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
