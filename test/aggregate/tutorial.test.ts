import { expect, test } from 'vitest';
import { Fold } from '../../src/aggregate/fold.ts';
import { Random } from '../random.ts';
import { type Facts, Feed, T0_MS } from './events.ts';

const SERVICES = ['frontend', 'reviews', 'ratings', 'details'];
const PER_SECOND = 1_000;

/** The tutorial's traffic: any service calls any other; nine in ten fast, one in ten slow, `errors` fail. */
function second(random: Random, startMs: number, errors: number): Facts[] {
  return Array.from({ length: PER_SECOND }, (_, i) => {
    const source = random.pick(SERVICES);
    const destination = random.pick(SERVICES.filter((name) => name !== source));
    const ms = random.next() > 0.1 ? random.gauss(20, 5) : random.gauss(500, 100);
    const code = random.next() > errors ? 200 : 500;
    // One draw in 35 000 is negative; a proxy would have logged 0.
    const durationUs = Math.max(0, Math.round(ms * 1_000));
    return { atMs: startMs + i, source, destination, code, durationUs };
  });
}

test('a minute of the tutorial at 1 000 requests a second, an outage, and the recovery', () => {
  const random = new Random(20260624);
  const feed = new Feed(new Fold({ partition: 0 }));
  const events: Facts[] = [];
  let now = T0_MS;
  const run = (seconds: number, errors: number, until = () => false) => {
    for (let i = 0; i < seconds && !until(); i++, now += 1_000) {
      const facts = second(random, now, errors);
      events.push(...facts);
      feed.events(facts, now + 999);
    }
  };

  run(62, 0.05);
  for (const name of SERVICES) {
    const { windows, breakers, asOf } = feed.service(name);
    const window = windows['1m'];
    const asOfSecond = Math.floor(asOf / 1_000);
    const own = events.filter(({ destination, atMs }) => {
      const at = Math.floor(atMs / 1_000);
      return destination === name && at <= asOfSecond && at > asOfSecond - 60;
    });
    expect(window.requests).toBe(own.length);
    // Four standard errors of a rate of 0.95 over this many draws.
    const tolerance = 4 * Math.sqrt((0.95 * 0.05) / own.length);
    expect(Math.abs(window.success_rate! - 0.95)).toBeLessThan(tolerance);
    expect(window.success_rate).toBe(own.filter(({ code }) => code === 200).length / own.length);
    const sorted = own.map(({ durationUs }) => durationUs! / 1_000).sort((a, b) => a - b);
    const exact = sorted[Math.ceil(0.99 * sorted.length) - 1]!;
    expect(Math.abs(window.p99_latency! - exact) / exact).toBeLessThanOrEqual(0.01);
    expect(breakers[0]!.state).toBe('CLOSED');
  }
  expect(feed.transitions).toEqual([]);

  const outage = now;
  run(10, 1);
  for (const name of SERVICES) {
    const opened = feed.transitions.find((one) => one.rollup && one.destination === name);
    expect(opened).toMatchObject({ from: 'CLOSED', to: 'OPEN' });
    expect(opened!.at - outage).toBeLessThanOrEqual(6_000);
  }

  const allClosed = () => SERVICES.every((name) => feed.rollup(name).at(-1)?.endsWith('>CLOSED'));
  run(40, 0.05, allClosed);
  for (const name of SERVICES) {
    expect(feed.rollup(name)).toEqual(['CLOSED>OPEN', 'OPEN>HALF_OPEN', 'HALF_OPEN>CLOSED']);
    const [opened, probing] = feed.transitions.filter(
      (one) => one.rollup && one.destination === name,
    );
    expect(probing!.at - opened!.at).toBeGreaterThanOrEqual(30_000);
  }
}, 60_000);
