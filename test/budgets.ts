import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';

/** What the repository may not outgrow. Raise a number only with the reason in the commit that does. */
export const BUDGET = {
  /** Lines of one hand-written source file. */
  lines: 350,
  /** Packages named under `dependencies`. */
  dependencies: 11,
  /** Packages that `npm ci --omit=dev --omit=optional` installs. */
  installed: 20,
  /** Bytes of src and functions, which are what runs: nothing is built. */
  sourceBytes: 1_550_000,
} as const;

/** Longer files, each with its own limit and the reason. One that no longer needs it is reported. */
const LONGER: Readonly<Record<string, { lines: number; why: string }>> = {};

const SOURCE = ['src', 'functions'];
const WRITTEN = [...SOURCE, 'test', 'bench', 'infra', 'docs'];
const TEXT = new Set([
  '.ts',
  '.js',
  '.mjs',
  '.cjs',
  '.css',
  '.html',
  '.md',
  '.sh',
  '.yaml',
  '.json',
  '.proto',
]);

// In two pieces, so that this file does not find itself.
const LEFT_OVER = new RegExp(`\\b(${'TO'}DO|${'FIX'}ME|X${'X'}X)\\b`);
const PRINTS = /\bconsole\.(log|info|warn|error|debug)\b|\bprocess\.stdout\b/;

/** One line for each budget that is broken; empty when all hold. */
export function brokenBudgets(root: string, longer = LONGER): string[] {
  const files = WRITTEN.flatMap((folder) => filesUnder(root, folder)).map((path) => ({
    path,
    text: readFileSync(join(root, path), 'utf8'),
  }));
  const source = files.filter(({ path }) => SOURCE.some((folder) => path.startsWith(`${folder}/`)));
  return [
    ...source.flatMap(({ path, text }) => tooLong(path, lineCount(text), longer)),
    ...files.flatMap(({ path, text }) => matches(path, text, LEFT_OVER, 'is left over')),
    ...source
      .filter(({ path }) => /^src\/(?!cli\/|dashboard\/static\/)/.test(path))
      .flatMap(({ path, text }) => matches(path, text, PRINTS, 'prints; use the log')),
    ...atMost('bytes of source', byteCount(source), BUDGET.sourceBytes),
    ...packages(root),
  ];
}

function tooLong(path: string, lines: number, longer: typeof LONGER): string[] {
  const allowed = longer[path];
  if (allowed !== undefined && lines <= BUDGET.lines) {
    return [`${path}: ${lines} lines need no exception any more`];
  }
  return atMost(`lines in ${path}`, lines, allowed?.lines ?? BUDGET.lines);
}

function matches(path: string, text: string, pattern: RegExp, complaint: string): string[] {
  return text.split('\n').flatMap((line, index) => {
    const found = pattern.exec(line)?.[0];
    return found === undefined ? [] : [`${path}:${index + 1}: ${found} ${complaint}`];
  });
}

interface Lockfile {
  packages: Record<string, { dev?: boolean; devOptional?: boolean; optional?: boolean }>;
}

function packages(root: string): string[] {
  const manifest = json<{ dependencies?: Record<string, string> }>(root, 'package.json');
  const lock = json<Lockfile>(root, 'package-lock.json');
  const installed = Object.entries(lock.packages).filter(
    ([path, { dev, devOptional, optional }]) => path !== '' && !dev && !devOptional && !optional,
  );
  return [
    ...atMost(
      'dependencies in package.json',
      Object.keys(manifest.dependencies ?? {}).length,
      BUDGET.dependencies,
    ),
    ...atMost('packages installed to run', installed.length, BUDGET.installed),
  ];
}

function atMost(what: string, found: number, allowed: number): string[] {
  return found <= allowed ? [] : [`${found} ${what}, allowed: ${allowed}`];
}

function json<T>(root: string, path: string): T {
  return JSON.parse(readFileSync(join(root, path), 'utf8')) as T;
}

function filesUnder(root: string, folder: string): string[] {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && TEXT.has(extname(entry.name)))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length + 1))
    .sort();
}

function lineCount(text: string): number {
  return text.split('\n').length - (text.endsWith('\n') ? 1 : 0);
}

function byteCount(files: readonly { text: string }[]): number {
  return files.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0);
}

if (import.meta.main) {
  const broken = brokenBudgets(join(import.meta.dirname, '..'));
  for (const line of broken) console.error(line);
  console.log(broken.length === 0 ? 'all budgets hold' : `${broken.length} broken budgets`);
  process.exitCode = broken.length === 0 ? 0 : 1;
}
