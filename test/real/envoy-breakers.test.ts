import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  changes,
  due,
  endMsOf,
  linesOf,
  RULES,
  refusedOf,
  SIDES,
  startMsOf,
  story,
} from './envoy/beside.ts';
import { CLUSTERS } from './envoy/config.ts';
import { type Ejection, enforced, type Period, withoutHost } from './envoy/ejections.ts';
import { counters, type Service } from './envoy/expected.ts';
import { type Transition, transitions } from './envoy/transitions.ts';
import { makeTrouble } from './envoy/trouble.ts';
import type { Line } from './envoy/truth.ts';
import { Watch } from './envoy/watch.ts';
import { startWorld, type World } from './envoy/world.ts';
import { describePart } from './parts.ts';

/**
 * "To the second": the workers of an Envoy report each for itself, once a second, and hear of ejections by messages.
 * All times that are compared are of events, by one clock: none is of when something was seen.
 */
const SECOND_MS = 1000;
const [SHIPPING] = SIDES;

describePart(
  'envoy',
  'The observed breaker beside a real Envoy that ejects and overflows',
  (binary) => {
    let world: World;
    let watch: Watch;
    let lines: Line[];
    let ejections: Ejection[];
    let stats: Readonly<Record<string, number>>;
    const told = new Map<string, Transition[]>();

    beforeAll(async () => {
      world = await startWorld(binary);
      watch = new Watch(world);
      await makeTrouble(world);
      await world.settled();
      await watch.stop();
      lines = world.envoy.lines();
      ejections = world.envoy.ejections();
      stats = await world.envoy.stats();
      const zeroMs = Math.min(...lines.map(startMsOf));
      console.table(changes(watch.samples, zeroMs));
      for (const side of SIDES) {
        told.set(side.service, await transitions(world, side.service));
        console.log(side.service);
        console.table(story(side, lines, ejections, told.get(side.service)!, zeroMs));
      }
    }, 120_000);
    afterAll(async () => {
      expect(await world?.stop()).toBe(0);
    });

    test.each(SIDES)('has as many refusals of $service as Envoy has in $counter', async (side) => {
      const read = async () => {
        const { windows } = await world.meshpulse.get<Service>(`/api/v1/services/${side.service}`);
        return windows['5m'].refused;
      };
      const counted = stats[`cluster.${side.cluster}.${side.counter}`]!;
      expect(counted).toBeGreaterThanOrEqual(RULES.refusals);
      await expect.poll(read, { timeout: 15_000 }).toBe(counted);
      expect(refusedOf(lines, side)).toHaveLength(counted);
      expect(counters(stats, [side.cluster]).refused, 'no other counter has any').toBe(counted);
    });

    test.each(SIDES)('is told of refusals of $service as Envoy counts them', (side) => {
      // The log is what Meshpulse is told; a counter that ran ahead of it or behind would be another truth.
      const refused = refusedOf(lines, side);
      for (const { beforeMs, afterMs, stats } of watch.samples) {
        const counted = stats[`cluster.${side.cluster}.${side.counter}`]!;
        // Envoy cuts durations to ms, and Node the clock.
        const over = refused.filter((line) => endMsOf(line) + 1 < beforeMs);
        const begun = refused.filter((line) => startMsOf(line) < afterMs + 1);
        expect(counted).toBeGreaterThanOrEqual(over.length);
        expect(counted).toBeLessThanOrEqual(begun.length);
      }
    });

    test.each(SIDES)(
      'moves for $service as its rules say of Envoy’s own log, to the second',
      async (side) => {
        const expected = due(lines, side);
        const found = told.get(side.service)!;
        expect(found.map(({ to }) => to)).toEqual(expected.map(({ to }) => to));
        for (const [i, { from, to, at, not_permitted }] of found.entries()) {
          const late = Date.parse(at) - expected[i]!.at;
          // The end of the hold is reckoned from the newest refusal. Envoy's log cuts durations to ms; its spans, which
          // tell of the first refusals of a service before the log does, do not.
          if (to === 'HALF_OPEN') expect([0, 1]).toContain(late);
          // Not before there were enough; and of what the other worker had refused by then it hears within a second.
          if (to === 'OPEN') expect(late).toBeGreaterThanOrEqual(0);
          if (to === 'OPEN' && from === 'CLOSED') expect(not_permitted).toBe(RULES.refusals);
          expect(Math.abs(late)).toBeLessThanOrEqual(SECOND_MS);
        }
        const moves = (list: readonly Transition[]) => list.map(({ to, at }) => ({ to, at }));
        expect(moves(await transitions(world, side.service, 'rollup'))).toEqual(moves(found));
      },
    );

    test('opens when the ejections have left no host, and counts its hold from when one is back', () => {
      const periods = withoutHost(ejections, world.shipping.length);
      expect(periods.length).toBeGreaterThanOrEqual(2);
      // Envoy itself: without a host it refuses, with one it does not.
      for (const line of refusedOf(lines, SHIPPING)) {
        const within = periods.filter(
          ({ fromMs, untilMs }) =>
            startMsOf(line) >= fromMs - SECOND_MS && endMsOf(line) <= untilMs + SECOND_MS,
        );
        expect(within).not.toEqual([]);
      }
      const askedBetween = (fromMs: number, untilMs: number) =>
        linesOf(lines, SHIPPING).filter(
          (line) => startMsOf(line) > fromMs && startMsOf(line) < untilMs,
        );
      const without = periods.flatMap(({ fromMs, untilMs }) =>
        askedBetween(fromMs + SECOND_MS, untilMs - SECOND_MS),
      );
      expect(without.length).toBeGreaterThan(0);
      expect(without.filter(({ flags }) => flags !== 'UH')).toEqual([]);

      const found = told.get(SHIPPING.service)!;
      const [opened] = found;
      // Envoy writes its log after it has told its workers.
      expect(Date.parse(opened!.at)).toBeGreaterThan(periods[0]!.fromMs - SECOND_MS);
      for (const { at } of found.filter(({ to }) => to === 'HALF_OPEN')) {
        const refusedLast = Date.parse(at) - RULES.holdSeconds * SECOND_MS;
        const { untilMs } = periods.findLast(({ fromMs }) => fromMs <= refusedLast)!;
        expect(refusedLast).toBeLessThanOrEqual(untilMs + SECOND_MS);
        // Or nobody asked between.
        expect(askedBetween(refusedLast + 1, untilMs - SECOND_MS)).toEqual([]);
      }
    });

    test('takes nothing for a refusal while one host of two is ejected', () => {
      const fromMs = Date.parse(enforced(ejections)[0]!.timestamp);
      const [{ fromMs: noneMs }] = withoutHost(ejections, world.shipping.length) as [Period];
      const own = linesOf(lines, SHIPPING);
      // From then on the second fails too.
      const untilMs = Math.max(
        ...own
          .filter(({ code }) => code === 200)
          .map(endMsOf)
          .filter((ms) => ms < noneMs),
      );
      const between = own.filter((line) => startMsOf(line) > fromMs && endMsOf(line) < untilMs);
      expect(between.length).toBeGreaterThanOrEqual(5);
      expect(between.filter(({ flags }) => flags !== '-')).toEqual([]);
      expect(told.get(SHIPPING.service)!.filter(({ at }) => Date.parse(at) < untilMs)).toEqual([]);
    });

    test('is beside an ejection log that says what Envoy’s counters say', () => {
      const of = (name: string) => stats[`cluster.${CLUSTERS.shipping}.outlier_detection.${name}`];
      const made = enforced(ejections).filter(({ action }) => action === 'EJECT');
      expect(of('ejections_enforced_total')).toBe(made.length);
      expect(of('ejections_enforced_consecutive_5xx')).toBe(made.length);
      expect(of('ejections_active')).toBe(0);
      expect(of('ejections_overflow')).toBe(0);
    });
  },
);
