import { describe, expect, it } from 'vitest';
import { FLAG } from '../../../src/model/response-flags.ts';
import { emptyFields } from '../../../src/receive/formats/access-log-fields.ts';
import { envoyTextFields } from '../../../src/receive/formats/envoy-text.ts';
import { envoyLine, istioLine, readLogs } from './access-log-lines.ts';

function fieldsOf(line: string) {
  const fields = emptyFields();
  return { reason: envoyTextFields(line, fields), fields };
}

it("reads Envoy's fifteen fields", () => {
  expect(fieldsOf(envoyLine({ flags: 'UF' }))).toEqual({
    reason: null,
    fields: {
      ...emptyFields(),
      startTime: '2026-03-01T10:00:00.250Z',
      method: 'GET',
      protocol: 'HTTP/1.1',
      responseCode: '200',
      responseFlags: 'UF',
      duration: '12',
      userAgent: 'shop/2.1',
      requestId: '5f0c6d1e-0000-4000-8000-000000000001',
      authority: 'stock:8080',
      upstreamHost: '10.9.0.17:8080',
    },
  });
});

it("reads Istio's twenty-four fields", () => {
  const sni = 'outbound_.8080_._.stock.shop.svc.cluster.local';
  expect(fieldsOf(istioLine({ sni, flags: 'UF,URX' }))).toEqual({
    reason: null,
    fields: {
      ...emptyFields(),
      startTime: '2026-03-01T10:00:00.250Z',
      method: 'GET',
      protocol: 'HTTP/1.1',
      responseCode: '200',
      responseFlags: 'UF,URX',
      responseCodeDetails: 'via_upstream',
      duration: '12',
      userAgent: 'shop/2.1',
      requestId: '5f0c6d1e-0000-4000-8000-000000000001',
      authority: 'stock:8080',
      upstreamHost: '10.9.0.17:8080',
      upstreamCluster: 'outbound|8080|blue|stock.shop.svc.cluster.local',
      downstreamRemoteAddress: '10.9.0.3:50000',
      requestedServerName: sni,
    },
  });
});

it.each([
  ['GET /a b?q="x"&y=[1] HTTP/1.1', 'GET', 'HTTP/1.1'],
  ['GET /" HTTP/2', 'GET', 'HTTP/2'],
  ['GET /a] "b HTTP/1.1', 'GET', 'HTTP/1.1'],
  ['- - -', null, null],
  ['- - HTTP/1.1', null, 'HTTP/1.1'],
  ['  ', null, null],
])('takes %j for a request, whatever its path holds', (request, method, protocol) => {
  for (const line of [istioLine({ request }), envoyLine({ request })]) {
    expect(fieldsOf(line)).toMatchObject({ reason: null, fields: { method, protocol } });
  }
});

it('takes "-" and an empty column for unset', () => {
  const { fields } = fieldsOf(istioLine({ agent: '', id: '-', cluster: '-', duration: '-' }));
  expect(fields).toMatchObject({
    userAgent: null,
    requestId: null,
    upstreamCluster: null,
    duration: null,
  });
  expect(fieldsOf(istioLine({ flags: '', route: '' })).reason).toBeNull();
});

it('takes a route name of several words', () => {
  expect(fieldsOf(istioLine({ route: 'my first route' })).reason).toBeNull();
});

describe('forged columns', () => {
  it.each([
    ['a quote in the user agent', envoyLine({ agent: 'he said "hi"' })],
    ['columns in the user agent', envoyLine({ agent: 'a" "b" "c' })],
    ['columns in the user agent of Istio', istioLine({ agent: 'a" "b' })],
    [
      'a whole tail in the user agent',
      envoyLine({ code: '503', agent: 'x HTTP/1.1" 200 - 0 0 1 - "1.2.3.4" "shop/2.1' }),
    ],
    ['a code in the path', envoyLine({ request: 'GET /x HTTP/1.1" 200 - HTTP/1.1' })],
    ['a code in the path of Istio', istioLine({ request: 'GET /x" 200 - HTTP/1.1' })],
    ['a column too many', `${envoyLine()} "more"`],
    ['a bare column too many before the quotes', envoyLine({ flags: '- via_upstream' })],
    ['a column too few', envoyLine().replace(' 11 ', ' ')],
    ['a column of Istio too few', istioLine().replace(' default', '').replace(' - "-" ', ' ')],
    ['a bare column that should be quoted', istioLine().replace('"stock:8080"', 'stock:8080')],
    ['a cut line', istioLine().slice(0, 120)],
    ['a request of one word', envoyLine({ request: 'GET' })],
    ['a protocol that is none', envoyLine({ request: 'GET / SPDY/3' })],
  ])('%s is a wrong field count', (_, line) => {
    expect(fieldsOf(line).reason).toBe('wrong_field_count');
  });
});

it.each([
  '',
  'hello',
  '[2026-03-01 10:00:00.250][12][info][main] starting',
  '[2026-03-01T10:00:00.250Z] GET / 200',
  '10.9.0.3:50000 - - [2026-03-01T10:00:00Z] "GET / HTTP/1.1" 200',
])('%j is another format', (line) => {
  expect(fieldsOf(line).reason).toBe('unknown_format');
});

it.each([
  '2026-03-01T10:00:01.123456789Z stdout F ',
  '2026-03-01T10:00:01.123456789+01:00 stderr F ',
  '2026-03-01T10:00:01.123456789Z ',
  'ACCESS ',
  '2026-03-01T10:00:01Z stdout F ACCESS ',
])('passes over the prefix %j, which is no part of the record', (prefix) => {
  const { events, raws, reasons } = readLogs(`${prefix}${istioLine()}\n${prefix}${envoyLine()}`);
  expect(reasons).toEqual([]);
  expect(events).toHaveLength(2);
  expect(raws).toEqual([istioLine(), envoyLine()]);
});

it('reads a JSON record behind a prefix', () => {
  const record = '{"start_time":"2026-03-01T10:00:00Z","response_code":204,"method":"GET"}';
  const { events, raws } = readLogs(`2026-03-01T10:00:01.1Z stdout F ${record} \r\n`);
  expect(events).toMatchObject([{ code: 204 }]);
  expect(raws).toEqual([record]);
});

it('reads the facts of a line', () => {
  const { events } = readLogs(istioLine({ code: '503', flags: 'UO', host: '-' }));
  expect(events).toEqual([
    {
      endUs: Date.UTC(2026, 2, 1, 10, 0, 0, 262) * 1000,
      durationUs: 12_000,
      code: 503,
      grpcStatus: null,
      flags: FLAG.UO,
      details: 'via_upstream',
      reporter: 'source',
      source: null,
      destination: 'stock.shop',
      cluster: null,
      subset: 'blue',
      host: null,
      mtls: null,
      traits: 0,
      requestId: '5f0c6d1e-0000-4000-8000-000000000001',
      traceId: null,
      span: null,
    },
  ]);
});
