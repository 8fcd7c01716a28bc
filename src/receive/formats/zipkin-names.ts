import type { InternedBytes } from './interned-bytes.ts';
import { identityOf, type ZipkinIdentity } from './zipkin-identity.ts';
import { normalServiceName } from './zipkin-json-span.ts';

/** Where a span's numbers of interned names stand: the tags that {@link identityOf} reads, and the endpoints' names. */
export const NAMING_TAG = {
  upstream_cluster: 0,
  'istio.source_canonical_service': 1,
  'istio.source_namespace': 2,
  'istio.source_workload': 3,
  'istio.destination_canonical_service': 4,
  'istio.destination_namespace': 5,
  'istio.destination_workload': 6,
  'istio.destination_cluster_id': 7,
  'istio.destination_canonical_revision': 8,
  'istio.canonical_service': 9,
  'istio.namespace': 10,
  node_id: 11,
  'istio.cluster_id': 12,
  'istio.canonical_revision': 13,
} as const;
export const LOCAL_SERVICE = 14;
export const REMOTE_SERVICE = 15;
export const NAMES = 16;
/** Where the numbers of its other tags of few different values stand. */
export const FACT_TAG = {
  response_flags: NAMES,
  upstream_address: NAMES + 1,
  'http.status_code': NAMES + 2,
  'http.response.status_code': NAMES + 3,
  'grpc.status_code': NAMES + 4,
  'rpc.grpc.status_code': NAMES + 5,
  'otel.status_code': NAMES + 6,
} as const;
export const FACTS = NAMES + 7;

const NAMING_TAGS = Object.entries(NAMING_TAG);
/** A power of two. */
const ENTRIES = 2 ** 14;

/** Who called whom, once for each combination of names. Bounded: a newer combination takes an older one's place. */
export class NamedIdentities {
  readonly #strings: InternedBytes;
  readonly #names = new Int32Array(ENTRIES * NAMES);
  readonly #identities: (ZipkinIdentity | null)[] = new Array(ENTRIES).fill(null);

  constructor(strings: InternedBytes) {
    this.#strings = strings;
  }

  /** With `strings`. */
  clear(): void {
    this.#identities.fill(null);
  }

  /** Of the first {@link NAMES} numbers, each that of an interned string, or 0 for none. */
  of(names: Int32Array): ZipkinIdentity {
    const entry = entryOf(names);
    const known = this.#identities[entry]!;
    if (known !== null && this.#isOf(entry, names)) return known;
    const identity = this.#identify(names);
    this.#names.set(names.subarray(0, NAMES), entry * NAMES);
    this.#identities[entry] = identity;
    return identity;
  }

  #isOf(entry: number, names: Int32Array): boolean {
    const first = entry * NAMES;
    for (let i = 0; i < NAMES; i += 1) if (this.#names[first + i] !== names[i]) return false;
    return true;
  }

  #identify(names: Int32Array): ZipkinIdentity {
    const text = (number: number) => this.#strings.text(number);
    const tags: Record<string, string> = {};
    for (const [tag, i] of NAMING_TAGS) if (names[i] !== 0) tags[tag] = text(names[i]!);
    const service = (number: number) => normalServiceName(number === 0 ? null : text(number));
    return identityOf({
      tags,
      localService: service(names[LOCAL_SERVICE]!),
      remoteService: service(names[REMOTE_SERVICE]!),
    });
  }
}

function entryOf(names: Int32Array): number {
  let hash = 0;
  for (let i = 0; i < NAMES; i += 1) {
    hash = Math.imul(hash ^ names[i]!, 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  return hash & (ENTRIES - 1);
}
