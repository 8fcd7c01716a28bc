import { MAX_NAME } from '../model/request-event.ts';

const NAME = /^(?:\*\.)?[A-Za-z0-9_][A-Za-z0-9_.-]*$/;
const IPV4 = /^\d{1,3}(?:\.\d{1,3}){3}$/;

/**
 * A name as it was given (label, Envoy cluster name), or null when it is none: empty, `unknown`, not made of
 * letters, digits, `.`, `-` and `_`, or longer than {@link MAX_NAME}. Never cut: two names must not become one.
 * No name begins with `@`: what does is not a service (model/state.ts).
 */
export function plainName(text: string | null): string | null {
  if (text === null || text.length > MAX_NAME || !NAME.test(text)) return null;
  const dot = text.indexOf('.');
  const first = dot < 0 ? text : text.slice(0, dot);
  // Istio's and Kiali's word for a peer without metadata.
  return first.toLowerCase() === 'unknown' ? null : text;
}

/**
 * The service a host name stands for: `reviews.default.svc.cluster.local` and `reviews.default.svc` are
 * `reviews.default`, a pod's own name (`mongo-0.mongo.db.svc…`) is its service's, any other host is itself.
 * IP addresses are not names: null.
 */
export function serviceOfHost(host: string | null): string | null {
  const name = plainName(host);
  if (name === null) return null;
  const lower = (name.endsWith('.') ? name.slice(0, -1) : name).toLowerCase();
  if (IPV4.test(lower)) return null;
  const labels = lower.split('.');
  const svc = labels.indexOf('svc');
  return svc >= 2 ? `${labels[svc - 2]}.${labels[svc - 1]}` : lower;
}

/** `name.namespace`, or the bare name when the namespace is not known; null without a name. */
export function namespacedService(name: string | null, namespace: string | null): string | null {
  const service = plainName(name);
  const space = plainName(namespace);
  return service !== null && space !== null ? plainName(`${service}.${space}`) : service;
}
