import { readFileSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import {
  isMap,
  isNode,
  isPair,
  isScalar,
  LineCounter,
  parseDocument,
  type YAMLError,
  type YAMLMap,
} from 'yaml';
import { ConfigError, type KeyPath } from './problems.ts';

export interface YamlFile {
  raw: unknown;
  /** Where a key stands, or the nearest key above it. */
  locate(path: KeyPath): Place;
}

export interface Place {
  /** `meshpulse.yaml:7:3`. */
  text: string;
  /** Characters before it, to sort by. */
  offset: number;
}

const MAX_BYTES = 1024 ** 2;

export function readYamlFile(path: string): YamlFile {
  const name = basename(path);
  return parseYaml(readText(path), name);
}

/** Throws {@link ConfigError} on anything but one plain YAML 1.2 document with a mapping (or nothing) in it. */
export function parseYaml(text: string, name: string): YamlFile {
  const lines = new LineCounter();
  const document = parseSafely(text, lines, name);
  const place = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return `${name}:${Math.max(line, 1)}:${Math.max(col, 1)}`;
  };
  const complaints = [...document.errors, ...document.warnings];
  if (complaints.length > 0) {
    throw new ConfigError(
      complaints.map((complaint) => `${place(complaint.pos[0])}  ${inOurWords(complaint, text)}`),
    );
  }
  const raw = toPlain(document, name);
  if (raw !== null && !isMap(document.contents)) {
    const start = document.contents?.range?.[0] ?? 0;
    throw new ConfigError([
      `${place(start)}  found no keys, allowed: lines such as "data: ./data"`,
    ]);
  }
  return {
    raw: raw ?? {},
    locate: (path) => {
      for (let length = path.length; length > 0; length--) {
        const offset = offsetOf(document.contents, path.slice(0, length));
        if (offset !== null) return { text: place(offset), offset };
      }
      return { text: name, offset: 0 };
    },
  };
}

/** The parser's message, where it leaves open which key it means or what to do. */
function inOurWords({ code, pos, message }: YAMLError, text: string): string {
  switch (code) {
    case 'DUPLICATE_KEY': {
      const [key = ''] = /^[^\s:,{}[\]]{1,80}/.exec(text.slice(pos[0])) ?? [];
      return `${key}: given twice here; allowed: each key once`;
    }
    case 'TAB_AS_INDENT':
      return 'found a tab in front of the key; allowed: spaces only, two for each level';
    default:
      return message;
  }
}

/** The parser descends recursively: nesting deep enough overflows the stack. */
function parseSafely(text: string, lineCounter: LineCounter, name: string) {
  try {
    return parseDocument(text, {
      lineCounter,
      prettyErrors: false,
      uniqueKeys: true,
      stringKeys: true,
      schema: 'core',
    });
  } catch (error) {
    throw new ConfigError([`${name}  cannot be read as YAML: ${(error as Error).message}`]);
  }
}

/** Aliases are bounded, so that a short file cannot become a huge value. */
function toPlain(document: ReturnType<typeof parseDocument>, name: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 }) as unknown;
  } catch (error) {
    throw new ConfigError([`${name}  ${(error as Error).message}`]);
  }
}

/** Where the last key of the path stands: the key itself in a mapping, the element in a list. */
function offsetOf(contents: unknown, path: KeyPath): number | null {
  let node: unknown = contents;
  let offset: number | null = null;
  for (const part of path) {
    if (isMap(node)) {
      const pair = (node as YAMLMap).items.find(
        ({ key }) => isScalar(key) && String(key.value) === String(part),
      );
      if (!isPair(pair)) return null;
      offset = isNode(pair.key) ? (pair.key.range?.[0] ?? null) : null;
      node = pair.value;
    } else if (isNode(node) && 'items' in node) {
      node = (node.items as unknown[])[Number(part)];
      offset = isNode(node) ? (node.range?.[0] ?? null) : null;
    } else return null;
  }
  return offset;
}

function readText(path: string): string {
  try {
    const stat = statSync(path);
    if (!stat.isFile()) throw new ConfigError([`${path}  is not a file`]);
    if (stat.size > MAX_BYTES) {
      throw new ConfigError([`${path}  has ${stat.size} bytes, allowed: at most ${MAX_BYTES}`]);
    }
    return new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(path));
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const code = (error as NodeJS.ErrnoException).code;
    const why =
      code === 'ENOENT' ? 'does not exist' : `cannot be read: ${(error as Error).message}`;
    throw new ConfigError([`${path}  ${why}`]);
  }
}
