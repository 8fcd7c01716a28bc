import type { Fold } from '../../src/aggregate/fold.ts';
import type { Output } from '../../src/aggregate/output.ts';
import type { Transition } from '../../src/model/breaker.ts';
import type { CountsByReason, Input } from '../../src/model/input.ts';
import type { RequestEvent } from '../../src/model/request-event.ts';
import { PARTITION_KEY, type PartitionState, type ServiceState } from '../../src/model/state.ts';
import type { Part } from '../../src/packed/message.ts';
import { PartBuilder } from '../../src/packed/part-builder.ts';

/** 2026-01-01T00:00:00Z, a whole hour. */
export const T0_MS = 1_767_225_600_000;

export type Facts = Partial<RequestEvent> & { atMs: number; fingerprint?: bigint };

/** A plain good request that ended at `atMs`, with what the test wants different. */
export function event({ atMs, fingerprint: _, ...facts }: Facts): RequestEvent {
  return {
    endUs: Math.round(atMs * 1_000),
    durationUs: 20_000,
    code: 200,
    grpcStatus: null,
    flags: 0,
    details: null,
    reporter: 'source',
    source: 'frontend',
    destination: 'reviews',
    cluster: null,
    subset: null,
    host: null,
    mtls: null,
    traits: 0,
    requestId: null,
    traceId: null,
    span: null,
    ...facts,
  };
}

export interface PartOptions {
  id?: string;
  provider?: string;
  input?: Input;
  deadLetters?: CountsByReason;
  notRequests?: CountsByReason;
}

let bodies = 0;

/** A part of a body of its own, unless `id` says otherwise. */
export function part(facts: readonly Facts[], options: PartOptions = {}): Part {
  const input = options.input ?? 'access_logs';
  const builder = new PartBuilder({
    spans: input === 'zipkin_spans',
    fingerprints: facts.some(({ fingerprint }) => fingerprint !== undefined),
  });
  for (const one of facts) builder.add(event(one), one.fingerprint ?? null);
  return {
    frame: {
      bodyId: options.id ?? (++bodies).toString(16).padStart(32, '0'),
      chunk: 0,
      provider: options.provider ?? 'mesh-a',
      input,
      receivedAt: 0,
      events: facts.length,
      deadLetters: options.deadLetters ?? {},
      notRequests: options.notRequests ?? {},
    },
    columns: builder.columns(),
  };
}

/** Feeds a fold one record after another, as a stream would. */
export class Feed {
  readonly outputs: Output[] = [];
  readonly fold: Fold;
  #offset = 0;

  constructor(fold: Fold) {
    this.fold = fold;
  }

  parts(parts: Part[], time: number): Output[] {
    return this.#apply(time, { kind: 'parts', parts });
  }

  events(facts: readonly Facts[], time = Math.max(...facts.map(({ atMs }) => atMs))): Output[] {
    return this.parts([part(facts)], time);
  }

  tick(time: number): Output[] {
    return this.#apply(time, { kind: 'tick' });
  }

  /** Ticks every second, as an idle owner would. */
  ticks(fromMs: number, toMs: number): void {
    for (let time = fromMs; time <= toMs; time += 1_000) this.tick(time);
  }

  get transitions(): Transition[] {
    return this.outputs.flatMap((output) => (output.topic === 'transitions' ? output.value : []));
  }

  /** Transitions of the service's inferred roll-up, as `FROM>TO`. */
  rollup(service: string, basis = 'inferred'): string[] {
    return this.transitions
      .filter((one) => one.rollup && one.destination === service && one.basis === basis)
      .map(({ from, to }) => `${from}>${to}`);
  }

  /** The newest published state of a service. */
  service(name: string): ServiceState {
    const found = this.outputs.findLast(({ topic, key }) => topic === 'state' && key === name);
    if (found?.value == null) throw new Error(`no state of ${name} was published`);
    return found.value as ServiceState;
  }

  get partition(): PartitionState {
    const isPartition = ({ key }: Output) => key.startsWith(PARTITION_KEY);
    return this.outputs.findLast(isPartition)!.value as PartitionState;
  }

  #apply(time: number, message: Parameters<Fold['apply']>[1]): Output[] {
    const outputs = this.fold.apply({ offset: this.#offset++, time }, message);
    this.outputs.push(...outputs);
    return outputs;
  }
}
