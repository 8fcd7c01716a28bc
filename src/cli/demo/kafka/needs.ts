import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Of a clone: the demo of Kafka is not for an installed package. */
const ROOT = join(import.meta.dirname, '../../../..');
export const INSTALLER = join(ROOT, 'infra/real-parts/kafka.sh');
const LAUNCHER = join(ROOT, '.real-parts/kafka/kafka');
const OLDEST_JAVA = 17;

/** What this machine has of what Kafka needs. */
export interface Found {
  /** Major version of `java`; null: there is none that runs. */
  java: number | null;
  /** Path of what runs Kafka; null: not installed. */
  launcher: string | null;
  maven: boolean;
  windows: boolean;
}

export type Verdict =
  | { kind: 'ready'; launcher: string }
  | { kind: 'install' }
  /** What is missing and how to get it. */
  | { kind: 'missing'; what: string };

export function judge({ java, launcher, maven, windows }: Found): Verdict {
  if (windows) return missing('runs on Linux and macOS only');
  if (java === null)
    return missing(`needs Java ${OLDEST_JAVA} or newer, and no java runs here`, JAVA);
  if (java < OLDEST_JAVA) {
    return missing(`needs Java ${OLDEST_JAVA} or newer, and java here is ${java}`, JAVA);
  }
  if (launcher !== null) return { kind: 'ready', launcher };
  if (maven) return { kind: 'install' };
  return missing('needs Apache Kafka, which is not installed; Maven would bring it', MAVEN);
}

const JAVA =
  'install it (Debian, Ubuntu: apt-get install default-jre-headless; macOS: brew install openjdk)';
const MAVEN = 'install it (Debian, Ubuntu: apt-get install maven; macOS: brew install maven)';

function missing(what: string, remedy?: string): Verdict {
  const say = [`demo --kafka ${what}`, ...(remedy === undefined ? [] : [remedy])];
  return { kind: 'missing', what: `${say.join('; ')}. npm run demo needs none of this.` };
}

export async function look(): Promise<Found> {
  const windows = process.platform === 'win32';
  if (windows) return { java: null, launcher: null, maven: false, windows };
  const path = launcher();
  const java = javaVersion(await outputOf('java', '-version'));
  return {
    java,
    launcher: path,
    maven: path === null && (await outputOf('mvn', '-v')) !== null,
    windows,
  };
}

export function launcher(): string | null {
  try {
    accessSync(LAUNCHER, constants.X_OK);
    return LAUNCHER;
  } catch {
    return null;
  }
}

/** Its first line ends with `"17.0.15" 2025-04-15`, or with `"1.8.0_292"`, which is 8. */
export function javaVersion(said: string | null): number | null {
  const [, first, second] = /version "(\d+)(?:\.(\d+))?/.exec(said ?? '') ?? [];
  if (first === undefined) return null;
  return first === '1' && second !== undefined ? Number(second) : Number(first);
}

/** Java says its version on stderr. Null: it is not there, or does not run. */
async function outputOf(program: string, flag: string): Promise<string | null> {
  try {
    const { stdout, stderr } = await promisify(execFile)(program, [flag]);
    return stdout + stderr;
  } catch {
    return null;
  }
}
