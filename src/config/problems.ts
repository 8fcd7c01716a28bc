import * as z from 'zod';
import { type KeyFacts, keyFacts } from './fields.ts';
import { nearest } from './suggest.ts';

export type KeyPath = readonly PropertyKey[];

/** One thing that is wrong, at a key of the file; `where` overrides the place for flags and variables. */
export interface Problem {
  path: KeyPath;
  text: string;
  where?: string;
}

/** The configuration cannot be used. `problems` are ready lines: place, key, what was found, what is allowed. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

/** `tokens[0].env`, `stream.retention.dead-letters`. */
export function pathText(path: KeyPath): string {
  return path
    .map((part, index) => {
      if (typeof part === 'number') return `[${part}]`;
      return index === 0 ? String(part) : `.${String(part)}`;
    })
    .join('');
}

/** What zod found, in our words; one problem per key. */
export function fromIssues(
  schema: z.ZodType,
  raw: unknown,
  issues: readonly z.core.$ZodIssue[],
): Problem[] {
  const problems = new Map<string, Problem>();
  for (const issue of issues) {
    for (const problem of fromIssue(schema, raw, issue)) {
      const name = pathText(problem.path);
      if (!problems.has(name)) problems.set(name, problem);
    }
  }
  return [...problems.values()];
}

function fromIssue(schema: z.ZodType, raw: unknown, issue: z.core.$ZodIssue): Problem[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((name) => ({
      path: [...issue.path, name],
      text: unknownKey(schema, issue.path, name),
    }));
  }
  const { path, facts } = deepestFacts(schema, issue.path);
  if (facts === undefined) {
    if (issue.code === 'custom') return [{ path, text: issue.message }];
    const keys = Object.keys(shapeOf(schemaAt(schema, path)) ?? {}).join(', ');
    return [{ path, text: `found ${found(at(raw, path))}, allowed: the keys ${keys}` }];
  }
  const value = at(raw, path);
  if (value === undefined) return [{ path, text: `is missing; allowed: ${facts.allowed}` }];
  const shown = facts.sensitive ? 'something else (not shown)' : found(value);
  const hint = facts.hint?.(value) ?? null;
  const meant = hint === null ? ',' : `; ${hint}${hint.endsWith('?') ? '' : ';'}`;
  return [{ path, text: `found ${shown}${meant} allowed: ${facts.allowed}` }];
}

const SECRET_NAME = /token|secret|password|webhook|api_?key|authorization/i;

function unknownKey(schema: z.ZodType, path: KeyPath, name: string): string {
  const keys = Object.keys(shapeOf(schemaAt(schema, path)) ?? {});
  if (SECRET_NAME.test(name) && nearest(name, keys, 1) === null) {
    return (
      'a secret does not belong into the file, which ends in version control and backups; put it into ' +
      `an environment variable${path[0] === 'tokens' ? ' and name it here: env: NAME' : ''} (docs/configuration.md)`
    );
  }
  const meant = nearest(name, keys) ?? elsewhere(schema, name);
  const hint = meant === null ? '' : `; did you mean ${meant}?`;
  return `unknown key${hint} allowed here: ${keys.join(', ')}`.replace(
    'key allowed',
    'key; allowed',
  );
}

/** The full path of a key of this name in another section. */
function elsewhere(schema: z.ZodType, name: string): string | null {
  for (const { path } of allKeys(schema)) if (path.at(-1) === name) return pathText(path);
  return null;
}

/** Every key that has facts, with its path; `[]` stands for any element of a list. */
export function allKeys(
  schema: z.ZodType,
  path: string[] = [],
): { path: string[]; facts: KeyFacts; schema: z.ZodType }[] {
  const facts = keyFacts.get(schema);
  const own = facts === undefined ? [] : [{ path, facts, schema }];
  const inner = unwrap(schema);
  if (inner instanceof z.ZodArray) {
    return [
      ...own,
      ...allKeys(inner.element as z.ZodType, [...path.slice(0, -1), `${path.at(-1)}[]`]),
    ];
  }
  const children = Object.entries(shapeOf(inner) ?? {});
  return [...own, ...children.flatMap(([name, child]) => allKeys(child, [...path, name]))];
}

/** Where a list's element is wrong, the facts are those of the list. */
function deepestFacts(schema: z.ZodType, path: KeyPath): { path: KeyPath; facts?: KeyFacts } {
  for (let length = path.length; length > 0; length--) {
    const here = path.slice(0, length);
    const child = schemaAt(schema, here);
    const facts = child && keyFacts.get(child);
    if (facts) return { path: here, facts };
    if (child && shapeOf(child)) break;
  }
  return { path };
}

export function schemaAt(schema: z.ZodType, path: KeyPath): z.ZodType | undefined {
  let here: z.ZodType | undefined = schema;
  for (const part of path) {
    const inner: z.ZodType | undefined = here && unwrap(here);
    here =
      inner instanceof z.ZodArray ? (inner.element as z.ZodType) : shapeOf(inner)?.[String(part)];
  }
  return here;
}

/** The children of a section; undefined for anything else. */
export function shapeOf(schema: z.ZodType | undefined): Record<string, z.ZodType> | undefined {
  const inner = schema && unwrap(schema);
  return inner instanceof z.ZodObject ? (inner.shape as Record<string, z.ZodType>) : undefined;
}

function unwrap(schema: z.ZodType): z.ZodType {
  return schema instanceof z.ZodPrefault || schema instanceof z.ZodOptional
    ? unwrap(schema.unwrap() as z.ZodType)
    : schema;
}

/** A section with nothing under it (`notify:`) reads as null in YAML and means "defaults". */
export function dropEmptySections(schema: z.ZodType, raw: unknown): void {
  const shape = shapeOf(schema);
  if (shape === undefined || typeof raw !== 'object' || raw === null) return;
  const section = raw as Record<string, unknown>;
  for (const [name, child] of Object.entries(shape)) {
    if (!shapeOf(child)) continue;
    if (section[name] === null) delete section[name];
    else dropEmptySections(child, section[name]);
  }
}

export function at(raw: unknown, path: KeyPath): unknown {
  let value = raw;
  for (const part of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part))
      return undefined;
    value = (value as Record<PropertyKey, unknown>)[part];
  }
  return value;
}

function found(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
}
