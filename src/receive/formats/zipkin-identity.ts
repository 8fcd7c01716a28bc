import { type ClusterKey, parseClusterKey } from '../../identity/cluster-key.ts';
import { namespacedService, plainName } from '../../identity/service-name.ts';
import { MAX_NAME, type RequestEvent } from '../../model/request-event.ts';
import { nodeService } from './node-id.ts';
import type { ZipkinSpan } from './zipkin-span.ts';

type Tags = ZipkinSpan['tags'];
/** What of a span tells who called whom. */
export type SpanNames = Pick<ZipkinSpan, 'tags' | 'localService' | 'remoteService'>;
export type ZipkinIdentity = Pick<
  RequestEvent,
  'reporter' | 'source' | 'destination' | 'cluster' | 'subset'
>;

/**
 * Who a SERVER span says called whom. Tags are Istio's (istio/istio `pilot/pkg/networking/core/tracing.go`) and
 * Envoy's (`source/common/tracing`); peer addresses are not names.
 */
export function identityOf(span: SpanNames): ZipkinIdentity {
  const { tags } = span;
  const upstream = parseClusterKey(tags.upstream_cluster ?? '');
  if (upstream?.reporter === 'source') return atGateway(span, upstream);
  const named = serviceIn(tags, 'destination');
  if (named !== null || upstream?.reporter === 'waypoint') return atWaypoint(span, named, upstream);
  return {
    reporter: 'destination',
    source: sourceOf(span),
    destination: ownService(span),
    cluster: plainName(tags['istio.cluster_id'] ?? null),
    subset: revision(tags['istio.canonical_revision']),
  };
}

/** Its upstream is the called service; the gateway itself is the caller. */
function atGateway(span: SpanNames, upstream: ClusterKey): ZipkinIdentity {
  return {
    reporter: 'source',
    source: ownService(span),
    destination: upstream.service,
    // The gateway's own cluster is not the called service's.
    cluster: null,
    subset: upstream.subset,
  };
}

/** Only waypoints name both peers; the canonical service beside them is the waypoint's own. */
function atWaypoint(
  span: SpanNames,
  named: string | null,
  upstream: ClusterKey | null,
): ZipkinIdentity {
  const { tags } = span;
  return {
    reporter: 'waypoint',
    source: sourceOf(span),
    destination: named ?? upstream?.service ?? null,
    cluster: plainName(tags['istio.destination_cluster_id'] ?? null),
    subset: revision(tags['istio.destination_canonical_revision']) ?? upstream?.subset ?? null,
  };
}

function ownService({ tags, localService }: SpanNames): string | null {
  const canonical = plainName(tags['istio.canonical_service'] ?? null);
  const namespace = plainName(tags['istio.namespace'] ?? null);
  if (canonical !== null && namespace !== null) return namespacedService(canonical, namespace);
  return tracedService(localService) ?? canonical ?? nodeService(tags.node_id ?? null);
}

function sourceOf({ tags, remoteService }: SpanNames): string | null {
  return serviceIn(tags, 'source') ?? tracedService(remoteService);
}

function serviceIn(tags: Tags, peer: 'source' | 'destination'): string | null {
  const namespace = tags[`istio.${peer}_namespace`] ?? null;
  return (
    namespacedService(tags[`istio.${peer}_canonical_service`] ?? null, namespace) ??
    namespacedService(tags[`istio.${peer}_workload`] ?? null, namespace)
  );
}

/** Tracers let people name services as they like; colons and control characters would break keys and pages. */
const TRACED = /^[\p{L}\p{N}_][\p{L}\p{N}_./ -]*$/u;

function tracedService(name: string | null): string | null {
  if (name === null || name.length > MAX_NAME || !TRACED.test(name)) return null;
  return name === 'unknown' || name.startsWith('unknown.') ? null : name;
}

function revision(tag: string | undefined): string | null {
  const value = plainName(tag ?? null);
  // Istio's stand-in for a workload without a version label.
  return value === 'latest' ? null : value;
}
