import { MAX_NAME, type RequestEvent } from '../../model/request-event.ts';
import type { ZipkinSpan } from './zipkin-span.ts';

type Tags = ZipkinSpan['tags'];
type Identity = Pick<RequestEvent, 'reporter' | 'source' | 'destination' | 'cluster' | 'subset'>;

/**
 * Who a SERVER span says called whom. Tags are Istio's (istio/istio `pilot/pkg/networking/core/tracing.go`) and
 * Envoy's (`source/common/tracing`); peer addresses are not names.
 */
export function identityOf(span: ZipkinSpan): Identity {
  const { tags } = span;
  const upstream = clusterKey(tags.upstream_cluster);
  if (upstream?.direction === 'outbound') return atGateway(span, upstream);
  const waypoint = destinationOf(tags);
  if (waypoint !== null || upstream?.direction === 'inbound-vip') {
    return atWaypoint(span, waypoint ?? upstream?.service ?? null);
  }
  return {
    reporter: 'destination',
    source: sourceOf(span),
    destination: ownService(span),
    cluster: name(tags['istio.cluster_id']),
    subset: revision(tags['istio.canonical_revision']),
  };
}

/** Its upstream is the called service; the gateway itself is the caller. */
function atGateway(span: ZipkinSpan, upstream: ClusterKey): Identity {
  return {
    reporter: 'source',
    source: ownService(span),
    destination: upstream.service,
    // The gateway's own cluster is not the called service's.
    cluster: null,
    subset: upstream.subset,
  };
}

/** Only waypoints name both peers; their own canonical service is the waypoint's. */
function atWaypoint(span: ZipkinSpan, destination: string | null): Identity {
  const { tags } = span;
  return {
    reporter: 'waypoint',
    source: sourceOf(span),
    destination,
    cluster: name(tags['istio.destination_cluster_id'] ?? tags['istio.cluster_id']),
    subset: revision(tags['istio.destination_canonical_revision']),
  };
}

function ownService({ tags, localService }: ZipkinSpan): string | null {
  const canonical = name(tags['istio.canonical_service']);
  const namespace = name(tags['istio.namespace']);
  if (canonical !== null && namespace !== null) return name(`${canonical}.${namespace}`);
  return name(localService ?? undefined) ?? canonical ?? workloadOfNode(tags.node_id);
}

function sourceOf({ tags, remoteService }: ZipkinSpan): string | null {
  return (
    qualified(
      name(tags['istio.source_canonical_service']) ?? name(tags['istio.source_workload']),
      tags['istio.source_namespace'],
    ) ?? name(remoteService ?? undefined)
  );
}

function destinationOf(tags: Tags): string | null {
  return qualified(
    name(tags['istio.destination_canonical_service']) ?? name(tags['istio.destination_workload']),
    tags['istio.destination_namespace'],
  );
}

function qualified(service: string | null, namespaceTag: string | undefined): string | null {
  const namespace = name(namespaceTag);
  return service === null || namespace === null ? service : name(`${service}.${namespace}`);
}

function revision(tag: string | undefined): string | null {
  const value = name(tag);
  // Istio's stand-in for a workload without a version label.
  return value === 'latest' ? null : value;
}

/** Lower case, at most {@link MAX_NAME} characters; null for Istio's and Envoy's words for "not known". */
function name(value: string | undefined): string | null {
  if (value === undefined || value === '' || value === '-' || value === 'unknown') return null;
  return value.slice(0, MAX_NAME).toLowerCase();
}

interface ClusterKey {
  direction: string;
  subset: string | null;
  service: string | null;
}

/** `direction|port|subset|host` (istio/istio `pilot/pkg/model/service.go`, ParseSubsetKey); null for any other name. */
function clusterKey(cluster: string | undefined): ClusterKey | null {
  const [direction, port, subset, ...host] = cluster?.split('|', 64) ?? [];
  if (direction === undefined || port === undefined || subset === undefined) return null;
  return { direction, subset: name(subset), service: serviceOfHost(host.join('|')) };
}

/** `reviews.default.svc.cluster.local` is `reviews.default`; a host outside the mesh keeps its name. */
function serviceOfHost(host: string): string | null {
  const [service, namespace, svc] = host.split('.', 3);
  return name(svc === 'svc' ? `${service}.${namespace}` : host);
}

/** Kubernetes' alphabet for generated suffixes: no vowels, no 0, 1, 3 (apimachinery `util/rand`). */
const POD_SUFFIX = /-[bcdfghjklmnpqrstvwxz2456789]{6,10}-[bcdfghjklmnpqrstvwxz2456789]{5}$/;

/** `type~ip~pod.namespace~domain`: the pod without its ReplicaSet's and its own suffix. */
function workloadOfNode(nodeId: string | undefined): string | null {
  const pod = nodeId?.split('~', 4)[2];
  if (pod === undefined) return null;
  const dot = pod.lastIndexOf('.');
  if (dot === -1) return name(pod.replace(POD_SUFFIX, ''));
  return name(pod.slice(0, dot).replace(POD_SUFFIX, '') + pod.slice(dot));
}
