import type { Config } from './config.ts';

export interface LoadOptions {
  /** File to read; absent: `meshpulse.yaml` in `cwd` if it is there. */
  path?: string;
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  /** From the command line; they win over the file and are checked the same. */
  flags?: Flags;
}

export interface Flags {
  host?: string;
  port?: string;
  data?: string;
  roles?: string;
}

export function loadConfig(_options: LoadOptions): Config {
  throw new Error('not written yet');
}
