import { expect, test } from 'vitest';
import { Metrics } from '../../src/telemetry/metrics.ts';

test('families are written with help, type and their series', () => {
  const metrics = new Metrics();
  const refused = metrics.counter('meshpulse_refused_total', 'Requests refused.');
  metrics.gauge('meshpulse_unused', 'Never set.');
  refused.inc({ code: 'too_large' });
  refused.inc({ code: 'too_large' }, 2);
  refused.inc({});
  expect(metrics.exposition()).toBe(
    [
      '# HELP meshpulse_refused_total Requests refused.',
      '# TYPE meshpulse_refused_total counter',
      'meshpulse_refused_total{code="too_large"} 3',
      'meshpulse_refused_total 1',
      '',
    ].join('\n'),
  );
});

test('label values cannot end their quotes or their line', () => {
  const metrics = new Metrics();
  metrics.gauge('g', 'h').set({ name: 'a"b\\c\nd' }, 1);
  expect(metrics.exposition()).toContain('g{name="a\\"b\\\\c\\nd"} 1\n');
});

test('a family of too many label sets counts the rest under other', () => {
  const metrics = new Metrics();
  const family = metrics.counter('c', 'h');
  for (let index = 0; index < 1500; index++) family.inc({ service: `s${index}` });
  family.inc({ service: 's0' });
  const text = metrics.exposition();
  expect(text).toContain('c{service="s0"} 2\n');
  expect(text).toContain('c{service="other"} 500\n');
  expect(text.split('\n').length).toBeLessThan(1010);
});

test('a series that is held counts in the same line as its labels do', () => {
  const metrics = new Metrics();
  const family = metrics.counter('c', 'h');
  const held = family.series({ input: 'zipkin_spans' });
  held.value += 2;
  family.inc({ input: 'zipkin_spans' });
  expect(metrics.exposition()).toContain('c{input="zipkin_spans"} 3\n');
});

test('a series that was removed says nothing any more', () => {
  const metrics = new Metrics();
  const gauge = metrics.gauge('g', 'h');
  gauge.set({ partition: '0' }, 1);
  gauge.set({ partition: '1' }, 2);
  gauge.remove({ partition: '0' });
  gauge.remove({ partition: '7' });
  expect(metrics.exposition()).toBe('# HELP g h\n# TYPE g gauge\ng{partition="1"} 2\n');
});

test('what counters have grown by is taken once, and another process counts it', () => {
  const metrics = new Metrics();
  const posts = metrics.counter('posts_total', 'Posts.');
  const waiting = metrics.gauge('waiting', 'Waiting.');
  posts.inc({ door: 'logs' }, 3);
  waiting.set({}, 7);
  const growth = metrics.takeGrowth();
  expect(growth).toEqual([{ name: 'posts_total', labels: { door: 'logs' }, by: 3 }]);
  expect(metrics.takeGrowth()).toEqual([]);
  metrics.putBack(growth);
  expect(metrics.takeGrowth()).toEqual(growth);
  posts.inc({ door: 'logs' });
  const other = metrics.empty();
  for (const each of [growth, metrics.takeGrowth(), [{ ...growth[0]!, name: 'unknown_total' }]]) {
    other.add(each, { lane: '0' });
  }
  expect(other.exposition()).toBe(
    '# HELP posts_total Posts.\n# TYPE posts_total counter\nposts_total{door="logs",lane="0"} 4\n',
  );
});
