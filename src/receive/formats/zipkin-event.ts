import type { NotARequestReason } from '../../model/input.ts';
import { type RequestEvent, TRAIT } from '../../model/request-event.ts';
import { flagsOf, hostOf, requestIdOf } from './envoy-facts.ts';
import { grpcStatusOf } from './grpc-status.ts';
import { isProber } from './prober.ts';
import type { Records } from './records.ts';
import { identityOf } from './zipkin-identity.ts';
import type { SpanKind, ZipkinSpan } from './zipkin-span.ts';

/** Spans are told apart by their ids, never by their bytes. */
export const NO_BYTES = new Uint8Array(0);

/** A SERVER span is a request event; every other one is a record that is no request, with its reason. */
export function recordSpan(span: ZipkinSpan, out: Records): void {
  const reason = whyNoRequest(span.kind, span.startUs, span.durationUs);
  if (reason === null) out.event(serverEvent(span), NO_BYTES);
  else out.notARequest(reason);
}

/** Null for a request. */
export function whyNoRequest(
  kind: SpanKind | null,
  startUs: number | null,
  durationUs: number | null,
): NotARequestReason | null {
  if (kind === 'CLIENT') return 'client_span';
  if (kind === null) return 'span_without_kind';
  if (kind !== 'SERVER') return 'messaging_span';
  return startUs === null || durationUs === null ? 'incomplete_span' : null;
}

function serverEvent(span: ZipkinSpan): RequestEvent {
  const { tags } = span;
  const code = codeOf(tags['http.status_code'] ?? tags['http.response.status_code']);
  const grpcStatus = grpcStatusOf(tags['grpc.status_code'] ?? tags['rpc.grpc.status_code'] ?? null);
  return {
    ...identityOf(span),
    endUs: endOf(span.startUs!, span.durationUs!),
    durationUs: Math.min(span.durationUs!, Number.MAX_SAFE_INTEGER),
    code: code ?? 0,
    grpcStatus,
    flags: flagsOf(tags.response_flags),
    details: detailsOf(code, grpcStatus, isError(tags.error), tags['otel.status_code']),
    host: hostOf(tags.upstream_address),
    mtls: null,
    traits: traitsOf(isProber(tags.user_agent ?? null), isMirrored(tags['http.url']), code),
    requestId: requestIdOf(tags['guid:x-request-id']),
    traceId: span.traceId,
    span: { id: span.id, shared: span.shared },
  };
}

// --- What single tags say, undefined being none. The byte scanner asks them too.

export function endOf(startUs: number, durationUs: number): number {
  return Math.min(startUs + durationUs, Number.MAX_SAFE_INTEGER);
}

const STATUS = /^[0-9]{1,3}$/;

/** Null when the span says nothing of a status; Envoy says "0" when there was no response. */
export function codeOf(tag: string | undefined): number | null {
  return tag !== undefined && STATUS.test(tag) ? Number(tag) : null;
}

export function isError(tag: string | undefined): boolean {
  return tag !== undefined && tag.toLowerCase() !== 'false';
}

/** What stands for a status where the span has none (OpenTelemetry specification, trace/sdk_exporters/zipkin). */
export function detailsOf(
  code: number | null,
  grpcStatus: number | null,
  error: boolean,
  otelStatus: string | undefined,
): 'span_error' | 'span_ok' | null {
  if (code !== null || grpcStatus !== null) return null;
  return error || otelStatus === 'ERROR' ? 'span_error' : 'span_ok';
}

/** Scheme and authority of Envoy's `http.url`; the authority of a mirrored request ends in `-shadow`. */
const MIRRORED = /^[a-z]{1,8}:\/\/[^/?#]{1,253}-shadow(?::[0-9]{1,5})?(?:[/?#]|$)/i;

export function isMirrored(url: string | undefined): boolean {
  return MIRRORED.test(url ?? '');
}

export function traitsOf(prober: boolean, mirrored: boolean, code: number | null): number {
  return (
    (prober ? TRAIT.healthCheck : 0) |
    (mirrored ? TRAIT.mirror : 0) |
    (code === 101 ? TRAIT.upgrade : 0)
  );
}
