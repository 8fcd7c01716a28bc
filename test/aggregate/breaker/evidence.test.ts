import { describe, expect, test } from 'vitest';
import { ServiceBreakers } from '../../../src/aggregate/breaker/service-breakers.ts';
import { DEFAULT_BOUNDS } from '../../../src/aggregate/directory.ts';
import { Fold } from '../../../src/aggregate/fold.ts';
import { DEFAULT_POLICY } from '../../../src/model/policy.ts';
import { type Facts, Feed, part, T0_MS } from '../events.ts';

const spanId = (n: number) => n.toString(16).padStart(16, '0');

/** The same calls, `n` of them 20 ms apart, as spans and as the source's log lines. */
function calls(n: number, fromMs: number, facts: Partial<Facts>) {
  const logs = Array.from({ length: n }, (_, i): Facts => ({ ...facts, atMs: fromMs + i * 20 }));
  const spans = logs.map((log, i) => ({
    ...log,
    source: 'frontend',
    traceId: spanId(log.atMs),
    span: { id: spanId(i + 1), shared: false },
  }));
  return { logs, spans };
}

/** Spans travel at once, log lines up to some seconds later. */
function tellTwice(to: Feed, n: number, fromMs: number, facts: Partial<Facts>): void {
  const { logs, spans } = calls(n, fromMs, facts);
  const endMs = fromMs + n * 20;
  to.parts([part(spans, { input: 'zipkin_spans' })], endMs);
  to.parts([part(logs, { input: 'otlp_logs' })], endMs + 900);
}

const feed = () => new Feed(new Fold({ partition: 0, bounds: DEFAULT_BOUNDS }));

const inferred = (to: Feed, name = 'reviews') =>
  to.service(name).breakers.filter(({ basis }) => basis === 'inferred');

describe('calls that spans tell of first and log lines again', () => {
  test('are judged once: twelve failures are not twenty', () => {
    const to = feed();
    tellTwice(to, 12, T0_MS, { code: 503 });
    to.ticks(T0_MS + 2_000, T0_MS + 5_000);
    expect(to.transitions).toEqual([]);
    expect(inferred(to).map(({ rollup, calls }) => [rollup, calls])).toEqual([
      [true, 12],
      [false, 12],
    ]);
  });

  test('trip the breaker once, and show as many as there were', () => {
    const to = feed();
    tellTwice(to, 60, T0_MS, { code: 503 });
    to.ticks(T0_MS + 3_000, T0_MS + 5_000);
    expect(to.rollup('reviews')).toEqual(['CLOSED>OPEN']);
    expect(inferred(to).map(({ calls, failed }) => [calls, failed])).toEqual([
      [60, 60],
      [60, 60],
    ]);
  });

  test('leave no breaker behind that waits for the spans of a caller whom the log lines do not name', () => {
    const to = feed();
    tellTwice(to, 60, T0_MS, { code: 503, source: null });
    to.ticks(T0_MS + 3_000, T0_MS + 36_000);
    expect(to.rollup('reviews')).toEqual(['CLOSED>OPEN', 'OPEN>HALF_OPEN']);
    tellTwice(to, 10, T0_MS + 36_000, { code: 200, source: null });
    expect(to.rollup('reviews').at(-1)).toBe('HALF_OPEN>CLOSED');
    expect(inferred(to).map(({ source, rollup, state }) => [source, rollup, state])).toEqual([
      [null, true, 'CLOSED'],
      [null, false, 'CLOSED'],
    ]);
  });
});

test('spans alone are judged, and again once the log lines have been silent for a minute', () => {
  const to = feed();
  to.parts([part(calls(20, T0_MS, { code: 503 }).spans, { input: 'zipkin_spans' })], T0_MS + 500);
  expect(to.rollup('reviews')).toEqual(['CLOSED>OPEN']);

  const ratings = { destination: 'ratings', code: 503 };
  to.events([{ ...ratings, code: 200, atMs: T0_MS + 1_000 }]);
  const { spans } = calls(20, T0_MS + 62_000, ratings);
  to.parts([part(spans, { input: 'zipkin_spans' })], T0_MS + 63_000);
  expect(to.rollup('ratings')).toEqual(['CLOSED>OPEN']);
});

test('what was heard from whom survives a checkpoint', () => {
  const before = new ServiceBreakers('reviews', DEFAULT_POLICY);
  const failed = (second: number) =>
    ({ endUs: second * 1_000_000, durationUs: 1, result: 'failure' }) as const;
  const show = (to: ServiceBreakers, rank: number) =>
    to.show(to.of('frontend', null, rank), failed(100), rank);
  for (let i = 0; i < 12; i++) show(before, 0);

  const after = new ServiceBreakers('reviews', DEFAULT_POLICY);
  after.restore(JSON.parse(JSON.stringify(before)));
  show(after, 2);
  expect(after.statuses(0).map(({ calls }) => calls)).toEqual([1, 1]);
});
