import type { Reporter } from '../model/request-event.ts';
import { plainName, serviceOfHost } from './service-name.ts';

/** What an upstream cluster's name says. */
export interface ClusterKey {
  reporter: Reporter;
  /** Called service; null when the name does not hold one. */
  service: string | null;
  /** DestinationRule subset; null for none. */
  subset: string | null;
}

/** Istio's clusters without a host: where traffic goes that no service matched. */
const HOSTLESS: ReadonlyMap<string, Reporter> = new Map([
  ['PassthroughCluster', 'source'],
  ['BlackHoleCluster', 'source'],
  ['AllowAnyDynamicDNSCluster', 'source'],
  ['InboundPassthroughCluster', 'destination'],
  // Before Istio 1.24 one for each IP family.
  ['InboundPassthroughClusterIpv4', 'destination'],
  ['InboundPassthroughClusterIpv6', 'destination'],
]);

/**
 * Reads Istio's `direction|port|subset|host` (istio pilot/pkg/model/service.go, BuildSubsetKey), its DNS SRV
 * form with `_.` for `|` (SNI, and the clusters of east-west gateways) and its clusters without a host.
 * Null for any other cluster name.
 */
export function parseClusterKey(name: string): ClusterKey | null {
  const hostless = HOSTLESS.get(name);
  if (hostless !== undefined) return { reporter: hostless, service: null, subset: null };
  return parseParts(name, '|') ?? parseParts(name, '_.');
}

/** The destination an SNI of Istio's own form names; null for a public host name. */
export function parseSni(sni: string): ClusterKey | null {
  const key = parseParts(sni, '_.');
  return key?.reporter === 'source' ? key : null;
}

function parseParts(name: string, separator: string): ClusterKey | null {
  const parts: string[] = [];
  let from = 0;
  for (let part = 0; part < 3; part += 1) {
    const end = name.indexOf(separator, from);
    if (end < 0) return null;
    parts.push(name.slice(from, end));
    from = end + separator.length;
  }
  const [direction, port, third = ''] = parts;
  if (!/^\d{1,5}$/.test(port ?? '')) return null;
  const host = name.slice(from);
  switch (direction) {
    case 'outbound':
      return { reporter: 'source', service: serviceOfHost(host), subset: plainName(third) };
    case 'inbound':
      // Before Istio 1.8 the third part is the port's name, never a subset; `mgmtCluster` is the agent's own port.
      return {
        reporter: 'destination',
        service: host === 'mgmtCluster' ? null : serviceOfHost(host),
        subset: null,
      };
    case 'inbound-vip': {
      // `tcp`, `http`, or `http/SUBSET` (istio pilot/pkg/networking/core/cluster_waypoint.go).
      const slash = third.indexOf('/');
      const subset = slash < 0 ? null : plainName(third.slice(slash + 1));
      return { reporter: 'waypoint', service: serviceOfHost(host), subset };
    }
    default:
      return null;
  }
}
