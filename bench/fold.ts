import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Fold } from '../src/aggregate/fold.ts';
import type { RequestEvent } from '../src/model/request-event.ts';
import type { Part } from '../src/packed/message.ts';
import { PartBuilder } from '../src/packed/part-builder.ts';
import { nsPerItem, seeded } from './measure.ts';

const EVENTS = 2000;
const START_MS = Date.UTC(2026, 10, 23, 12);
/** Bounds that nothing here reaches. */
const BOUNDS = { maxServices: 10_000, maxDependencies: 50_000, maxRemembered: 5_000_000 };

/**
 * One partition's fold: ns an event, by itself and with all that it publishes; and the heap it keeps for services
 * and dependencies with traffic in every second of the last hour.
 *
 * Reference (a sketch with 10-s cells only, no breakers, nothing published): 20 ns with 100 services and 150
 * dependencies, 30 ns with 2 000 and 5 000; four windows with sketches: 64 to 102 kB a key.
 */
export async function run(smoke: boolean): Promise<void> {
  const seconds = smoke ? 70 : 3_700;
  // What the code itself takes when it is first run is nobody's.
  await heapOf(5, 10, 70);
  for (const [services, dependencies] of [
    [50, 450],
    [300, 300],
  ] as const) {
    const each = (await heapOf(services, dependencies, seconds)) / (services + dependencies);
    console.log(
      `${services} services, ${dependencies} dependencies, ${seconds} s`.padEnd(42) +
        `${(each / 1000).toFixed(0).padStart(4)} kB for each of both   reference 64–102 kB a key`,
    );
  }
  for (const [services, dependencies, ceiling] of [
    [100, 150, 20],
    [2_000, 5_000, 30],
  ] as const) {
    // In so little event time hardly anything falls due to be published.
    const alone = perEvent(services, dependencies, 1, smoke);
    const all = perEvent(services, dependencies, 100, smoke);
    console.log(
      `${services} services, ${dependencies} dependencies`.padEnd(36) +
        `${alone.toFixed(0).padStart(6)} ns an event   reference ceiling ${ceiling} ns\n` +
        `${all.toFixed(0).padStart(42)} ns with all that is published at 20 000 events/s`,
    );
  }
}

function perEvent(services: number, dependencies: number, everyMs: number, smoke: boolean): number {
  const feed = new Feed(services, dependencies, EVENTS, everyMs);
  // Enough for every service to be known, its first minute closed and states published at their pace.
  for (let part = 0; part < (smoke ? 10 : 900); part++) feed.next();
  const ns = nsPerItem(EVENTS, () => feed.next(), smoke);
  feed.check();
  return ns;
}

/** Bytes of heap of a fold whose every dependency has had a request in each of so many seconds. */
async function heapOf(services: number, dependencies: number, seconds: number): Promise<number> {
  const before = await heap();
  const feed = new Feed(services, dependencies, dependencies, 1_000);
  for (let second = 0; second < seconds; second++) feed.next();
  const bytes = (await heap()) - before;
  feed.check();
  return bytes;
}

/** The same part again and again, later each time, under a name of its own. */
class Feed {
  readonly #fold = new Fold({ partition: 0, bounds: BOUNDS });
  readonly #part: Part;
  readonly #everyMs: number;
  #offset = 0;

  constructor(services: number, dependencies: number, events: number, everyMs: number) {
    this.#part = partOf(services, dependencies, events, everyMs);
    this.#everyMs = everyMs;
  }

  next(): void {
    const { frame, columns } = this.#part;
    const offset = this.#offset++;
    // As far apart as hashes are.
    frame.bodyId = (offset + 1).toString(16).padStart(8, '0').repeat(3) + 'f00d'.repeat(2);
    if (offset > 0) {
      for (let i = 0; i < columns.count; i++) columns.endUs[i]! += this.#everyMs * 1_000;
    }
    const time = START_MS + (offset + 1) * this.#everyMs;
    this.#fold.apply({ offset, time }, { kind: 'parts', parts: [this.#part] });
  }

  /** Throws unless every event was counted: anything else would be another measurement. */
  check(): void {
    const [row] = this.#fold.state().accounting;
    const fed = this.#offset * this.#part.frame.events;
    if (row?.bins.counted !== fed)
      throw new Error(`${fed} events fed, ${JSON.stringify(row?.bins)}`);
  }
}

function partOf(services: number, dependencies: number, events: number, everyMs: number): Part {
  const random = seeded(services);
  const builder = new PartBuilder();
  for (let i = 0; i < events; i++) {
    // Each dependency in turn: the cells of all of them are in use.
    const edge = i % dependencies;
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const event: RequestEvent = {
      endUs: (START_MS + (i * everyMs) / events) * 1_000,
      durationUs: 20_000 * Math.exp(normal),
      code: random() < 0.05 ? 503 : 200,
      grpcStatus: null,
      flags: 0,
      details: 'via_upstream',
      reporter: 'source',
      source: `caller-${Math.floor(edge / services)}.shop`,
      destination: `service-${edge % services}.shop`,
      cluster: null,
      subset: null,
      host: null,
      mtls: null,
      traits: 0,
      requestId: null,
      traceId: null,
      span: null,
    };
    builder.add(event, null);
  }
  const frame = {
    bodyId: '',
    chunk: 0,
    provider: 'mesh',
    input: 'otlp_logs',
    receivedAt: START_MS,
    events,
    deadLetters: {},
    notRequests: {},
  } as const;
  return { frame: { ...frame }, columns: builder.columns() };
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes in use, typed arrays included; these are given back some turns after what holds them. */
async function heap(): Promise<number> {
  for (let i = 0; i < 3; i++) {
    collect();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
