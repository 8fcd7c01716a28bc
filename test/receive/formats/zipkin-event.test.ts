import { describe, expect, it } from 'vitest';
import { type RequestEvent, TRAIT } from '../../../src/model/request-event.ts';
import { FLAG, UNKNOWN_FLAG } from '../../../src/model/response-flags.ts';
import { recordSpan } from '../../../src/receive/formats/zipkin-event.ts';
import type { ZipkinSpan } from '../../../src/receive/formats/zipkin-span.ts';
import { collect } from './collect.ts';

function eventOf(span: Partial<ZipkinSpan>): RequestEvent {
  const whole: ZipkinSpan = {
    traceId: '463ac35c9f6413ad',
    id: 'a2fb4a1d1a96d312',
    kind: 'SERVER',
    startUs: 1_700_000_000_000_000,
    durationUs: 2500,
    localService: 'ratings',
    remoteService: null,
    tags: {},
    shared: false,
    ...span,
  };
  const { events } = collect((_body, out) => recordSpan(whole, out), '');
  expect(events).toHaveLength(1);
  return events[0]!;
}

const withTags = (tags: Record<string, string>) => eventOf({ tags });

describe('the facts of a SERVER span', () => {
  it('are what the proxy measured and named', () => {
    expect(
      eventOf({
        remoteService: 'reviews',
        shared: true,
        tags: {
          'http.status_code': '503',
          response_flags: 'UF,URX',
          'guid:x-request-id': '9f1d8e52-0c7a-9e0e-8b1a-1d7a4f0b2c3d',
          upstream_address: '10.1.2.3:9080',
          upstream_cluster: 'ratings_cluster',
        },
      }),
    ).toEqual({
      endUs: 1_700_000_000_002_500,
      durationUs: 2500,
      code: 503,
      grpcStatus: null,
      flags: FLAG.UF | FLAG.URX,
      details: null,
      reporter: 'destination',
      source: 'reviews',
      destination: 'ratings',
      cluster: null,
      subset: null,
      host: '10.1.2.3:9080',
      mtls: null,
      traits: 0,
      requestId: '9f1d8e52-0c7a-9e0e-8b1a-1d7a4f0b2c3d',
      traceId: '463ac35c9f6413ad',
      span: { id: 'a2fb4a1d1a96d312', shared: true },
    });
  });

  it.each<[Record<string, string>, number, string | null]>([
    [{ 'http.status_code': '200', error: 'true' }, 200, null],
    [{ 'http.response.status_code': '404' }, 404, null],
    [{ 'http.status_code': '0', response_flags: 'DC' }, 0, null],
    [{}, 0, 'span_ok'],
    [{ error: 'false' }, 0, 'span_ok'],
    [{ 'otel.status_code': 'OK' }, 0, 'span_ok'],
    [{ error: '' }, 0, 'span_error'],
    [{ error: 'NullPointerException' }, 0, 'span_error'],
    [{ 'otel.status_code': 'ERROR' }, 0, 'span_error'],
    [{ 'http.status_code': 'abc', error: 'true' }, 0, 'span_error'],
    [{ 'http.status_code': '20000' }, 0, 'span_ok'],
  ])('of %j are code %d and details %s', (tags, code, details) => {
    expect(withTags(tags)).toMatchObject({ code, details, grpcStatus: null });
  });

  it.each<[Record<string, string>, number | null]>([
    [{ 'grpc.status_code': '14' }, 14],
    [{ 'rpc.grpc.status_code': '0' }, 0],
    [{ 'grpc.status_code': 'DeadlineExceeded' }, 4],
    [{ 'grpc.status_code': 'DEADLINE_EXCEEDED' }, 4],
    [{ 'grpc.status_code': 'Canceled' }, 1],
    [{ 'grpc.status_code': 'UNAUTHENTICATED' }, 16],
    [{ 'grpc.status_code': '17' }, null],
    [{ 'grpc.status_code': '-1' }, null],
    [{ 'grpc.status_code': 'NOPE' }, null],
    [{ 'grpc.status_code': '' }, null],
    [{}, null],
  ])('of %j have gRPC status %s', (tags, status) => {
    expect(withTags({ 'http.status_code': '200', ...tags }).grpcStatus).toBe(status);
  });

  it('leave the verdict to a gRPC status where there is one, whatever the error tag says', () => {
    expect(withTags({ 'grpc.status_code': '5', error: 'true' })).toMatchObject({
      code: 0,
      grpcStatus: 5,
      details: null,
    });
  });

  it('keep flags that are not known as unknown', () => {
    expect(withTags({ response_flags: 'UO,WHAT' }).flags).toBe(FLAG.UO | UNKNOWN_FLAG);
  });

  it.each<[Record<string, string>, number]>([
    [{ user_agent: 'kube-probe/1.31' }, TRAIT.healthCheck],
    [{ user_agent: 'Envoy/HC' }, TRAIT.healthCheck],
    [{ user_agent: 'ELB-HealthChecker/2.0' }, TRAIT.healthCheck],
    [{ user_agent: 'curl/8 kube-probe/' }, 0],
    [{ 'http.url': 'http://ratings-shadow:9080/r/1' }, TRAIT.mirror],
    [{ 'http.url': 'http://ratings-shadow' }, TRAIT.mirror],
    [{ 'http.url': 'http://ratings/a-shadow' }, 0],
    [{ 'http.status_code': '101' }, TRAIT.upgrade],
  ])('of %j have traits %d', (tags, traits) => {
    expect(withTags(tags).traits).toBe(traits);
  });

  it.each([
    ['10.0.0.1:80', '10.0.0.1:80'],
    ['[fd00::1]:80', '[fd00::1]:80'],
    ['-', null],
    ['envoy://internal_client_address/', null],
    ['ratings:80', null],
  ])('of upstream %s have host %s', (address, host) => {
    expect(withTags({ upstream_address: address }).host).toBe(host);
  });
});

describe('who called whom', () => {
  const ISTIO = {
    'istio.canonical_service': 'reviews',
    'istio.canonical_revision': 'v2',
    'istio.namespace': 'books',
    'istio.cluster_id': 'east-1',
    node_id: 'sidecar~10.0.0.9~other-6f89b6c557-sg2bc.books~books.svc.cluster.local',
    upstream_cluster: 'inbound|9080||',
    'peer.address': '10.0.0.7',
  };

  it("is told by Istio's tags before the tracer's service name", () => {
    expect(eventOf({ localService: 'x', remoteService: null, tags: ISTIO })).toMatchObject({
      reporter: 'destination',
      source: null,
      destination: 'reviews.books',
      cluster: 'east-1',
      subset: 'v2',
    });
  });

  it('has no subset where Istio only says `latest`', () => {
    expect(withTags({ ...ISTIO, 'istio.canonical_revision': 'latest' }).subset).toBeNull();
  });

  it('falls back to the service name, then to the canonical one without namespace', () => {
    const tags = { 'istio.canonical_service': 'reviews' };
    expect(eventOf({ localService: 'reviews.books', tags }).destination).toBe('reviews.books');
    expect(eventOf({ localService: null, tags }).destination).toBe('reviews');
    expect(eventOf({ localService: 'unknown.books', tags }).destination).toBe('reviews');
  });

  it.each([
    [
      'sidecar~10.0.0.9~ratings-v1-6f89b6c557-sg2bc.books~books.svc.cluster.local',
      'ratings-v1.books',
    ],
    ['sidecar~10.0.0.9~db-0.books~books.svc.cluster.local', 'db.books'],
    ['sidecar~10.0.0.9~my-old-cinema.books~x', 'my-old-cinema.books'],
    ['front-proxy', null],
    ['', null],
  ])('is told by node %s last: %s', (node_id, destination) => {
    expect(eventOf({ localService: null, tags: { node_id } }).destination).toBe(destination);
  });

  it.each([
    ['my team/api proxy', 'my team/api proxy'],
    ['größe', 'größe'],
    ['a:b', null],
    ['a\u0000', null],
    ['x'.repeat(254), null],
  ])("keeps a tracer's name %j as %j", (localService, destination) => {
    expect(eventOf({ localService }).destination).toBe(destination);
  });

  it('is caller and subset at a gateway, whose upstream names the destination', () => {
    expect(
      withTags({
        ...ISTIO,
        'istio.canonical_service': 'ingress',
        upstream_cluster: 'outbound|9080|v3|reviews.books.svc.cluster.local',
      }),
    ).toMatchObject({
      reporter: 'source',
      source: 'ingress.books',
      destination: 'reviews.books',
      subset: 'v3',
      cluster: null,
    });
  });

  it('is both peers at a waypoint', () => {
    const peers = {
      'istio.source_workload': 'productpage-v1',
      'istio.source_canonical_service': 'productpage',
      'istio.source_namespace': 'shop',
      'istio.destination_workload': 'reviews-v3',
      'istio.destination_canonical_service': 'reviews',
      'istio.destination_canonical_revision': 'v3',
      'istio.destination_namespace': 'books',
      'istio.destination_cluster_id': 'west-1',
    };
    expect(withTags({ ...ISTIO, ...peers, 'istio.canonical_service': 'waypoint' })).toMatchObject({
      reporter: 'waypoint',
      source: 'productpage.shop',
      destination: 'reviews.books',
      subset: 'v3',
      cluster: 'west-1',
    });
  });

  it('is known at a waypoint without peer tags from its upstream', () => {
    const upstream_cluster = 'inbound-vip|9080|http|reviews.books.svc.cluster.local';
    expect(withTags({ ...ISTIO, upstream_cluster })).toMatchObject({
      reporter: 'waypoint',
      source: null,
      destination: 'reviews.books',
      subset: null,
      cluster: null,
    });
  });
});
