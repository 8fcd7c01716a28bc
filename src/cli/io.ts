import type { Env } from '../config/secrets.ts';

/** The world of a command, so that tests can stand in for it. */
export interface Io {
  /** Results and what the reader is to see. */
  out(text: string): void;
  /** Errors and logs. */
  err(text: string): void;
  env: Env;
  cwd: string;
  /** Whether `out` goes to a terminal that shows colours. */
  colors: boolean;
  /** Whether `err` goes to a terminal. */
  errIsTerminal: boolean;
}

/** 0: fine. 1: it failed while running. 2: it was asked for something that does not exist or may not be. */
export const EXIT = { ok: 0, failed: 1, wrongUse: 2 } as const;
