import { expect, it } from 'vitest';
import { type Evidence, type Identity, resolveIdentity } from '../../src/identity/resolve.ts';

const NOTHING: Evidence = {
  upstreamCluster: null,
  requestedServerName: null,
  authority: null,
  downstreamPeerUriSan: null,
  emitter: { service: null, version: null, cluster: null },
};
const UNKNOWN: Identity = {
  reporter: 'source',
  source: null,
  destination: null,
  cluster: null,
  subset: null,
  mtls: null,
  mirror: false,
};
const POD = { service: 'frontend.shop', version: 'v7', cluster: 'east' };
const SAN = 'spiffe://td/ns/shop/sa/checkout';
const SNI = 'outbound_.9080_.v2_.reviews.shop.svc.cluster.local';

function identity(evidence: Partial<Evidence>): Identity {
  return resolveIdentity({ ...NOTHING, ...evidence });
}

it('leaves everything unknown that nothing says', () => {
  expect(identity({})).toEqual(UNKNOWN);
});

it('reads an outbound line: the emitting pod calls, the cluster is called', () => {
  expect(
    identity({
      upstreamCluster: 'outbound|9080|v1|reviews.shop.svc.cluster.local',
      authority: 'something-else:9080',
      emitter: POD,
    }),
  ).toEqual({
    ...UNKNOWN,
    source: 'frontend.shop',
    destination: 'reviews.shop',
    subset: 'v1',
  });
});

it('takes the pod of a gateway before the client below it, and the client where the pod is unknown', () => {
  const upstreamCluster = 'outbound|443||api.partner.example';
  const line = { upstreamCluster, downstreamPeerUriSan: SAN };
  expect(identity({ ...line, emitter: POD }).source).toBe('frontend.shop');
  expect(identity(line).source).toBe('checkout.shop');
});

it('reads an inbound line: the emitting pod is called, the certificate calls', () => {
  expect(
    identity({
      upstreamCluster: 'inbound|8080||',
      requestedServerName: SNI,
      downstreamPeerUriSan: SAN,
      emitter: POD,
    }),
  ).toEqual({
    reporter: 'destination',
    source: 'checkout.shop',
    destination: 'frontend.shop',
    cluster: 'east',
    subset: 'v7',
    mtls: true,
    mirror: false,
  });
});

it('falls back on an inbound line from the pod to the cluster, the SNI, then the authority', () => {
  const inbound = { requestedServerName: SNI, authority: 'ratings:80' };
  expect(
    identity({ ...inbound, upstreamCluster: 'inbound|80|http|details.shop.svc.cluster.local' }),
  ).toMatchObject({ destination: 'details.shop', subset: 'v2' });
  expect(identity({ ...inbound, upstreamCluster: 'inbound|80||' })).toMatchObject({
    destination: 'reviews.shop',
    subset: 'v2',
    mtls: true,
  });
  expect(
    identity({ ...inbound, upstreamCluster: 'inbound|80||', requestedServerName: null }),
  ).toMatchObject({ destination: 'ratings', subset: null, mtls: null });
});

it('does not take a public SNI for a service or for mutual TLS', () => {
  expect(
    identity({ upstreamCluster: 'inbound|80||', requestedServerName: 'shop.example.com' }),
  ).toEqual({ ...UNKNOWN, reporter: 'destination' });
});

it('ignores the SNI of an outbound line, which belongs to the hop before', () => {
  expect(
    identity({
      upstreamCluster: 'outbound|80||details.shop.svc.cluster.local',
      requestedServerName: SNI,
    }),
  ).toMatchObject({ destination: 'details.shop', subset: null, mtls: null });
});

it('reads a waypoint: neither caller nor called is the pod that says so', () => {
  expect(
    identity({
      upstreamCluster: 'inbound-vip|9080|http|details.shop.svc.cluster.local',
      emitter: POD,
    }),
  ).toEqual({ ...UNKNOWN, reporter: 'waypoint', destination: 'details.shop' });
});

it("takes a bare Envoy's cluster for the called service, before the authority", () => {
  expect(
    identity({ upstreamCluster: 'reviews', authority: 'localhost:10000', emitter: POD }),
  ).toEqual({ ...UNKNOWN, source: 'frontend.shop', destination: 'reviews' });
  expect(
    identity({ upstreamCluster: 'httproute/shop/ratings/rule/0', authority: 'ratings:9080' })
      .destination,
  ).toBe('ratings');
});

it('names a passed-through destination by its authority only', () => {
  expect(
    identity({ upstreamCluster: 'PassthroughCluster', authority: 'api.partner.example' })
      .destination,
  ).toBe('api.partner.example');
  expect(
    identity({ upstreamCluster: 'PassthroughCluster', authority: '10.0.0.1:80' }).destination,
  ).toBeNull();
});

it('marks a mirrored request', () => {
  expect(
    identity({ upstreamCluster: 'outbound|80||reviews.shop', authority: 'reviews-shadow:80' }),
  ).toMatchObject({ destination: 'reviews.shop', mirror: true });
});
