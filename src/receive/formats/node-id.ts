import { plainName } from '../../identity/service-name.ts';
import { podEmitter } from './emitter.ts';

/** Istio's node id, `type~ip~pod.namespace~domain`; by the pod, what made it; null for any other. */
export function nodeService(nodeId: string | null): string | null {
  const { pod, namespace } = podOf(nodeId);
  return podEmitter({ namespace, pod, owner: null, labels: {} }).service;
}

/**
 * Envoy's service cluster where Istio has put the service's tracing name there, `name.namespace` of the node's own
 * namespace: what the same proxy's spans are called. Else null, as for Istio's `istio-proxy`.
 */
export function tracingName(serviceCluster: string | null, nodeId: string | null): string | null {
  const { namespace } = podOf(nodeId);
  const name = plainName(serviceCluster);
  return namespace !== null && name?.endsWith(`.${namespace}`) ? name : null;
}

function podOf(nodeId: string | null): { pod: string; namespace: string | null } {
  const [, , node = ''] = nodeId?.split('~', 4) ?? [];
  const [pod = '', namespace = null] = node.split('.', 2);
  return { pod, namespace };
}
