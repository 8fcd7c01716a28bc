import type { Context } from 'hono';
import { ApiError } from './errors.ts';

/** Refuses parameters that are not right: names the first, what was found and what is allowed. */
export function onInvalid(result: Checked, c: Context): void {
  if (result.success) return;
  const [issue] = result.error.issues;
  if (issue === undefined) throw new ApiError(400, 'invalid_request', 'parameters: not readable');
  const name = issue.path.map(String).join('.');
  // Without a name `queries` would give all of them.
  const found = name === '' ? [] : (c.req.queries(name) ?? []);
  throw new ApiError(400, 'invalid_request', inWords(issue, name, found));
}

function inWords(issue: Issue, name: string, found: readonly string[]): string {
  if (issue.code === 'unrecognized_keys') {
    const names = (issue.keys ?? []).map((key) => key.slice(0, 100)).join(', ');
    return `parameter ${names.slice(0, 300)}: unknown here, allowed: ${issue.message}`;
  }
  const shown = found.length === 0 ? '' : `found ${JSON.stringify(found.join(', ').slice(0, 100))}`;
  if (found.length > 1) return `parameter ${name}: ${shown}, allowed: one value`;
  return `parameter ${name}: ${shown === '' ? '' : `${shown}, `}allowed: ${allowed(issue)}`;
}

/** Numbers say themselves what is allowed: see `limit`. */
function allowed({ code, origin, message, values, format, maximum }: Issue): string {
  if (code === 'invalid_value') return (values ?? []).map(String).join(', ');
  if (code === 'invalid_format' && format === 'datetime') {
    return 'an instant of RFC 3339, such as 2026-01-02T03:04:05Z';
  }
  if (origin === 'string' && code === 'too_small') return 'at least one character';
  if (origin === 'string' && code === 'too_big') return `at most ${String(maximum)} characters`;
  return message;
}

type Checked = { success: true } | { success: false; error: { issues: readonly Issue[] } };

/** What of a zod issue is used. */
interface Issue {
  code?: string | undefined;
  path: readonly PropertyKey[];
  message: string;
  keys?: readonly string[];
  values?: readonly unknown[];
  format?: string;
  origin?: string;
  maximum?: number | bigint;
}
