import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { FAILURES } from '../../src/receive/errors.ts';

const page = readFileSync(`${import.meta.dirname}/../../docs/failure-modes.md`, 'utf8');

test('docs/failure-modes.md says of every code what the program says, with an anchor, in the same order', () => {
  const rows = page.split('\n').filter((line) => line.startsWith('| <a id='));
  expect(rows).toEqual(
    Object.entries(FAILURES).map(
      ([code, { status, happened, check }]) =>
        `| <a id="${code}"></a>\`${code}\` | ${status} | ${happened} | ${check} |`,
    ),
  );
});

test('exactly the codes that may succeed later say when to come again', () => {
  const retryable = Object.values(FAILURES).filter((failure) => 'retryAfterSeconds' in failure);
  expect(new Set(retryable.map(({ status }) => status))).toEqual(new Set([429, 503]));
  const later = Object.values(FAILURES).filter(({ status }) => status === 429 || status === 503);
  expect(later).toEqual(retryable);
});
