import type { Reporter } from '../model/request-event.ts';
import { parseAuthority } from './authority.ts';
import { type ClusterKey, parseClusterKey, parseSni } from './cluster-key.ts';
import { plainName, serviceOfHost } from './service-name.ts';
import { serviceOfSpiffe } from './spiffe.ts';

/** All that a record and its envelope say of who called whom; null for what they do not say. */
export interface Evidence {
  upstreamCluster: string | null;
  requestedServerName: string | null;
  authority: string | null;
  downstreamPeerUriSan: string | null;
  emitter: {
    readonly service: string | null;
    readonly version: string | null;
    readonly cluster: string | null;
  };
}

/** Who called whom; null is unknown. */
export interface Identity {
  reporter: Reporter;
  source: string | null;
  destination: string | null;
  /** Mesh cluster of the destination. */
  cluster: string | null;
  subset: string | null;
  mtls: boolean | null;
  mirror: boolean;
}

/**
 * Decides who called whom. The first known counts. For whom the line's own pod is (the source on outbound lines, the
 * destination on inbound ones): the pod's metadata. Then, for the destination: upstream cluster, SNI on inbound lines,
 * authority; for the source: the certificate of the peer. See RATIONALE.md.
 */
export function resolveIdentity(evidence: Evidence): Identity {
  const { upstreamCluster, emitter } = evidence;
  const { service: called, mirror } = parseAuthority(evidence.authority);
  const key: ClusterKey =
    (upstreamCluster === null ? null : parseClusterKey(upstreamCluster)) ??
    plainCluster(upstreamCluster);
  const peer = serviceOfSpiffe(evidence.downstreamPeerUriSan);

  if (key.reporter === 'source') {
    // The peer below a gateway is its client; the caller of this hop is the gateway, when it is known.
    return {
      reporter: 'source',
      source: plainName(emitter.service) ?? peer,
      destination: key.service ?? called,
      cluster: null,
      subset: key.subset,
      mtls: null,
      mirror,
    };
  }

  const sni = evidence.requestedServerName === null ? null : parseSni(evidence.requestedServerName);
  // Istio's SNI and a client certificate both need mutual TLS; their absence proves nothing (HBONE has neither).
  const mtls = sni !== null || peer !== null ? true : null;
  if (key.reporter === 'waypoint') {
    return {
      reporter: 'waypoint',
      source: peer,
      destination: key.service ?? sni?.service ?? called,
      cluster: null,
      subset: key.subset ?? sni?.subset ?? null,
      mtls,
      mirror,
    };
  }
  return {
    reporter: 'destination',
    source: peer,
    destination: plainName(emitter.service) ?? key.service ?? sni?.service ?? called,
    cluster: plainName(emitter.cluster),
    subset: plainName(emitter.version) ?? sni?.subset ?? null,
    mtls,
    mirror,
  };
}

/** A bare Envoy's cluster is named after what it reaches; a name that is a path or a key of another system is not. */
function plainCluster(name: string | null): ClusterKey {
  return { reporter: 'source', service: serviceOfHost(name), subset: null };
}
