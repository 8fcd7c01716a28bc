import { resolveIdentity } from '../../identity/resolve.ts';
import type { DeadLetterReason } from '../../model/input.ts';
import { MAX_DETAILS, type RequestEvent, TRAIT } from '../../model/request-event.ts';
import type { AccessLogFields, Emitter } from './access-log-fields.ts';
import { flagsOf, hostOf, requestIdOf } from './envoy-facts.ts';
import { grpcStatusOf } from './grpc-status.ts';
import { logTimeUs } from './log-time.ts';
import { isProber } from './prober.ts';

export function emptyEvent(): RequestEvent {
  return {
    endUs: 0,
    durationUs: null,
    code: 0,
    grpcStatus: null,
    flags: 0,
    details: null,
    reporter: 'source',
    source: null,
    destination: null,
    cluster: null,
    subset: null,
    host: null,
    mtls: null,
    traits: 0,
    requestId: null,
    traceId: null,
    span: null,
  };
}

/**
 * Makes one access-log record's fields into the facts of a request event: fills all of `into` and returns null,
 * or says why they are none. START_TIME is the start, so the end is start + duration; without a duration it is
 * the start.
 */
export function accessLogEvent(
  fields: AccessLogFields,
  emitter: Emitter,
  into: RequestEvent,
): DeadLetterReason | null {
  if (fields.startTime === null && fields.startUs === null) return 'missing_field';
  const startUs = startOf(fields);
  if (startUs === null) return 'bad_timestamp';
  // Envoy prints `"- - -" 0` for TCP; its documentation says `-` for the code.
  const noRequest = fields.method === null && fields.protocol === null;
  const code = fields.responseCode ?? (noRequest ? '0' : null);
  if (code === null) return 'missing_field';
  if (!/^\d{1,3}$/.test(code)) return 'bad_number';
  if (fields.duration !== null && !/^\d{1,12}$/.test(fields.duration)) return 'bad_number';

  const identity = resolveIdentity({
    upstreamCluster: fields.upstreamCluster,
    requestedServerName: fields.requestedServerName,
    authority: fields.authority,
    downstreamPeerUriSan: fields.downstreamPeerUriSan,
    emitter,
  });
  into.durationUs = fields.duration === null ? null : Number(fields.duration) * 1000;
  into.endUs = startUs + (into.durationUs ?? 0);
  into.code = Number(code);
  into.grpcStatus = grpcStatusOf(fields.grpcStatus);
  into.flags = flagsOf(fields.responseFlags ?? undefined);
  into.details = fields.responseCodeDetails === null ? null : detailsOf(fields.responseCodeDetails);
  into.reporter = identity.reporter;
  into.source = identity.source;
  into.destination = identity.destination;
  into.cluster = identity.cluster;
  into.subset = identity.subset;
  into.host = hostOf(fields.upstreamHost ?? undefined);
  into.mtls = identity.mtls;
  into.traits = traitsOf(into.code, noRequest, identity.mirror, isProber(fields.userAgent));
  into.requestId = requestIdOf(fields.requestId ?? undefined);
  into.traceId = traceIdOf(fields.traceId);
  into.span = null;
  return null;
}

/** The record's own time, or the transport's where that is the same millisecond and so only finer. */
function startOf({ startTime, startUs }: AccessLogFields): number | null {
  if (startTime === null) return startUs;
  const own = logTimeUs(startTime);
  return own !== null && startUs !== null && isFiner(startUs, own) ? startUs : own;
}

export function isFiner(startUs: number, own: number): boolean {
  return startUs >= own && startUs < own + 1000;
}

export function detailsOf(text: string): string {
  return text.slice(0, MAX_DETAILS);
}

export function traitsOf(
  code: number,
  noRequest: boolean,
  mirror: boolean,
  prober: boolean,
): number {
  return (
    (noRequest && code === 0 ? TRAIT.connection : 0) |
    (mirror ? TRAIT.mirror : 0) |
    (prober ? TRAIT.healthCheck : 0) |
    (code === 101 ? TRAIT.upgrade : 0)
  );
}

function traceIdOf(id: string | null): string | null {
  return id !== null && /^(?:[0-9a-f]{16}|[0-9a-f]{32})$/.test(id) && /[^0]/.test(id) ? id : null;
}
