import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CallWindow } from '../../../src/aggregate/breaker/call-window.ts';

test('the window of N seconds is the current one and N − 1 before it', () => {
  const window = new CallWindow(5);
  const calls: [second: number, failed: boolean][] = [
    [0, true],
    [0, false],
    [0, false],
    [1, false],
    [2, false],
    [3, true],
    [4, false],
    [5, false],
    [6, false],
    [11, false],
  ];
  const seen = calls.map(([second, failed]) => {
    window.record(second, failed, false);
    return [window.calls, window.failed];
  });
  expect(seen.map(([total]) => total)).toEqual([1, 2, 3, 4, 5, 6, 7, 5, 5, 1]);
  expect(seen.map(([, failures]) => failures)).toEqual([1, 1, 1, 1, 1, 2, 2, 1, 1, 0]);
});

const seconds = fc.integer({ min: 1, max: 60 });
const call = fc.record({
  second: fc.integer({ min: 1_000, max: 1_150 }),
  kind: fc.constantFrom('call', 'refusal', 'advance'),
  failed: fc.boolean(),
  slow: fc.boolean(),
});
type Shown = typeof call extends fc.Arbitrary<infer T> ? T : never;

function show(window: CallWindow, { kind, second, failed, slow }: Shown): void {
  if (kind === 'call') window.record(second, failed, slow);
  else if (kind === 'refusal') window.recordNotPermitted(second);
  else window.advance(second);
}

function recount(shown: readonly Shown[], length: number) {
  const newest = Math.max(...shown.map(({ second }) => second));
  const inside = shown.filter(({ second }) => second > newest - length);
  const calls = inside.filter(({ kind }) => kind === 'call');
  return {
    calls: calls.length,
    failed: calls.filter(({ failed }) => failed).length,
    slow: calls.filter(({ slow }) => slow).length,
    notPermitted: inside.filter(({ kind }) => kind === 'refusal').length,
  };
}

const counts = ({ calls, failed, slow, notPermitted }: CallWindow) => ({
  calls,
  failed,
  slow,
  notPermitted,
});

test('after every call it equals a recount of all calls so far, in whatever order they come', () => {
  fc.assert(
    fc.property(seconds, fc.array(call, { maxLength: 80 }), (length, shown) => {
      const window = new CallWindow(length);
      shown.forEach((one, i) => {
        show(window, one);
        expect(counts(window)).toEqual(recount(shown.slice(0, i + 1), length));
      });
    }),
  );
});

test('put down and taken up anywhere, it goes on as if nothing had been', () => {
  fc.assert(
    fc.property(seconds, fc.array(call), fc.array(call), (length, before, after) => {
      const window = new CallWindow(length);
      for (const one of before) show(window, one);
      const other = new CallWindow(length);
      other.record(9_999, true, true);
      other.restore(JSON.parse(JSON.stringify(window)));
      for (const one of after) {
        show(window, one);
        show(other, one);
      }
      expect(counts(other)).toEqual(counts(window));
    }),
  );
});
