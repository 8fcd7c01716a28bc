import { StreamUnavailable, StreamUnusable } from '../errors.ts';

// Primary result codes, https://www.sqlite.org/rescode.html
const SQLITE_BUSY = 5;
const SQLITE_LOCKED = 6;
const SQLITE_CORRUPT = 11;
const SQLITE_NOTADB = 26;

/** SQLite's primary result code of an error of node:sqlite, null for any other error. */
export function resultCode(error: unknown): number | null {
  const code = (error as { errcode?: unknown } | null)?.errcode;
  return typeof code === 'number' ? code & 0xff : null;
}

export function isBusy(error: unknown): boolean {
  const code = resultCode(error);
  return code === SQLITE_BUSY || code === SQLITE_LOCKED;
}

export function isDamage(error: unknown): boolean {
  const code = resultCode(error);
  return code === SQLITE_CORRUPT || code === SQLITE_NOTADB;
}

export function damaged(path: string, cause: unknown): StreamUnusable {
  return new StreamUnusable(
    `${path} is damaged (${text(cause)}). Move it away together with ${path}-wal and ${path}-shm and start again: ` +
      'an empty stream is made. What is lost are the requests not yet counted, the counts of the running ' +
      'windows, the states of breakers and alerts, and the kept history.',
    { cause },
  );
}

export function readFailed(path: string, error: unknown): StreamUnavailable | StreamUnusable {
  if (isDamage(error)) return damaged(path, error);
  return new StreamUnavailable(`${path} cannot be read: ${text(error)}`, { cause: error });
}

export function writeFailed(path: string, error: unknown, inDoubt: boolean): StreamUnavailable {
  return new StreamUnavailable(`${path} cannot be written: ${text(error)}`, {
    cause: error,
    inDoubt,
  });
}

export function text(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { errcode } = error as { errcode?: unknown };
  return typeof errcode === 'number' ? `${error.message}, SQLite code ${errcode}` : error.message;
}
