import { namespacedService, plainName } from '../../identity/service-name.ts';
import type { Emitter } from './access-log-fields.ts';
import { podEmitter } from './emitter.ts';
import type { JsonObject } from './json-scan.ts';
import { nodeService, tracingName } from './node-id.ts';

/** The k8sattributes processor's names for a pod's labels: of today, and of the years before. */
const LABEL_PREFIXES = ['k8s.pod.label.', 'k8s.pod.labels.'] as const;
const CANONICAL_NAME = 'service.istio.io/canonical-name';

const OWNERS = [
  ['k8s.deployment.name', 'Deployment'],
  ['k8s.statefulset.name', 'StatefulSet'],
  ['k8s.daemonset.name', 'DaemonSet'],
  ['k8s.replicaset.name', 'ReplicaSet'],
] as const;

/**
 * Who sent the logs of one OTLP resource: by Istio's label, `service.name`, the pod, then by what Envoy says of
 * itself (`node_name`, `cluster_name`: envoy source/extensions/access_loggers/open_telemetry).
 */
export function resourceEmitter(resource: JsonObject): Emitter {
  const namespace = text(resource, 'k8s.namespace.name') ?? text(resource, 'service.namespace');
  const labels = podLabels(resource);
  const pod = podEmitter({
    namespace,
    pod: text(resource, 'k8s.pod.name'),
    owner: ownerOf(resource),
    labels,
  });
  const canonical = CANONICAL_NAME in labels ? pod.service : null;
  const version = plainName(text(resource, 'service.version'));
  const node = text(resource, 'node_name');
  const serviceCluster = text(resource, 'cluster_name');
  return {
    service:
      canonical ??
      namedService(text(resource, 'service.name'), namespace) ??
      pod.service ??
      tracingName(serviceCluster, node) ??
      nodeService(node) ??
      plainName(serviceCluster),
    version: pod.version ?? (version === 'latest' ? null : version),
    cluster: plainName(text(resource, 'k8s.cluster.name')),
  };
}

/** Istio's tracing names hold the namespace already; SDKs without a name say `unknown_service:…`. */
function namedService(name: string | null, namespace: string | null): string | null {
  if (name === null || name.startsWith('unknown_service')) return null;
  return name.endsWith(`.${namespace}`) ? plainName(name) : namespacedService(name, namespace);
}

function ownerOf(resource: JsonObject): string | null {
  for (const [key, kind] of OWNERS) {
    const name = text(resource, key);
    if (name !== null) return `${kind}/${name}`;
  }
  return null;
}

function podLabels(resource: JsonObject): JsonObject {
  const labels: Record<string, unknown> = Object.create(null);
  for (const key of Object.keys(resource)) {
    const prefix = LABEL_PREFIXES.find((known) => key.startsWith(known));
    if (prefix !== undefined) labels[key.slice(prefix.length)] = resource[key];
  }
  return labels;
}

function text(resource: JsonObject, key: string): string | null {
  const value = Object.hasOwn(resource, key) ? resource[key] : null;
  return typeof value === 'string' && value !== '' ? value : null;
}
