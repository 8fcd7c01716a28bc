import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type * as z from 'zod';
import { checkTogether } from './checks.ts';
import type { Config } from './config.ts';
import { applyFlags, type Flags } from './flags.ts';
import { readKafkaCredentials } from './kafka-credentials.ts';
import { ConfigError, dropEmptySections, fromIssues, type Problem, pathText } from './problems.ts';
import { type FileConfig, fileSchema } from './schema.ts';
import { type Env, readSecrets, type Secrets, unsetTokenVariables } from './secrets.ts';
import { toConfig } from './to-config.ts';
import { readYamlFile, type YamlFile } from './yaml-file.ts';

export const DEFAULT_FILE = 'meshpulse.yaml';

export interface LoadOptions {
  /** File to read, relative to `cwd`; absent: `meshpulse.yaml` in `cwd`, if it is there. */
  path?: string;
  env: Env;
  /** Working folder: relative paths start here. */
  cwd: string;
  /** From the command line; they win over the file and are checked the same. */
  flags?: Flags;
}

export interface LoadedConfig {
  config: Config;
  /** What the file and the flags said, with the defaults filled in. */
  file: FileConfig;
  /** Name of the file that was read; null: there was none. */
  from: string | null;
}

/** Reads and checks everything at once. Throws {@link ConfigError} with a line for each thing that is wrong. */
export function loadConfig(options: LoadOptions): Config {
  return readConfig(options).config;
}

export function readConfig(options: LoadOptions): LoadedConfig {
  const source = findFile(options);
  const raw = structuredClone(source?.raw ?? {});
  dropEmptySections(fileSchema, raw);
  const flagOf = applyFlags(raw as Record<string, unknown>, options.flags ?? {});
  const fail = (problems: readonly Problem[]): never => {
    throw new ConfigError(inOrder(problems, source, flagOf));
  };

  const parsed = fileSchema.safeParse(raw);
  if (!parsed.success) {
    const issues = parsed.error.issues as z.core.$ZodIssue[];
    return fail([...fromIssues(fileSchema, raw, issues), ...unsetTokenVariables(raw, options.env)]);
  }
  const secrets: Secrets = readSecrets(parsed.data, options.env);
  const kafka = readKafkaCredentials(parsed.data, options.env, options.cwd);
  const config = toConfig(parsed.data, secrets, kafka, options.cwd);
  const problems = [...secrets.problems, ...kafka.problems, ...checkTogether(config)];
  if (problems.length > 0) return fail(problems);
  return { config, file: parsed.data, from: source?.name ?? null };
}

function findFile({ path, cwd }: LoadOptions): (YamlFile & { name: string }) | null {
  if (path !== undefined) return { ...readYamlFile(resolve(cwd, path)), name: path };
  const usual = resolve(cwd, DEFAULT_FILE);
  return existsSync(usual) ? { ...readYamlFile(usual), name: DEFAULT_FILE } : null;
}

/** Ready lines in the order of the file; flags and variables first. */
function inOrder(
  problems: readonly Problem[],
  source: YamlFile | null,
  flagOf: ReadonlyMap<string, string>,
): string[] {
  return problems
    .map(({ path, text, where }) => {
      const name = pathText(path);
      const outside = where ?? flagOf.get(name);
      const place = outside === undefined ? source?.locate(path) : { text: outside, offset: -1 };
      const said = where !== undefined || name === '' ? text : `${name}: ${text}`;
      return { offset: place?.offset ?? 0, line: place ? `${place.text}  ${said}` : said };
    })
    .sort((a, b) => a.offset - b.offset)
    .map(({ line }) => line);
}
