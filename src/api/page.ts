import { Buffer } from 'node:buffer';
import { ApiError } from './errors.ts';

/**
 * One page of items that are sorted by key in code-unit order. The cursor is the last key of the page before, so it
 * stays good while items come and go.
 */
export function pageOf<T>(
  items: readonly T[],
  keyOf: (item: T) => string,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
): { items: T[]; nextCursor: string | null } {
  const after = cursor === undefined ? null : readCursor(cursor);
  const rest = after === null ? items : items.filter((item) => keyOf(item) > after);
  const page = rest.slice(0, limit);
  const last = page.at(-1);
  const nextCursor = last && rest.length > limit ? writeCursor(keyOf(last)) : null;
  return { items: page, nextCursor };
}

export function writeCursor(key: string): string {
  return Buffer.from(key, 'utf8').toString('base64url');
}

function readCursor(cursor: string): string {
  const key = Buffer.from(cursor, 'base64url').toString('utf8');
  // Buffer skips what is not base64url: only what it would write itself is a cursor.
  if (writeCursor(key) === cursor) return key;
  throw new ApiError(400, 'invalid_cursor', 'cursor: not one that a page of this route gave out');
}
