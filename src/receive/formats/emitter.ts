import { namespacedService, plainName } from '../../identity/service-name.ts';
import { type Emitter, UNKNOWN_EMITTER } from './access-log-fields.ts';
import { isObject } from './json-scan.ts';

/** In Istio's order (istio pilot/pkg/model, canonical service and revision), then the older Kubernetes habit. */
const NAME_LABELS = [
  'service.istio.io/canonical-name',
  'app.kubernetes.io/name',
  'app',
  'k8s-app',
] as const;
const VERSION_LABELS = [
  'service.istio.io/canonical-revision',
  'app.kubernetes.io/version',
  'version',
] as const;

/** Characters of Kubernetes' generated names (apimachinery pkg/util/rand). */
const SAFE = '[bcdfghjklmnpqrstvwxz2456789]';
const REPLICA_SET = new RegExp(`^(.+)-${SAFE}{6,10}$`);
const DEPLOYMENT_POD = new RegExp(`^(.+)-${SAFE}{6,10}-${SAFE}{5}$`);
const DAEMON_OR_STATEFUL_POD = new RegExp(`^(.+)-(?:${SAFE}{5}|\\d{1,5})$`);

/** What is known of the pod a proxy runs in. */
export interface PodFacts {
  namespace: string | null;
  pod: string | null;
  /** `ReplicaSet/reviews-v1-7f99cc4496`; null when unknown. */
  owner: string | null;
  /** Only text values count. */
  labels: Readonly<Record<string, unknown>>;
}

/** The service and version of a pod: by its labels, else by the names of what made it. */
export function podEmitter(pod: PodFacts): Emitter {
  const name = firstLabel(pod.labels, NAME_LABELS) ?? ownerName(pod.owner) ?? podBase(pod.pod);
  const version = firstLabel(pod.labels, VERSION_LABELS);
  return {
    service: namespacedService(name, pod.namespace),
    // Istio's word for a workload without a version.
    version: version === 'latest' ? null : version,
    cluster: null,
  };
}

/** Reads a shipper's `kubernetes` object: Fluent Bit's key names or Vector's. */
export function kubernetesEmitter(metadata: unknown): Emitter {
  if (!isObject(metadata)) return UNKNOWN_EMITTER;
  const labels = metadata.labels ?? metadata.pod_labels;
  return podEmitter({
    namespace: text(metadata.namespace_name ?? metadata.pod_namespace),
    pod: text(metadata.pod_name),
    owner: text(metadata.pod_owner),
    labels: isObject(labels) ? labels : {},
  });
}

function firstLabel(labels: PodFacts['labels'], keys: readonly string[]): string | null {
  for (const key of keys) {
    const name = Object.hasOwn(labels, key) ? plainName(text(labels[key])) : null;
    if (name !== null) return name;
  }
  return null;
}

function ownerName(owner: string | null): string | null {
  const [kind, name = ''] = owner?.split('/') ?? [];
  if (kind === 'ReplicaSet') return REPLICA_SET.exec(name)?.[1] ?? plainName(name);
  return kind === 'StatefulSet' || kind === 'DaemonSet' || kind === 'Deployment'
    ? plainName(name)
    : null;
}

function podBase(pod: string | null): string | null {
  const name = plainName(pod);
  if (name === null) return null;
  return (DEPLOYMENT_POD.exec(name) ?? DAEMON_OR_STATEFUL_POD.exec(name))?.[1] ?? name;
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
