/** Structured log: an event name and its facts. Secrets and record contents never go in. */
export interface Log {
  debug(event: string, facts?: LogFacts): void;
  info(event: string, facts?: LogFacts): void;
  warn(event: string, facts?: LogFacts): void;
  error(event: string, facts?: LogFacts): void;
}

export type LogFacts = Readonly<Record<string, unknown>>;

export const noLog: Log = { debug() {}, info() {}, warn() {}, error() {} };
