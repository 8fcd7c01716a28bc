import { describe, expect, it } from 'vitest';
import { parseClusterKey, parseSni } from '../../src/identity/cluster-key.ts';

describe("Istio's cluster names", () => {
  it.each([
    ['outbound|9080|v1|reviews.shop.svc.cluster.local', 'source', 'reviews.shop', 'v1'],
    ['outbound|9080||reviews.shop.svc.cluster.local', 'source', 'reviews.shop', null],
    ['outbound|443||api.partner.example', 'source', 'api.partner.example', null],
    ['outbound|443||10.1.2.3', 'source', null, null],
    ['outbound_.9080_.v2_.reviews.shop.svc.cluster.local', 'source', 'reviews.shop', 'v2'],
    ['inbound|8080||', 'destination', null, null],
    ['inbound|8080|http|reviews.shop.svc.cluster.local', 'destination', 'reviews.shop', null],
    ['inbound|15020|mgmt-15020|mgmtCluster', 'destination', null, null],
    ['inbound-vip|9080|http|reviews.shop.svc.cluster.local', 'waypoint', 'reviews.shop', null],
    ['inbound-vip|9080|http/v3|reviews.shop.svc.cluster.local', 'waypoint', 'reviews.shop', 'v3'],
    ['inbound-vip|9080|tcp|reviews.shop.svc.cluster.local', 'waypoint', 'reviews.shop', null],
    ['PassthroughCluster', 'source', null, null],
    ['BlackHoleCluster', 'source', null, null],
    ['InboundPassthroughCluster', 'destination', null, null],
    ['InboundPassthroughClusterIpv4', 'destination', null, null],
  ])('%s: %s, %s, subset %s', (name, reporter, service, subset) => {
    expect(parseClusterKey(name)).toEqual({ reporter, service, subset });
  });

  it.each([
    'reviews',
    'ratings_cluster',
    'httproute/shop/ratings/rule/0',
    'outbound|9080|v1',
    'outbound|http|v1|reviews.shop',
    'sideways|9080||reviews.shop',
    '',
    '|||',
  ])('%j is another naming', (name) => {
    expect(parseClusterKey(name)).toBeNull();
  });
});

it('reads an SNI of Istio alone, not a public host name', () => {
  expect(parseSni('outbound_.9080_._.reviews.shop.svc.cluster.local')).toEqual({
    reporter: 'source',
    service: 'reviews.shop',
    subset: null,
  });
  expect(parseSni('reviews.example.com')).toBeNull();
  expect(parseSni('inbound_.9080_._.reviews.shop')).toBeNull();
});
