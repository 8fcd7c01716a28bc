import type { RequestEvent } from '../../model/request-event.ts';
import { Derived } from './derived.ts';
import { flagsOf, hostOf } from './envoy-facts.ts';
import { grpcStatusOf } from './grpc-status.ts';
import type { InternedBytes } from './interned-bytes.ts';
import { codeOf, detailsOf, traitsOf } from './zipkin-event.ts';
import type { ZipkinIdentity } from './zipkin-identity.ts';
import { FACT_TAG, FACTS, NamedIdentities } from './zipkin-names.ts';

/** Values from here on are not interned. */
export const INTERNED = FACTS;

/** What the names and tags of a span say, as far as it can come again. */
export class SpanFacts {
  /** By NAMING_TAG, service and FACT_TAG: the number of the interned value, 0 where the span has none. */
  readonly numbers = new Int32Array(INTERNED);
  error = false;
  prober = false;
  mirrored = false;

  set(other: SpanFacts): void {
    const { numbers } = this;
    const others = other.numbers;
    // Quicker than `set` for so few.
    for (let i = 0; i < INTERNED; i += 1) numbers[i] = others[i]!;
    this.error = other.error;
    this.prober = other.prober;
    this.mirrored = other.mirrored;
  }
}

export const NO_FACTS = new SpanFacts();

/** What becomes of them in the event. Never changed: many spans share one. */
export interface SpanOutcome {
  readonly identity: ZipkinIdentity;
  readonly code: number;
  readonly grpcStatus: number | null;
  readonly flags: number;
  readonly details: RequestEvent['details'];
  readonly host: string | null;
  readonly traits: number;
}

export class SpanOutcomes {
  readonly #strings: InternedBytes;
  readonly #identities: NamedIdentities;
  readonly #codes: Derived<number | null>;
  readonly #grpcStatuses: Derived<number | null>;
  readonly #flags: Derived<number>;
  readonly #hosts: Derived<string | null>;

  constructor(strings: InternedBytes) {
    this.#strings = strings;
    this.#identities = new NamedIdentities(strings);
    this.#codes = new Derived(strings, codeOf);
    this.#grpcStatuses = new Derived(strings, (text) => grpcStatusOf(text ?? null));
    this.#flags = new Derived(strings, flagsOf);
    this.#hosts = new Derived(strings, hostOf);
  }

  /** With the strings. */
  clear(): void {
    this.#identities.clear();
    this.#codes.clear();
    this.#grpcStatuses.clear();
    this.#flags.clear();
    this.#hosts.clear();
  }

  of({ numbers, error, prober, mirrored }: SpanFacts): SpanOutcome {
    const code = this.#codes.of(
      numbers[FACT_TAG['http.status_code']]! || numbers[FACT_TAG['http.response.status_code']]!,
    );
    const grpcStatus = this.#grpcStatuses.of(
      numbers[FACT_TAG['grpc.status_code']]! || numbers[FACT_TAG['rpc.grpc.status_code']]!,
    );
    const otelStatus = numbers[FACT_TAG['otel.status_code']]!;
    return {
      identity: this.#identities.of(numbers),
      code: code ?? 0,
      grpcStatus,
      flags: this.#flags.of(numbers[FACT_TAG.response_flags]!),
      details: detailsOf(
        code,
        grpcStatus,
        error,
        otelStatus === 0 ? undefined : this.#strings.text(otelStatus),
      ),
      host: this.#hosts.of(numbers[FACT_TAG.upstream_address]!),
      traits: traitsOf(prober, mirrored, code),
    };
  }
}
