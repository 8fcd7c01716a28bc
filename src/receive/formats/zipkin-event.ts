import { MAX_DETAILS, type RequestEvent, TRAIT } from '../../model/request-event.ts';
import { parseFlags } from '../../model/response-flags.ts';
import { grpcStatusOf } from './grpc-status.ts';
import { isProber } from './prober.ts';
import type { Records } from './records.ts';
import { identityOf } from './zipkin-identity.ts';
import type { ZipkinSpan } from './zipkin-span.ts';

type Tags = ZipkinSpan['tags'];

/** Spans are told apart by their ids, never by their bytes. */
const NO_BYTES = new Uint8Array(0);
/** Longer than all flags together. */
const MAX_FLAGS = 256;

/** A SERVER span is a request event; every other one is a record that is no request, with its reason. */
export function recordSpan(span: ZipkinSpan, out: Records): void {
  if (span.kind === 'CLIENT') out.notARequest('client_span');
  else if (span.kind === null) out.notARequest('span_without_kind');
  else if (span.kind !== 'SERVER') out.notARequest('messaging_span');
  else if (span.startUs === null || span.durationUs === null) out.notARequest('incomplete_span');
  else out.event(serverEvent(span, span.startUs, span.durationUs), NO_BYTES);
}

function serverEvent(span: ZipkinSpan, startUs: number, durationUs: number): RequestEvent {
  const { tags } = span;
  const code = codeOf(tags['http.status_code'] ?? tags['http.response.status_code']);
  const grpcStatus = grpcStatusOf(tags['grpc.status_code'] ?? tags['rpc.grpc.status_code'] ?? null);
  return {
    ...identityOf(span),
    endUs: Math.min(startUs + durationUs, Number.MAX_SAFE_INTEGER),
    durationUs: Math.min(durationUs, Number.MAX_SAFE_INTEGER),
    code: code ?? 0,
    grpcStatus,
    flags: parseFlags((tags.response_flags ?? '').slice(0, MAX_FLAGS)),
    details: code === null && grpcStatus === null ? saidByTags(tags) : null,
    host: hostOf(tags.upstream_address),
    mtls: null,
    traits: traitsOf(tags, code),
    requestId: tags['guid:x-request-id']?.slice(0, MAX_DETAILS) || null,
    traceId: span.traceId,
    span: { id: span.id, shared: span.shared },
  };
}

const STATUS = /^[0-9]{1,3}$/;

/** Null when the span says nothing of a status; Envoy says "0" when there was no response. */
function codeOf(tag: string | undefined): number | null {
  return tag !== undefined && STATUS.test(tag) ? Number(tag) : null;
}

/** What stands for a status where the span has none (OpenTelemetry specification, trace/sdk_exporters/zipkin). */
function saidByTags(tags: Tags): 'span_error' | 'span_ok' {
  const error = tags.error !== undefined && tags.error.toLowerCase() !== 'false';
  return error || tags['otel.status_code'] === 'ERROR' ? 'span_error' : 'span_ok';
}

const HOST = /^(?:\[[0-9a-f:.]{2,45}\]|[0-9.]{7,15}):[0-9]{1,5}$/i;

function hostOf(address: string | undefined): string | null {
  return address !== undefined && HOST.test(address) ? address : null;
}

/** Scheme and authority of Envoy's `http.url`; the authority of a mirrored request ends in `-shadow`. */
const MIRRORED = /^[a-z]{1,8}:\/\/[^/?#]{1,253}-shadow(?::[0-9]{1,5})?(?:[/?#]|$)/i;

function traitsOf(tags: Tags, code: number | null): number {
  const healthCheck = isProber(tags.user_agent ?? null) ? TRAIT.healthCheck : 0;
  const mirror = MIRRORED.test(tags['http.url'] ?? '') ? TRAIT.mirror : 0;
  const upgrade = code === 101 ? TRAIT.upgrade : 0;
  return healthCheck | mirror | upgrade;
}
