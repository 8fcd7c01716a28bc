import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CountWindow } from '../../../src/aggregate/breaker/count-window.ts';

const size = fc.integer({ min: 1, max: 20 });
const calls = fc.array(fc.tuple(fc.boolean(), fc.boolean()), { maxLength: 60 });
const counts = ({ calls, failed, slow }: CountWindow) => ({ calls, failed, slow });

test('after every call it equals a recount of the last N', () => {
  fc.assert(
    fc.property(size, calls, (size, calls) => {
      const window = new CountWindow(size);
      calls.forEach(([failed, slow], i) => {
        window.record(failed, slow);
        const last = calls.slice(0, i + 1).slice(-size);
        expect(counts(window)).toEqual({
          calls: last.length,
          failed: last.filter(([failed]) => failed).length,
          slow: last.filter(([, slow]) => slow).length,
        });
      });
    }),
  );
});

test('put down and taken up anywhere, it goes on as if nothing had been', () => {
  fc.assert(
    fc.property(size, calls, calls, (size, before, after) => {
      const window = new CountWindow(size);
      for (const [failed, slow] of before) window.record(failed, slow);
      const other = CountWindow.from(JSON.parse(JSON.stringify(window)));
      expect(other.size).toBe(size);
      for (const [failed, slow] of after) {
        window.record(failed, slow);
        other.record(failed, slow);
        expect(counts(other)).toEqual(counts(window));
      }
    }),
  );
});
