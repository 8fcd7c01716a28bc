import { podEmitter } from './emitter.ts';

/** Istio's node id, `type~ip~pod.namespace~domain`; by the pod, what made it; null for any other. */
export function nodeService(nodeId: string | null): string | null {
  const [, , node = ''] = nodeId?.split('~', 4) ?? [];
  const [pod = '', namespace = null] = node.split('.', 2);
  return podEmitter({ namespace, pod, owner: null, labels: {} }).service;
}
