import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { allKeys, at } from '../../src/config/problems.ts';
import { fileSchema } from '../../src/config/schema.ts';
import { VARIABLES } from '../../src/config/secrets.ts';

export const PAGE = join(import.meta.dirname, '../../docs/configuration.md');

/** The tables of docs/configuration.md, made from the schema. */
export const TABLES: Readonly<Record<string, () => string>> = { keys, variables };

function keys(): string {
  const defaults = z.encode(fileSchema, fileSchema.parse({}));
  const rows = allKeys(fileSchema).map(({ path, facts: { means, allowed }, schema }) => {
    const preset = at(defaults, path);
    const optional = schema instanceof z.ZodOptional;
    const shown = preset === undefined ? (optional ? 'none' : 'required') : written(preset);
    return row(`\`${path.join('.')}\``, shown, allowed, means);
  });
  return [
    row('Key', 'Default', 'Allowed', 'Meaning'),
    row('---', '---', '---', '---'),
    ...rows,
  ].join('\n');
}

function variables(): string {
  const rows = Object.entries(VARIABLES).map(([name, means]) => row(`\`${name}\``, means));
  return [row('Variable', 'Meaning'), row('---', '---'), ...rows].join('\n');
}

function written(preset: unknown): string {
  if (Array.isArray(preset)) return `\`[${preset.join(', ')}]\``;
  return `\`${String(preset)}\``;
}

function row(...cells: string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

/** The page with its tables as they should be; the text around them is written by hand. */
export function withTables(page: string): string {
  return Object.entries(TABLES).reduce((text, [name, table]) => {
    const [before, rest] = text.split(`<!-- table: ${name} -->\n`);
    const after = rest?.split('<!-- end -->').slice(1).join('<!-- end -->');
    if (before === undefined || after === undefined)
      throw new Error(`no place for the table ${name}`);
    return `${before}<!-- table: ${name} -->\n${table()}\n<!-- end -->${after}`;
  }, page);
}

// `node test/config/reference.ts` brings the page up to date.
if (import.meta.main) writeFileSync(PAGE, withTables(readFileSync(PAGE, 'utf8')));
