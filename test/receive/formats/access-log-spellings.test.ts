import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isAccessLog } from '../../../src/receive/formats/access-log-json.ts';
import { FIELD_NAMES, fieldOfKey } from '../../../src/receive/formats/access-log-keys.ts';
import { SLOT, SLOTS } from '../../../src/receive/formats/access-log-slots.ts';
import {
  KeySpellings,
  NO_FIELD,
  OWN_KEY,
} from '../../../src/receive/formats/access-log-spellings.ts';
import { byteSource } from '../../../src/receive/formats/byte-source.ts';

// One for all, as in a process.
const spellings = new KeySpellings();

function expectSame(key: string): void {
  const source = byteSource(new TextEncoder().encode(`\n${key}\n`));
  const field = fieldOfKey(key);
  const own = isAccessLog({ [key]: '' }) ? OWN_KEY : 0;
  const meaning = spellings.of(source, 1, source.bytes.length - 1);
  expect([key, meaning]).toEqual([key, (field === null ? NO_FIELD : SLOT[field]) | own]);
}

/** Another spelling of a name, that may or may not be one of the known. */
const spelling = fc
  .tuple(
    fc.constantFrom(...FIELD_NAMES),
    fc.constantFrom('', '', ':', '::', '-', ' '),
    fc.array(fc.tuple(fc.nat(30), fc.constantFrom('upper', '-', '_', 'x', 'é', 'cut', '\u0130')), {
      maxLength: 4,
    }),
  )
  .map(([name, before, changes]) => {
    let key = name;
    for (const [position, change] of changes) {
      const at = position % key.length;
      const put = change === 'upper' ? key[at]!.toUpperCase() : change === 'cut' ? '' : change;
      key = key.slice(0, at) + put + key.slice(at + 1) || name;
    }
    return before + key;
  });

describe('a key known by its bytes', () => {
  it('means what its text does, in every spelling', () => {
    fc.assert(fc.property(spelling, expectSame), { numRuns: 5000 });
  });

  it('means what its text does, whatever it is', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 40 }), expectSame), {
      numRuns: 1000,
    });
  });

  it('means the same after more spellings than are remembered', () => {
    for (let n = 0; n < 2000; n++) expectSame(`method${n}`.slice(0, 6 + (n % 3)));
    const mixed = (name: string, n: number) =>
      [...name].map((c, at) => ((n >>> at) & 1 ? c.toUpperCase() : c)).join('');
    for (let n = 0; n < 2000; n++) expectSame(mixed('upstream_cluster', n));
    for (const name of FIELD_NAMES) expectSame(name);
  });

  it('can be read four bytes at a time, and no letter outside ASCII folds onto one of its own', () => {
    for (const name of FIELD_NAMES) {
      expect(name.length).toBeGreaterThanOrEqual(4);
      // The Kelvin sign's lower case.
      expect(name).not.toContain('k');
    }
  });

  it('fits its number', () => {
    expect(SLOTS).toBeLessThan(NO_FIELD);
    expect(Object.values(SLOT).sort((a, b) => a - b)).toEqual(
      Array.from({ length: SLOTS }, (_, slot) => slot),
    );
  });
});
