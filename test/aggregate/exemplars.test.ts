import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Exemplars } from '../../src/aggregate/exemplars.ts';
import type { Exemplar } from '../../src/model/state.ts';
import { T0_MS } from './events.ts';

const AGE_MS = 300_000;

function exemplar(at: number, latencyMs: number, outcome = 'success'): Exemplar {
  return {
    at: T0_MS + at,
    source: null,
    subset: null,
    outcome,
    reason: 'ok',
    code: 200,
    latencyMs,
    requestId: null,
    traceId: null,
  };
}

test('shows the five newest failed ones and the five slowest good ones of the last five minutes', () => {
  const exemplars = new Exemplars();
  for (let i = 0; i < 20; i++) {
    exemplars.add(exemplar(i * 1_000, i));
    exemplars.add(exemplar(i * 1_000, i, i % 2 === 0 ? 'failure' : 'refused'));
    exemplars.add(exemplar(i * 1_000, 1_000, 'excluded'));
  }
  const shown = exemplars.since(T0_MS).map(({ outcome, latencyMs }) => `${outcome} ${latencyMs}`);
  expect(shown).toEqual([
    ...['refused 19', 'failure 18', 'refused 17', 'failure 16', 'refused 15'],
    ...['success 19', 'success 18', 'success 17', 'success 16', 'success 15'],
  ]);
});

test('a slow one that goes leaves room for the slower ones of the minutes after it', () => {
  const exemplars = new Exemplars();
  for (let i = 0; i < 5; i++) exemplars.add(exemplar(i, 1_000));
  for (let i = 0; i < 5; i++) exemplars.add(exemplar(70_000 + i, 10 + i));
  expect(exemplars.since(T0_MS).map(({ latencyMs }) => latencyMs)).toEqual(Array(5).fill(1_000));
  const later = exemplars.since(T0_MS + 65_000);
  expect(later.map(({ latencyMs }) => latencyMs)).toEqual([14, 13, 12, 11, 10]);
});

test('what is shown depends on the requests of the last minutes alone, and is bounded', () => {
  const requests = fc.array(
    fc.record({
      step: fc.integer({ min: 0, max: 20_000 }),
      late: fc.integer({ min: 0, max: 200_000 }),
      latencyMs: fc.integer({ min: 0, max: 30 }),
      failed: fc.boolean(),
      looked: fc.boolean(),
    }),
    { maxLength: 150 },
  );
  fc.assert(
    fc.property(requests, (run) => {
      const always = new Exemplars();
      let now = AGE_MS;
      const added = run.map(({ step, late, latencyMs, failed, looked }) => {
        now += step;
        const one = exemplar(now - late, latencyMs, failed ? 'failure' : 'success');
        always.add(one);
        if (looked) always.since(T0_MS + now - AGE_MS);
        return one;
      });
      const oldest = T0_MS + now - AGE_MS;
      const rebuilt = new Exemplars();
      const from = oldest - (oldest % 60_000);
      for (const one of added) if (one.at >= from) rebuilt.add(one);
      expect(rebuilt.since(oldest)).toEqual(always.since(oldest));
      expect(always.since(oldest).length).toBeLessThanOrEqual(10);
    }),
    { numRuns: 300 },
  );
});
