import { describe, expect, it } from 'vitest';
import { parseAuthority } from '../../src/identity/authority.ts';
import { namespacedService, plainName, serviceOfHost } from '../../src/identity/service-name.ts';
import { serviceOfSpiffe } from '../../src/identity/spiffe.ts';
import { OTHER, PARTITION_KEY, UNKNOWN } from '../../src/model/state.ts';

describe('a host name', () => {
  it.each([
    ['reviews.default.svc.cluster.local', 'reviews.default'],
    ['reviews.default.svc', 'reviews.default'],
    ['reviews.default.svc.corp.example', 'reviews.default'],
    ['Reviews.Default.svc.cluster.local.', 'reviews.default'],
    ['mongo-0.mongo.db.svc.cluster.local', 'mongo.db'],
    ['reviews.default', 'reviews.default'],
    ['reviews', 'reviews'],
    ['api.partner.example', 'api.partner.example'],
    ['*.partner.example', '*.partner.example'],
    ['svc.example', 'svc.example'],
  ])('%s is the service %s', (host, service) => {
    expect(serviceOfHost(host)).toBe(service);
  });

  it.each([
    '10.0.0.1',
    '[fd00::1]',
    'fd00::1',
    '',
    'unknown',
    'UNKNOWN.default',
    'two words',
    'a/b',
    '<script>',
    'a\u0000b',
    'x'.repeat(254),
  ])('%j is no service', (host) => {
    expect(serviceOfHost(host)).toBeNull();
  });
});

it('keeps a name of 253 characters and refuses a longer one whole, so that no two become one', () => {
  expect(plainName('x'.repeat(253))).toBe('x'.repeat(253));
  expect(plainName('x'.repeat(254))).toBeNull();
  expect(namespacedService('x'.repeat(250), 'default')).toBeNull();
});

it.each([UNKNOWN, OTHER, PARTITION_KEY, '@'])(
  '%s, which stands for no service, is no name',
  (key) => {
    expect(plainName(key)).toBeNull();
    expect(serviceOfHost(`${key}.shop.svc.cluster.local`)).toBeNull();
    expect(namespacedService(key, 'shop')).toBeNull();
    expect(parseAuthority(key).service).toBeNull();
  },
);

it('joins name and namespace, and leaves the name bare where the namespace is not known', () => {
  expect(namespacedService('reviews', 'shop')).toBe('reviews.shop');
  expect(namespacedService('reviews', null)).toBe('reviews');
  expect(namespacedService(null, 'shop')).toBeNull();
  expect(namespacedService('unknown', 'shop')).toBeNull();
});

describe('an authority', () => {
  it.each([
    ['reviews:9080', 'reviews', false],
    ['reviews.shop.svc.cluster.local:9080', 'reviews.shop', false],
    ['reviews-shadow:9080', 'reviews', true],
    ['reviews.shop-shadow', 'reviews.shop', true],
    ['-shadow', null, false],
    ['10.0.0.1:80', null, false],
    ['10.0.0.1-shadow:80', null, true],
    ['[fd00::1]:80', null, false],
    [null, null, false],
  ])('%s names %s, mirrored: %s', (authority, service, mirror) => {
    expect(parseAuthority(authority)).toEqual({ service, mirror });
  });
});

describe('a workload certificate', () => {
  it.each([
    ['spiffe://cluster.local/ns/shop/sa/frontend', 'frontend.shop'],
    ['https://elsewhere.example/x,spiffe://td/ns/shop/sa/frontend', 'frontend.shop'],
    ['spiffe://cluster.local/frontend', null],
    ['spiffe://cluster.local/ns/shop/sa/', null],
    ['spiffe://cluster.local/ns/shop/sa/a/b', null],
    [null, null],
  ])('%s names the caller %s', (san, service) => {
    expect(serviceOfSpiffe(san)).toBe(service);
  });
});
