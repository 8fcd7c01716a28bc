import type { LogFacts } from './log.ts';

const MAX_TEXT = 2000;
const MAX_ENTRIES = 50;
const MAX_DEPTH = 4;

/** Facts as plain, bounded JSON: whatever is given, logging it neither throws nor floods. */
export function plainFacts(facts: LogFacts): LogFacts {
  return entries(facts, 0) as LogFacts;
}

function plain(value: unknown, depth: number): unknown {
  if (typeof value === 'string') return clip(value);
  if (typeof value === 'bigint') return value.toString();
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value);
  if (typeof value === 'function' || typeof value === 'symbol') return typeof value;
  if (typeof value !== 'object' || value === null) return value;
  if (ArrayBuffer.isView(value)) return `${value.byteLength} bytes`;
  if (value instanceof Date)
    return Number.isFinite(value.getTime()) ? value.toISOString() : 'no date';
  if (depth >= MAX_DEPTH) return '…';
  if (value instanceof Error) return error(value, depth);
  if (Array.isArray(value))
    return value.slice(0, MAX_ENTRIES).map((item) => plain(item, depth + 1));
  if (value instanceof Map) return entries(Object.fromEntries(value), depth);
  if (value instanceof Set) return plain([...value], depth);
  return entries(value, depth);
}

function entries(value: object, depth: number): Record<string, unknown> {
  const named: [string, unknown][] = [];
  for (const name of Object.keys(value).slice(0, MAX_ENTRIES)) {
    named.push([clip(name), plain(read(value, name), depth + 1)]);
  }
  return Object.fromEntries(named);
}

/** A getter may throw. */
function read(value: object, name: string): unknown {
  try {
    return (value as Record<string, unknown>)[name];
  } catch {
    return '(unreadable)';
  }
}

function error(value: Error, depth: number): Record<string, unknown> {
  const { name, message, cause } = value;
  const code = (value as NodeJS.ErrnoException).code;
  return {
    name: clip(String(name)),
    message: clip(String(message)),
    ...(code === undefined ? {} : { code: clip(String(code)) }),
    ...(cause === undefined ? {} : { cause: plain(cause, depth + 1) }),
  };
}

function clip(text: string): string {
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}… (${text.length})` : text;
}
