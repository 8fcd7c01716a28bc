import { describe, expect, it } from 'vitest';
import { MAX_DETAILS, TRAIT } from '../../../src/model/request-event.ts';
import { FLAG, UNKNOWN_FLAG } from '../../../src/model/response-flags.ts';
import { accessLogEvent, emptyEvent } from '../../../src/receive/formats/access-log-event.ts';
import {
  type AccessLogFields,
  emptyFields,
  UNKNOWN_EMITTER,
} from '../../../src/receive/formats/access-log-fields.ts';
import { logTimeUs } from '../../../src/receive/formats/log-time.ts';

const STARTED = Date.UTC(2026, 2, 1, 10, 0, 0, 250) * 1000;

const REQUEST: Partial<AccessLogFields> = {
  startTime: '2026-03-01T10:00:00.250Z',
  method: 'GET',
  protocol: 'HTTP/1.1',
  responseCode: '200',
  duration: '12',
};

function facts(fields: Partial<AccessLogFields> = {}) {
  const event = emptyEvent();
  const reason = accessLogEvent(
    { ...emptyFields(), ...REQUEST, ...fields },
    UNKNOWN_EMITTER,
    event,
  );
  return { reason, event };
}

describe('the time', () => {
  it.each([
    ['2026-03-01T10:00:00.250Z', STARTED],
    ['2026-03-01T10:00:00.250999999Z', STARTED + 999],
    ['2026-03-01T10:00:00Z', STARTED - 250_000],
    ['2026-03-01t10:00:00.25z', STARTED],
    ['2026-03-01T15:30:00.25+05:30', STARTED],
    ['2026-03-01T07:00:00.250-03:00', STARTED],
    ['2024-02-29T00:00:00Z', Date.UTC(2024, 1, 29) * 1000],
    ['1970-01-01T00:00:00.000001Z', 1],
    ['1969-12-31T23:00:00-01:00', 0],
    ['1772359200.25', STARTED],
    ['1772359200', STARTED - 250_000],
    ['1772359200.2500019', STARTED + 1],
    ['1772359200250', STARTED],
    ['1772359200250.5', STARTED + 500],
    ['99999999999', null],
    ['100000000000', 100_000_000_000_000],
  ])('%s is %s µs', (text, us) => {
    expect(logTimeUs(text)).toBe(us);
  });

  it.each([
    '',
    'yesterday',
    '2026-03-01',
    '2026-03-01 10:00:00Z',
    '2026-03-01T10:00:00',
    '2026-03-01T10:00Z',
    '2026-02-29T10:00:00Z',
    '2026-13-01T10:00:00Z',
    '2026-00-10T10:00:00Z',
    '2026-03-00T10:00:00Z',
    '2026-03-01T24:00:00Z',
    '2026-03-01T10:60:00Z',
    '2026-03-01T10:00:60Z',
    '2026-03-01T10:00:00.Z',
    '2026-03-01T10:00:00.1234567890Z',
    '2026-03-01T10:00:00+5:30',
    '2026-03-01T10:00:00+24:00',
    '0099-03-01T10:00:00Z',
    '1969-12-31T23:59:59Z',
    '2200-01-01T00:00:00Z',
    '1e12',
    '-5',
    '1772359200250000000',
    ' 1772359200',
  ])('%j is none', (text) => {
    expect(logTimeUs(text)).toBeNull();
    expect(facts({ startTime: text }).reason).toBe('bad_timestamp');
  });

  it("is the request's end: start and duration", () => {
    expect(facts().event).toMatchObject({ endUs: STARTED + 12_000, durationUs: 12_000 });
  });

  it('is the start where the record does not say how long it took', () => {
    expect(facts({ duration: null }).event).toMatchObject({ endUs: STARTED, durationUs: null });
  });

  it("is the transport's where the record has none, and the record's where both have one", () => {
    expect(facts({ startTime: null, startUs: 5_000_000 }).event.endUs).toBe(5_012_000);
    expect(facts({ startUs: 5_000_000 }).event.endUs).toBe(STARTED + 12_000);
    expect(facts({ startTime: null }).reason).toBe('missing_field');
  });
});

describe('a number', () => {
  it.each(['-1', '1.5', '1e3', '9'.repeat(13), 'fast', ' 5'])('%j is no duration', (duration) => {
    expect(facts({ duration }).reason).toBe('bad_number');
  });

  it.each(['-1', '1000', '200.0', '0x1F', 'OK', '+200', '２００'])(
    '%j is no code',
    (responseCode) => {
      expect(facts({ responseCode }).reason).toBe('bad_number');
    },
  );

  it.each([
    ['0', 0],
    ['999', 999],
    ['007', 7],
  ])('%s is the code %d', (responseCode, code) => {
    expect(facts({ responseCode }).event.code).toBe(code);
  });

  it('must be there: a request without a code is no fact', () => {
    expect(facts({ responseCode: null }).reason).toBe('missing_field');
  });

  it.each([
    ['0', 0],
    ['14', 14],
    ['17', null],
    ['-1', null],
    ['DeadlineExceeded', 4],
    ['DEADLINE_EXCEEDED', 4],
    ['CANCELLED', 1],
    ['Canceled', 1],
    ['whatever', null],
    [null, null],
  ])('%s is the gRPC status %s', (grpcStatus, number) => {
    expect(facts({ grpcStatus }).event.grpcStatus).toBe(number);
  });
});

it('reads flags as a set and keeps a flag it does not know', () => {
  expect(facts({ responseFlags: 'URX,UF' }).event.flags).toBe(FLAG.UF + FLAG.URX);
  expect(facts({ responseFlags: 'UO,ACME' }).event.flags).toBe(FLAG.UO + UNKNOWN_FLAG);
  expect(facts().event.flags).toBe(0);
});

it('cuts the details', () => {
  expect(facts({ responseCodeDetails: 'd'.repeat(500) }).event.details).toBe(
    'd'.repeat(MAX_DETAILS),
  );
});

describe('a trait', () => {
  it.each([
    ['connection', { method: null, protocol: null, responseCode: '0' }],
    ['connection', { method: null, protocol: null, responseCode: null }],
    ['mirror', { authority: 'stock-shadow:8080' }],
    ['healthCheck', { userAgent: 'kube-probe/1.31' }],
    ['healthCheck', { userAgent: 'Envoy/HC' }],
    ['healthCheck', { userAgent: 'GoogleHC/1.0' }],
    ['healthCheck', { userAgent: 'ELB-HealthChecker/2.0' }],
    ['upgrade', { responseCode: '101' }],
  ] as const)('%s is seen in %j', (trait, fields) => {
    expect(facts(fields).event.traits).toBe(TRAIT[trait]);
  });

  it.each([
    { userAgent: 'Prometheus/3.1.0' },
    { userAgent: 'curl/8 kube-probe/1.31' },
    { responseCode: '0' },
    { method: null, responseCode: '400' },
    { method: null, protocol: null, responseCode: '400' },
  ])('is not seen in %j', (fields) => {
    expect(facts(fields).event.traits).toBe(0);
  });
});

describe('the upstream host', () => {
  it.each([
    ['10.9.0.17:8080', '10.9.0.17:8080'],
    ['[fd00::11]:8080', '[fd00::11]:8080'],
    ['tcp://10.9.0.17:8080', '10.9.0.17:8080'],
    ['envoy://connect_originate/10.9.0.17:8080', '10.9.0.17:8080'],
    ['envoy://internal_client_address/', null],
    [':0', null],
    ['/run/app.sock', null],
    ['10.9.0.17', null],
    ['x'.repeat(9000), null],
    [null, null],
  ])('%s is %s', (upstreamHost, host) => {
    expect(facts({ upstreamHost }).event.host).toBe(host);
  });
});

it('keeps a trace id of 16 or 32 lower-case hex characters that is not all zeros', () => {
  const kept = (traceId: string) => facts({ traceId }).event.traceId;
  expect(kept('00f067aa0ba902b7')).toBe('00f067aa0ba902b7');
  expect(kept('4bf92f3577b34da6a3ce929d0e0e4736')).toBe('4bf92f3577b34da6a3ce929d0e0e4736');
  expect(kept('4BF92F3577B34DA6A3CE929D0E0E4736')).toBeNull();
  expect(kept('4bf92f3577b34da6')).toBe('4bf92f3577b34da6');
  expect(kept('4bf92f3577b34da')).toBeNull();
  expect(kept('0'.repeat(32))).toBeNull();
});

it('keeps a request id unless it is absurdly long', () => {
  expect(facts({ requestId: 'r'.repeat(128) }).event.requestId).toBe('r'.repeat(128));
  expect(facts({ requestId: 'r'.repeat(129) }).event.requestId).toBeNull();
});

it('leaves nothing of the record before in a reused event', () => {
  const event = emptyEvent();
  const rich: Partial<AccessLogFields> = {
    ...REQUEST,
    responseFlags: 'UF',
    responseCodeDetails: 'upstream_reset',
    grpcStatus: '14',
    userAgent: 'kube-probe/1.31',
    requestId: 'r1',
    traceId: '00f067aa0ba902b7',
    authority: 'stock-shadow',
    upstreamHost: '10.9.0.17:8080',
    upstreamCluster: 'inbound|8080||',
    requestedServerName: 'outbound_.8080_.blue_.stock.shop.svc.cluster.local',
    downstreamPeerUriSan: 'spiffe://td/ns/shop/sa/cart',
  };
  const emitter = { service: null, version: null, cluster: 'east' };
  expect(accessLogEvent({ ...emptyFields(), ...rich }, emitter, event)).toBeNull();
  expect(event.source).toBe('cart.shop');
  const bare = { ...emptyFields(), ...REQUEST };
  expect(accessLogEvent(bare, UNKNOWN_EMITTER, event)).toBeNull();
  expect(event).toEqual(facts().event);
});
