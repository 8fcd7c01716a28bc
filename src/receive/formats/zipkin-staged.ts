import type { NotARequestReason } from '../../model/input.ts';
import type { RequestEvent } from '../../model/request-event.ts';
import { requestIdOf } from './envoy-facts.ts';
import type { JsonBytes } from './json-bytes.ts';
import type { Records } from './records.ts';
import type { SpanOutcome } from './span-outcome.ts';
import { endOf, NO_BYTES } from './zipkin-event.ts';
import type { ZipkinIdentity } from './zipkin-identity.ts';
import { normalId, normalTraceId } from './zipkin-json-span.ts';

const NOBODY: ZipkinIdentity = {
  reporter: 'destination',
  source: null,
  destination: null,
  cluster: null,
  subset: null,
};
const NOTHING: SpanOutcome = {
  identity: NOBODY,
  code: 0,
  grpcStatus: null,
  flags: 0,
  details: null,
  host: null,
  traits: 0,
};

/** One span that was read, kept until its whole batch is known to be good. */
export class StagedSpan {
  /** Null for a request; else the rest says nothing. */
  reason: NotARequestReason | null = null;
  startUs = 0;
  durationUs = 0;
  outcome = NOTHING;
  shared = false;
  // Where the characters of the ids stand in the body; `requestIdFrom` is 0 when there is none.
  traceIdFrom = 0;
  traceIdTo = 0;
  idFrom = 0;
  idTo = 0;
  requestIdFrom = 0;
  requestIdTo = 0;
}

const KEPT_SPANS = 1_000;

/** The spans of one body, in objects that the next body uses again. */
export class StagedSpans {
  readonly #spans: StagedSpan[] = [];
  readonly #json: JsonBytes;
  readonly #requestId = { from: 0, to: 0 };
  readonly #event: RequestEvent;
  #count = 0;

  constructor(json: JsonBytes) {
    this.#json = json;
    this.#event = newEvent(json, this.#requestId);
  }

  clear(): void {
    this.#count = 0;
    if (this.#spans.length > KEPT_SPANS) this.#spans.length = KEPT_SPANS;
  }

  next(): StagedSpan {
    const count = this.#count;
    if (count === this.#spans.length) this.#spans.push(new StagedSpan());
    this.#count = count + 1;
    return this.#spans[count]!;
  }

  emit(out: Records): void {
    for (let i = 0; i < this.#count; i += 1) {
      const span = this.#spans[i]!;
      if (span.reason === null) out.event(this.#fill(span), NO_BYTES);
      else out.notARequest(span.reason);
    }
  }

  #fill(span: StagedSpan): RequestEvent {
    const json = this.#json;
    const event = this.#event;
    const { outcome } = span;
    const { identity } = outcome;
    event.reporter = identity.reporter;
    event.source = identity.source;
    event.destination = identity.destination;
    event.cluster = identity.cluster;
    event.subset = identity.subset;
    event.endUs = endOf(span.startUs, span.durationUs);
    event.durationUs = span.durationUs;
    event.code = outcome.code;
    event.grpcStatus = outcome.grpcStatus;
    event.flags = outcome.flags;
    event.details = outcome.details;
    event.host = outcome.host;
    event.traits = outcome.traits;
    this.#requestId.from = span.requestIdFrom;
    this.#requestId.to = span.requestIdTo;
    event.traceId = traceIdOf(json, span.traceIdFrom, span.traceIdTo);
    event.span = { id: idOf(json, span.idFrom, span.idTo), shared: span.shared };
    return event;
  }
}

/** An event whose request id becomes a string when it is read: of most requests nobody asks for it. */
function newEvent(json: JsonBytes, requestId: { from: number; to: number }): RequestEvent {
  return {
    ...NOBODY,
    endUs: 0,
    durationUs: 0,
    code: 0,
    grpcStatus: null,
    flags: 0,
    details: null,
    host: null,
    mtls: null,
    traits: 0,
    get requestId() {
      const { from, to } = requestId;
      return from === 0 ? null : requestIdOf(json.text(from, to));
    },
    traceId: null,
    span: null,
  };
}

const ZERO = 0x30;

/** Most ids are as Zipkin wants them. */
function traceIdOf(json: JsonBytes, from: number, to: number): string {
  const text = json.ascii(from, to);
  const length = to - from;
  return length === 16 || (length === 32 && json.bytes[from] !== ZERO) ? text : normalTraceId(text);
}

function idOf(json: JsonBytes, from: number, to: number): string {
  const text = json.ascii(from, to);
  return to - from === 16 ? text : normalId(text);
}
