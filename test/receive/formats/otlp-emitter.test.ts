import { describe, expect, it } from 'vitest';
import { resourceEmitter } from '../../../src/receive/formats/otlp-emitter.ts';

describe('the emitter of a resource', () => {
  it.each<[string, Record<string, unknown>, string | null]>([
    ['nothing', {}, null],
    [
      'a service in its Kubernetes namespace',
      { 'service.name': 'cart', 'k8s.namespace.name': 'web' },
      'cart.web',
    ],
    [
      'a service in its own namespace',
      { 'service.name': 'cart', 'service.namespace': 'shop' },
      'cart.shop',
    ],
    [
      'Kubernetes before the service for the namespace',
      { 'service.name': 'cart', 'service.namespace': 'shop', 'k8s.namespace.name': 'web' },
      'cart.web',
    ],
    [
      'a namespace only once',
      { 'service.name': 'cart.web', 'k8s.namespace.name': 'web' },
      'cart.web',
    ],
    [
      "Istio's label before the service's name",
      { 'k8s.pod.label.service.istio.io/canonical-name': 'cart', 'service.name': 'x' },
      'cart',
    ],
    [
      'the older name of a label',
      { 'k8s.pod.labels.service.istio.io/canonical-name': 'cart', 'k8s.namespace.name': 'web' },
      'cart.web',
    ],
    [
      "the service's name before other labels",
      { 'k8s.pod.label.app': 'x', 'service.name': 'cart' },
      'cart',
    ],
    [
      'a label before the deployment',
      { 'k8s.pod.label.app': 'cart', 'k8s.deployment.name': 'cart-v1' },
      'cart',
    ],
    [
      'no SDK default',
      { 'service.name': 'unknown_service:envoy', 'k8s.deployment.name': 'cart-v1' },
      'cart-v1',
    ],
    ['a stateful set', { 'k8s.statefulset.name': 'db', 'k8s.namespace.name': 'web' }, 'db.web'],
    ['a daemon set', { 'k8s.daemonset.name': 'node-proxy' }, 'node-proxy'],
    ['a replica set', { 'k8s.replicaset.name': 'cart-v1-7f99cc4496' }, 'cart-v1'],
    [
      'the deployment in the name of a pod',
      { 'k8s.pod.name': 'cart-v1-7f99cc4496-x2c4v', 'k8s.namespace.name': 'web' },
      'cart-v1.web',
    ],
    [
      "an Istio node before Envoy's service cluster",
      {
        node_name: 'sidecar~10.1.2.3~cart-v1-7f99cc4496-x2c4v.web~web.svc.cluster.local',
        cluster_name: 'istio-proxy',
      },
      'cart-v1.web',
    ],
    [
      "the tracing name that Istio gives Envoy's service cluster, as the proxy's spans are",
      {
        node_name: 'sidecar~10.1.2.3~cart-v1-7f99cc4496-x2c4v.web~web.svc.cluster.local',
        cluster_name: 'cart.web',
      },
      'cart.web',
    ],
    ["Envoy's service cluster", { node_name: 'edge-1', cluster_name: 'edge' }, 'edge'],
    ["no gateway's path", { cluster_name: 'default/eg' }, null],
    ['no number', { 'service.name': 7, cluster_name: '' }, null],
  ])('is known by %s', (_what, resource, service) => {
    expect(resourceEmitter(resource).service).toBe(service);
  });

  it('has a version and a cluster', () => {
    expect(
      resourceEmitter({
        'service.name': 'cart',
        'service.version': 'v7',
        'k8s.cluster.name': 'east-1',
      }),
    ).toEqual({ service: 'cart', version: 'v7', cluster: 'east-1' });
    expect(
      resourceEmitter({
        'service.version': '1.0.0',
        'k8s.pod.label.service.istio.io/canonical-revision': 'v2',
      }).version,
    ).toBe('v2');
    expect(resourceEmitter({ 'service.version': 'latest' }).version).toBeNull();
  });
});
