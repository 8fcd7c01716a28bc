const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The object that the bytes hold as JSON; null when they hold none, or are not UTF-8. */
export function readObject(value: Uint8Array | null): Readonly<Record<string, unknown>> | null {
  if (value === null) return null;
  try {
    const read: unknown = JSON.parse(utf8.decode(value));
    return typeof read === 'object' ? (read as Readonly<Record<string, unknown>> | null) : null;
  } catch {
    return null;
  }
}

export function isText(value: unknown): value is string {
  return typeof value === 'string';
}

/** Milliseconds since the epoch that a Date can hold: anything else could not be shown. */
export function isTime(value: unknown): value is number {
  return typeof value === 'number' && Math.abs(value) <= 8.64e15;
}
