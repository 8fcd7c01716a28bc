import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Changes } from '../../src/aggregate/changes/changes.ts';
import { decodeChanges, encodeChanges } from '../../src/aggregate/changes/codec.ts';
import {
  type Checkpoint,
  decodeCheckpoint,
  encodeCheckpoint,
} from '../../src/aggregate/checkpoint.ts';
import { DEFAULT_BOUNDS } from '../../src/aggregate/directory.ts';
import { Fold } from '../../src/aggregate/fold.ts';
import type { At } from '../../src/aggregate/outputs.ts';
import { rebuildFrom, rereadFromMs } from '../../src/aggregate/rebuild-range.ts';
import { FLAG } from '../../src/model/response-flags.ts';
import type { Rollup } from '../../src/model/rollup.ts';
import type { Message } from '../../src/packed/message.ts';
import { Random } from '../random.ts';
import { expectSame } from '../same.ts';
import { type Facts, part, T0_MS } from './events.ts';

interface Step {
  at: At;
  message: Message;
}

/** A stream of an hour and a half with outages, copies, late lines, ticks and silence. */
function stream(seed: number, services: readonly string[]): Step[] {
  const random = new Random(seed);
  const steps: Step[] = [];
  let time = T0_MS;
  const bodies: (() => Message)[] = [];
  const lines: Facts[] = [];
  const fast = random.pick([-3_000, -250_000, -330_000, -500_000]);
  for (let offset = 0; offset < 300; offset++) {
    time += random.pick([50, 200, 700, 1_000, 5_000, 30_000]);
    const failing = Math.floor(offset / 60) % 2 === 1;
    const facts = Array.from({ length: random.integer(25) }, (_, i) => {
      if (lines.length > 0 && random.next() < 0.1) return random.pick(lines.slice(-400));
      const line = {
        atMs:
          time - random.pick([0, 0, 10, 900, 4_000, 100_000, 290_000, 310_000, -5, -60_000, fast]),
        source: random.pick(['frontend', 'mobile', null]),
        destination: random.pick(services),
        subset: random.pick([null, 'v2']),
        cluster: random.pick([null, 'east', 'west']),
        reporter: random.pick(['source', 'destination'] as const),
        code: random.next() < (failing ? 0.9 : 0.05) ? 503 : 200,
        durationUs: random.integer(500_000),
        flags: random.pick([0, 0, 0, FLAG.NR]),
        requestId: `r-${offset}-${i}`,
        fingerprint: BigInt(lines.length + 1),
      };
      lines.push(line);
      return line;
    });
    const id = (offset + 2).toString(16).padStart(32, '0');
    const body = (): Message => ({ kind: 'parts', parts: [part(facts, { id })] });
    bodies.push(body);
    const kind = random.integer(10);
    const message: Message =
      kind === 0 ? { kind: 'tick' } : kind === 1 ? random.pick(bodies.slice(-5))() : body();
    steps.push({ at: { offset, time }, message });
  }
  return steps;
}

async function* inBatches<T>(items: readonly T[]): AsyncGenerator<readonly T[]> {
  for (let i = 0; i < items.length; i += 7) yield items.slice(i, i + 7);
}

/** The minutes that a restart takes from rollups. */
function minutesFor({ time, pendingRollups }: Checkpoint, rollups: Rollup[]) {
  const before = rebuildFrom(time);
  return inBatches([...rollups, ...pendingRollups].filter(({ minute }) => minute * 1e6 < before));
}

/** Restored by reading the records again. */
async function rebuilt(checkpoint: Checkpoint, steps: Step[], rollups: Rollup[]): Promise<Fold> {
  const fold = new Fold({ partition: 0 });
  fold.restore(checkpoint);
  const again = steps.filter(({ at }) => {
    return at.offset < checkpoint.offset && at.time >= rereadFromMs(checkpoint.time);
  });
  await fold.rebuild(minutesFor(checkpoint, rollups), inBatches(again));
  return fold;
}

/** What a fold noted of its changes: encoded, with the append time of the last record they are of. */
interface Noted {
  time: number;
  bytes: Uint8Array;
}

/** A fold that never stopped, and what a restart after it finds; changes are noted after each `every` records. */
function undisturbedBy(steps: readonly Step[], every: number, bounds = DEFAULT_BOUNDS) {
  const changes = new Changes();
  changes.begin(0);
  const undisturbed = new Fold({ partition: 0, bounds, changes });
  const rollups: Rollup[] = [];
  const noted: Noted[] = [];
  steps.forEach(({ at, message }, index) => {
    for (const { topic, value } of undisturbed.apply(at, message)) {
      if (topic === 'rollups') rollups.push(value);
    }
    if ((index + 1) % every > 0 && index + 1 < steps.length) return;
    noted.push({ time: at.time, bytes: encodeChanges(changes.upTo(undisturbed.offset)) });
    changes.begin(undisturbed.offset);
  });
  const bytes = encodeCheckpoint(undisturbed.checkpoint());
  /** As each restart decodes it anew. */
  const checkpoint = () => decodeCheckpoint(bytes, 0)!;
  return { undisturbed, rollups, noted, checkpoint };
}

/** Restored from what was noted while they were folded. */
async function replayed(
  checkpoint: Checkpoint,
  noted: Noted[],
  rollups: Rollup[],
  bounds = DEFAULT_BOUNDS,
): Promise<Fold> {
  const fold = new Fold({ partition: 0, bounds });
  fold.restore(checkpoint);
  const needed = noted.filter(({ time }) => time >= rereadFromMs(checkpoint.time));
  const changes = needed.map(({ bytes }) => decodeChanges(bytes)!);
  await fold.replay(minutesFor(checkpoint, rollups), inBatches(changes));
  return fold;
}

/** Two clusters, one of which loses its requests to the other, again and again; some lines come late. */
function failingOver(seed: number): Step[] {
  const random = new Random(seed);
  const carrying: (string | null)[] = [];
  for (let turn = 0; carrying.length < 300; turn++) {
    for (let i = 15 + random.integer(50); i > 0; i--) carrying.push(['east', 'west'][turn % 2]!);
    for (let i = random.integer(6); i > 0; i--) carrying.push(null);
  }
  return Array.from({ length: 300 }, (_, offset): Step => {
    const time = T0_MS + offset * 1_000;
    const facts = Array.from({ length: 5 + random.integer(15) }, (_, i): Facts => {
      const atMs = time - random.pick([0, 300, 700, 700, 12_000]) - random.integer(300);
      const cluster = carrying[Math.floor((atMs - T0_MS) / 1_000)] ?? null;
      return {
        atMs,
        cluster: random.next() < 0.02 ? 'east' : (cluster ?? 'west'),
        reporter: 'destination',
        code: cluster === null ? 503 : 200,
        requestId: `r-${offset}-${i}`,
      };
    });
    const id = (offset + 2).toString(16).padStart(32, '0');
    return { at: { offset, time }, message: { kind: 'parts', parts: [part(facts, { id })] } };
  });
}

const FEW = ['reviews', 'ratings', 'details'];
/** More than are rolled up in one second. */
const MANY = Array.from({ length: 400 }, (_, i) => `service-${i}`);

test.each([
  ['few', FEW, 5],
  ['many', MANY, 1],
])(
  'a fold of %s services restored from a checkpoint anywhere goes on exactly as the one that never stopped',
  async (_, services, numRuns) => {
    await fc.assert(
      fc.asyncProperty(fc.integer(), fc.integer({ min: 1, max: 299 }), async (seed, cut) => {
        const steps = stream(seed, services);
        const { undisturbed, rollups, noted, checkpoint } = undisturbedBy(steps.slice(0, cut), 7);
        const folds = [
          await rebuilt(checkpoint(), steps, rollups),
          await replayed(checkpoint(), noted, rollups),
        ];
        for (const { at, message } of steps.slice(cut)) {
          const expected = undisturbed.apply(at, message);
          for (const fold of folds) expectSame(fold.apply(at, message), expected);
        }
      }),
      { numRuns, seed: 3 },
    );
  },
  60_000,
);

test('a fold restored while requests move between clusters tells of the same failovers', async () => {
  let told = 0;
  await fc.assert(
    fc.asyncProperty(fc.integer(), fc.integer({ min: 1, max: 299 }), async (seed, cut) => {
      const steps = failingOver(seed);
      const { undisturbed, rollups, noted, checkpoint } = undisturbedBy(steps.slice(0, cut), 7);
      const folds = [
        await rebuilt(checkpoint(), steps, rollups),
        await replayed(checkpoint(), noted, rollups),
      ];
      for (const { at, message } of steps.slice(cut)) {
        const expected = undisturbed.apply(at, message);
        for (const fold of folds) expectSame(fold.apply(at, message), expected);
        told += JSON.stringify(expected).includes('"beganAt"') ? 1 : 0;
      }
    }),
    { numRuns: 8, seed: 5 },
  );
  expect(told).toBeGreaterThan(100);
}, 60_000);

test('a damaged, cut or foreign checkpoint is not one', () => {
  const fold = new Fold({ partition: 0 });
  fold.apply({ offset: 0, time: T0_MS }, { kind: 'tick' });
  const bytes = encodeCheckpoint(fold.checkpoint());
  expect(decodeCheckpoint(bytes, 0)?.offset).toBe(1);
  expect(decodeCheckpoint(bytes, 1)).toBeNull();
  expect(decodeCheckpoint(bytes.subarray(0, bytes.length - 1), 0)).toBeNull();
  const damaged = bytes.slice();
  damaged[bytes.length >> 1]! ^= 1;
  expect(decodeCheckpoint(damaged, 0)).toBeNull();
  expect(decodeCheckpoint(new Uint8Array(), 0)).toBeNull();
  expect(decodeCheckpoint(null, 0)).toBeNull();
});

test('names that found no room have none after a restart from changes either', async () => {
  const bounds = { maxServices: 3, maxDependencies: 4, maxRemembered: 300 };
  await fc.assert(
    fc.asyncProperty(fc.integer(), fc.integer({ min: 1, max: 299 }), async (seed, cut) => {
      const steps = stream(seed, ['reviews', 'ratings', 'details', 'cart', 'mail']);
      const done = undisturbedBy(steps.slice(0, cut), 1, bounds);
      const { undisturbed, rollups, noted, checkpoint } = done;
      const fold = await replayed(checkpoint(), noted, rollups, bounds);
      for (const { at, message } of steps.slice(cut)) {
        expectSame(fold.apply(at, message), undisturbed.apply(at, message));
      }
    }),
    { numRuns: 6, seed: 3 },
  );
}, 60_000);

test('a service that was forgotten after a silence does not come back with what was noted of it', async () => {
  const message = (atMs: number, destination: string): Message => ({
    kind: 'parts',
    parts: [part([{ atMs, destination }])],
  });
  const later = T0_MS + 2 * 3_600_000;
  const steps = [
    { at: { offset: 0, time: T0_MS }, message: message(T0_MS, 'forgotten') },
    { at: { offset: 1, time: later }, message: message(later, 'reviews') },
  ];
  // Noted together: the forgotten one is among what is read again.
  const { undisturbed, noted, checkpoint } = undisturbedBy(steps, 2);
  const fold = await replayed(checkpoint(), noted, []);
  expect(fold.state().services).toBe(1);
  const at = { offset: 2, time: later + 10_000 };
  expect(fold.apply(at, { kind: 'tick' })).toEqual(undisturbed.apply(at, { kind: 'tick' }));
});

test('a copy of an event whose clock was four minutes fast is known after a restart eight minutes later', async () => {
  const fast = { atMs: T0_MS + 240_000, fingerprint: 7n };
  const message = (atMs: number, ...facts: { atMs: number; fingerprint: bigint }[]): Message => ({
    kind: 'parts',
    parts: [part([{ atMs, fingerprint: BigInt(atMs) }, ...facts])],
  });
  const steps = Array.from({ length: 501 }, (_, second): Step => {
    const time = T0_MS + second * 1_000;
    const own = second === 0 ? [fast] : [];
    return { at: { offset: second, time }, message: message(time, ...own) };
  });
  const { undisturbed, rollups, noted, checkpoint } = undisturbedBy(steps, 1);
  const folds = [
    undisturbed,
    await rebuilt(checkpoint(), steps, rollups),
    await replayed(checkpoint(), noted, rollups),
  ];
  for (const one of folds) {
    one.apply({ offset: 501, time: T0_MS + 501_000 }, message(T0_MS + 501_000, fast));
    expect(one.state().accounting[0]!.bins).toMatchObject({ counted: 503, duplicate: 1 });
  }
});
