import { DEFAULT_POLICY, type Policy } from '../model/policy.ts';
import { UndecodableMessage } from './errors.ts';

const utf8 = new TextDecoder();

/**
 * A policy as it was written in its day: parameters that came later have their defaults, unknown ones are kept.
 *
 * @throws UndecodableMessage when it is not JSON, or a parameter is not of its type
 */
export function readPolicy(bytes: Uint8Array): Policy {
  let json: unknown;
  try {
    json = JSON.parse(utf8.decode(bytes));
  } catch (error) {
    throw new UndecodableMessage(`policy: ${(error as Error).message}`, { cause: error });
  }
  return filledIn(json, DEFAULT_POLICY, 'policy') as Policy;
}

function filledIn(value: unknown, standard: unknown, path: string): unknown {
  if (value === undefined) return standard;
  if (isObject(standard)) {
    if (!isObject(value)) throw mistyped(path, 'an object', value);
    const known = Object.entries(standard).map(([key, inner]) => [
      key,
      filledIn(value[key], inner, `${path}.${key}`),
    ]);
    return { ...value, ...Object.fromEntries(known) };
  }
  if (standard === null) {
    // Parameters that are off by default are numbers when they are on.
    if (value !== null && !isNumber(value)) throw mistyped(path, 'a number or null', value);
  } else if (typeof value !== typeof standard || Array.isArray(value) !== Array.isArray(standard)) {
    throw mistyped(path, Array.isArray(standard) ? 'an array' : `a ${typeof standard}`, value);
  } else if (typeof value === 'number' && !isNumber(value)) {
    throw mistyped(path, 'a finite number', value);
  }
  return value;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isNumber(value: unknown): value is number {
  return Number.isFinite(value);
}

function mistyped(path: string, expected: string, found: unknown): UndecodableMessage {
  return new UndecodableMessage(
    `${path} is ${expected}, found ${JSON.stringify(found)?.slice(0, 80)}`,
  );
}
