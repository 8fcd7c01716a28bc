import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { byteSource } from '../../../src/receive/formats/byte-source.ts';
import { logTimeUs } from '../../../src/receive/formats/log-time.ts';
import { LogTimes } from '../../../src/receive/formats/log-time-bytes.ts';

const encoder = new TextEncoder();
// One for all: what it remembers of one day must not show in another.
const times = new LogTimes();

function expectSame(text: string): void {
  const source = byteSource(encoder.encode(`[${text}]`));
  expect([text, times.at(source, 1, source.bytes.length - 1)]).toEqual([
    text,
    logTimeUs(text) ?? -1,
  ]);
}

describe('a time read by its bytes', () => {
  it('is that of its text, for every instant and precision', () => {
    const instant = fc
      .tuple(
        fc.date({ min: new Date(-1e10), max: new Date('2200-01-03'), noInvalidDate: true }),
        fc.stringMatching(/^(?:\.\d{1,10})?$/),
        fc.constantFrom('Z', 'Z', 'Z', 'z', '+01:00', ''),
      )
      .map(([date, fraction, zone]) => date.toISOString().slice(0, 19) + fraction + zone);
    fc.assert(fc.property(instant, expectSame), { numRuns: 1000 });
  });

  it('is that of its text, with any character changed', () => {
    const change = fc.tuple(fc.nat(29), fc.constantFrom(...'0123456789-:.TtZz +é'));
    fc.assert(
      fc.property(fc.array(change, { maxLength: 3 }), fc.boolean(), (changes, fine) => {
        let text = fine ? '2026-02-28T23:59:59.123456789Z' : '2026-03-01T10:00:00.250Z';
        for (const [at, put] of changes) text = text.slice(0, at) + put + text.slice(at + 1);
        expectSame(text);
      }),
      { numRuns: 3000 },
    );
  });

  it.each(['', '-', 'Z', '1772359200.25', '1772359200250', '2026-03-01T10:00:00.', '24:00:00'])(
    'is that of %j',
    expectSame,
  );
});
