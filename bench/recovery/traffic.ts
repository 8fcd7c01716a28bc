import type { Input } from '../../src/model/input.ts';
import type { RequestEvent } from '../../src/model/request-event.ts';
import { encodeParts } from '../../src/packed/codec.ts';
import type { Columns } from '../../src/packed/columns.ts';
import { PartBuilder, type PartBuilderOptions } from '../../src/packed/part-builder.ts';
import type { AppendRecord } from '../../src/stream/record.ts';
import { drawing, type Edge, outageAt, victimOf } from '../load/mesh.ts';
import { seeded } from '../measure.ts';

export const EVENTS_A_BODY = 100;

/** What receivers make of each input: a third of the services sends each. */
const WAYS: readonly { input: Input; options: PartBuilderOptions }[] = [
  { input: 'access_logs', options: { fingerprints: true } },
  { input: 'zipkin_spans', options: { spans: true } },
  { input: 'otlp_logs', options: {} },
];
/** Bodies that are made once; what is told apart by (ends, ids) is written into them anew each time. */
const MADE = 900;
const REPEATED = 0.002;
const FAILURES = 0.015;
const FAILURES_IN_OUTAGE = 0.8;

interface Made {
  input: Input;
  columns: Columns;
  /** Rows of the service that fails now and then. */
  victims: readonly number[];
}

/** The `requests` of a mesh as receivers append them: late ends, retried bodies and lines, an outage now and then. */
export class Traffic {
  readonly #random = seeded(11);
  readonly #made: readonly Made[];
  #bodies = 0;
  #last: AppendRecord | null = null;

  constructor(edges: readonly Edge[]) {
    const victim = victimOf(edges);
    const draw = WAYS.map((_, way) => {
      const own = edges.filter(({ destination }) => wayOf(destination) === way);
      return drawing(own, this.#random);
    });
    this.#made = Array.from({ length: MADE }, (_, body) => {
      const way = body % WAYS.length;
      return this.#make(WAYS[way]!, Array.from({ length: EVENTS_A_BODY }, draw[way]!), victim);
    });
  }

  /** The next body, received at `nowMs`. */
  next(nowMs: number): AppendRecord {
    if (this.#last !== null && this.#chance(REPEATED)) return this.#last;
    const made = this.#made[this.#bodies++ % MADE]!;
    const { input, columns, victims } = made;
    this.#renew(columns, nowMs);
    const failing = outageAt(nowMs);
    for (const row of victims) {
      columns.code[row] = this.#chance(failing ? FAILURES_IN_OUTAGE : FAILURES) ? 503 : 200;
    }
    const frame = {
      bodyId: this.#hex(32),
      chunk: 0,
      provider: 'mesh',
      input,
      receivedAt: nowMs,
      events: columns.count,
      deadLetters: {},
      notRequests: {},
    };
    const value = encodeParts([{ frame, columns }]);
    this.#last = { topic: 'requests', partition: 0, key: null, value };
    return this.#last;
  }

  /** Ends and identities; now and then a row repeats the one before it, as shippers and tracers do. */
  #renew({ count, endUs, fingerprints, spans }: Columns, nowMs: number): void {
    for (let i = 0; i < count; i++) {
      const from = i > 0 && this.#chance(REPEATED) ? i - 1 : i;
      endUs[i] = from < i ? endUs[from]! : Math.floor((nowMs - this.#ageMs()) * 1_000);
      if (fingerprints !== null) fingerprints[i] = from < i ? fingerprints[from]! : this.#id();
      if (spans === null) continue;
      spans.id[i] = from < i ? spans.id[from]! : this.#id();
      spans.traceIdLow[i] = from < i ? spans.traceIdLow[from]! : this.#id();
    }
  }

  #make({ input, options }: (typeof WAYS)[number], drawn: Edge[], victim: string): Made {
    const builder = new PartBuilder(options);
    for (const edge of drawn)
      builder.add(this.#event(edge, options), options.fingerprints ? 1n : null);
    const victims = drawn.flatMap(({ destination }, row) => (destination === victim ? [row] : []));
    return { input, columns: builder.columns(), victims };
  }

  #event(
    { source, destination, version }: Edge,
    { spans = false }: PartBuilderOptions,
  ): RequestEvent {
    const random = this.#random;
    return {
      endUs: 0,
      durationUs: Math.ceil(20_000 * Math.exp(3 * random() - 1.5)),
      code: this.#chance(FAILURES) ? 503 : 200,
      grpcStatus: null,
      flags: 0,
      details: 'via_upstream',
      reporter: spans ? 'destination' : 'source',
      source: `${source}.shop`,
      destination: `${destination}.shop`,
      cluster: null,
      subset: version,
      host: `10.0.${Math.floor(3 * random())}.${destination.length}:9080`,
      mtls: null,
      traits: 0,
      requestId: spans ? null : `5f1b2c3d-7e8f-4a9b-8c0d-${this.#hex(12)}`,
      traceId: spans ? this.#hex(32) : null,
      span: spans ? { id: this.#hex(16), shared: true } : null,
    };
  }

  /** Most are sent within a second; some wait for up to a minute, and few are too late. */
  #ageMs(): number {
    const kind = this.#random();
    return (kind < 0.989 ? 1_000 : kind < 0.999 ? 60_000 : 400_000) * this.#random();
  }

  #chance(of: number): boolean {
    return this.#random() < of;
  }

  #id(): bigint {
    return (BigInt(this.#word()) << 32n) | BigInt(this.#word());
  }

  #hex(digits: number): string {
    let text = '';
    while (text.length < digits) text += this.#word().toString(16).padStart(8, '0');
    return text.slice(0, digits);
  }

  #word(): number {
    return Math.floor(this.#random() * 2 ** 32);
  }
}

function wayOf(destination: string): number {
  return Number(destination.slice(destination.lastIndexOf('-') + 1)) % WAYS.length;
}
