import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect, it } from 'vitest';
import { type RequestEvent, TRAIT } from '../../../src/model/request-event.ts';
import { flagNames } from '../../../src/model/response-flags.ts';
import { describeSamples, samplesIn } from '../../shared-samples.ts';
import { type ReadLogs, readLogs } from './access-log-lines.ts';

/** Published records of real proxies. */
const LOGS = 'samples-logs';

const file = (name: string) => readFileSync(resolve(samplesIn(LOGS).path, name), 'utf8');
const jsonLines = (name: string) =>
  file(name)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

/** `reporter source>destination/subset code flags ms`, with `?` for unknown. */
function said({ reporter, source, destination, subset, code, flags, durationUs }: RequestEvent) {
  const who = `${source ?? '?'}>${destination ?? '?'}${subset === null ? '' : `/${subset}`}`;
  const took = durationUs === null ? '?' : durationUs / 1000;
  return `${reporter} ${who} ${code} ${flagNames(flags).join(',') || '-'} ${took}`;
}

const counts = ({ events, reasons }: ReadLogs) => [events.length, reasons];

describeSamples(LOGS, 'the published records', () => {
  it("of Envoy's default format are read, but for the forged one", () => {
    const { events, reasons } = readLogs(file('envoy-default.log'));
    expect(reasons).toEqual([]);
    expect(events.map(said)).toEqual([
      'source ?>locations 204 - 226',
      'source ?>host 0 UF 3',
      'source ?>? 0 DC 3',
      'source ?>? 0 - 3',
      'source ?>? 0 - 3',
      'source ?>? 0 - 3',
      'source ?>localhost 200 - 6',
      'source ?>localhost 200 - 6',
      'source ?>localhost 403 UAEX 4',
    ]);
    expect(events.map(({ host }) => host)).toEqual([
      '10.0.2.1:80',
      null,
      '10.0.0.5:1234',
      null,
      null,
      '10.0.0.5:1234',
      '127.0.0.1:8081',
      null,
      null,
    ]);
    expect(events[0]?.endUs).toBe(Date.UTC(2016, 3, 15, 20, 17, 0, 536) * 1000);
    expect(counts(readLogs(file('envoy-default-hostile.log')))).toEqual([0, ['wrong_field_count']]);
  });

  it("behind Ambassador's prefix are read", () => {
    expect(readLogs(file('envoy-default-ambassador-prefix.log')).events.map(said)).toEqual([
      'source ?>? 403 UAEX 0',
      'source ?>localhost 403 UAEX 0',
    ]);
  });

  it("of Istio's default format are read", () => {
    const { events, reasons } = readLogs(file('istio-default.log'));
    expect(reasons).toEqual([]);
    expect(events.map(said)).toEqual([
      'source ?>httpbin.foo 418 - 4',
      'destination ?>httpbin.foo 418 - 3',
      'source ?>httpbin.default 503 UO 0',
      'source ?>httpbin.default 503 UO 0',
      'source ?>httpbin.default 200 - 94',
      'source ?>productpage.istio/v1 503 UO 0',
      'source ?>my-app.default 503 UH 0',
      'source ?>helloistio.mcsps.telekomcloud.com 404 NR 0',
      'source ?>helloworld.sample 0 DC 999',
      'source ?>ratings.default/v1 500 FI 0',
      'destination ?>nginx.istio-test 429 RL 0',
      'destination ?>dummy-svc-app.foo 403 UAEX 11',
      'destination ?>nginx-svc.default 403 - 0',
      'source ?>notification-service.mtlsfail-demo 503 UC 1',
      'source ?>? 0 NR 0',
      'source ?>edition.cnn.com 0 - 231',
      'source ?>productpage.default 0 - ?',
      'source ?>mymongodb.somedomain 0 UF,URX 10000',
      'source ?>developers.google.com 200 - 395',
      'source ?>forum.forum-services 503 UH 0',
    ]);
    expect(events.map(({ traits }) => traits === TRAIT.connection)).toEqual(
      events.map((_, record) => record >= 14 && record <= 17),
    );
    expect(events.map(({ mtls }) => mtls)).toEqual(
      events.map((_, record) => ([1, 10, 11, 12].includes(record) ? true : null)),
    );
    expect(events[12]?.details).toBe('rbac_access_denied_matched_policy[none]');
  });

  it("of waypoints are read behind kubectl's time", () => {
    expect(readLogs(file('istio-waypoint.log')).events.map(said)).toEqual([
      'waypoint ?>details.bookinfo 200 - 0',
      'waypoint ?>details.bookinfo 200 - 0',
      'waypoint ?>ratings.bookinfo 200 - 2',
      'waypoint ?>reviews.bookinfo 200 - 4',
      'waypoint ?>bookinfo-gateway-istio.bookinfo 200 - 13',
      'waypoint ?>details.bookinfo 200 - 0',
    ]);
  });

  it("of Istio's and Envoy Gateway's JSON are read", () => {
    expect(readLogs(file('istio-json.ndjson')).events.map(said)).toEqual([
      'destination ?>httpbin.istio-demo 200 - 2',
      'destination ?>admin-api-hub-svc.admin 401 UAEX 9',
      'destination ?>envoydummy.chapter11 200 - 0',
    ]);
    expect(readLogs(file('istio-json-legacy-strings.ndjson')).events.map(said)).toEqual([
      'destination ?>productpage.default 200 - 26',
    ]);
    expect(readLogs(file('envoy-gateway-json.ndjson'))).toMatchObject({
      reasons: [],
      events: [{ destination: 'ratings', requestId: 'f611fd0a-8b7f-4c7d-ad18-6f0f8812ac6b' }],
    });
    expect(readLogs(file('envoy-gateway-json.ndjson')).events.map(said)).toEqual([
      'source ?>ratings 503 UO 0',
    ]);
  });

  it('made up to break a parser are read, but for the one with quotes in its user agent', () => {
    const { outcomes, events, reasons } = readLogs(file('synthetic-edge-cases.log'));
    expect(outcomes.findIndex((outcome) => 'reason' in outcome)).toBe(3);
    expect(reasons).toEqual(['wrong_field_count']);
    expect(events.map(said)).toEqual([
      'source ?>httpbin.default 503 UO 0',
      'source ?>httpbin.default 503 UO 0',
      'destination ?>httpbin.foo 418 - 3',
      'destination ?>httpbin.foo 418 - 3',
      'destination ?>httpbin.foo/v2 418 - 3',
      'destination ?>httpbin.foo 503 UF,URX 3',
      'destination ?>httpbin.foo 503 UF,URX 3',
    ]);
    expect(events[2]?.host).toBe('[fd00:10:244:1::1b]:80');
  });

  it.each([
    ['envoy-default-plus-details.log', 10, 'wrong_field_count'],
    ['istio-default-missing-route.log', 2, 'wrong_field_count'],
    ['istio-legacy.log', 3, 'wrong_field_count'],
    ['linkerd-apache.log', 5, 'unknown_format'],
    ['linkerd-json.ndjson', 5, 'unknown_format'],
    ['ztunnel.log', 13, 'unknown_format'],
    ['ztunnel-json.ndjson', 1, 'unknown_format'],
    ['ztunnel-json.derived.ndjson', 5, 'unknown_format'],
  ])('of %s are %d dead letters: not read yet, never guessed at', (name, records, reason) => {
    expect(counts(readLogs(file(name)))).toEqual([0, new Array(records).fill(reason)]);
  });
});

describeSamples(LOGS, "shippers' envelopes", () => {
  const outbound = 'source sleep.foo>httpbin.foo 418 - 4';
  const inbound = 'destination ?>sleep.foo/v1 418 - 3';
  const merged = 'destination ?>sleep.foo/v1 200 - 2';

  it.each([
    ['fluentbit_format_json', [outbound, inbound]],
    ['fluentbit_format_json_lines', [outbound, inbound]],
    ['fluentbit_format_json_stream', [outbound, inbound]],
    ['fluentbit_merge_log_on_keep_log_on', [merged]],
    ['fluentbit_merge_log_key_log_processed_keep_log_off', [merged]],
    ['vector_codec_json_default_framing', [outbound, inbound]],
    ['vector_codec_json_framing_newline_delimited', [outbound, inbound]],
    ['vector_codec_text', ['source ?>httpbin.foo 418 - 4', 'destination ?>httpbin.foo 418 - 3']],
  ])('%s', (name, expected) => {
    const requests: { name: string; body: string }[] = jsonLines(
      'shipper-envelopes.derived.ndjson',
    );
    const { events, reasons } = readLogs(requests.find((each) => each.name === name)!.body);
    expect(reasons).toEqual([]);
    expect(events.map(said)).toEqual(expected);
  });

  it('of one line carry the same bytes, whichever shipper sent it', () => {
    const bodies: { name: string; body: string }[] = jsonLines('shipper-envelopes.derived.ndjson');
    const raws = (name: string) => readLogs(bodies.find((each) => each.name === name)!.body).raws;
    const bare = raws('vector_codec_text');
    expect(bare).toHaveLength(2);
    expect(raws('fluentbit_format_json')).toEqual(bare);
    expect(raws('fluentbit_format_json_stream')).toEqual(bare);
    expect(raws('vector_codec_json_default_framing')).toEqual(bare);
  });
});

describeSamples(LOGS, 'failures seen at both ends', () => {
  interface Seen {
    case: string;
    pod: 'client' | 'server';
    record: Record<string, string>;
  }
  const lines: Seen[] = jsonLines('istio-failure-matrix.ndjson');
  const read = readLogs(lines.map(({ record }) => JSON.stringify(record)).join('\n'));

  /** `end code flags grpc` of every line of a case. */
  function facts(name: string): string[] {
    return read.events.flatMap(({ reporter, code, flags, grpcStatus }, i) =>
      lines[i]?.case === name
        ? [`${reporter} ${code} ${flagNames(flags).join(',') || '-'} ${grpcStatus ?? '-'}`]
        : [],
    );
  }

  it('are read, all of them, each at the end it was seen', () => {
    expect(counts(read)).toEqual([58, []]);
    expect(read.events.map(({ reporter }) => reporter)).toEqual(
      lines.map(({ pod }) => (pod === 'client' ? 'source' : 'destination')),
    );
    for (const event of read.events) {
      const sure = event.reporter === 'source' || event.mtls === true;
      expect(event.destination).toBe(sure ? 'mock-server.default' : 'mock-server');
    }
  });

  it.each([
    ['http Service Unavailable Case', ['source 503 - -', 'destination 503 - -']],
    ['http Downstream TCP RST Case', ['source 0 DC -', 'destination 0 DC -']],
    ['http Upstream TCP RST before Response Case', ['source 503 - -', 'destination 503 UC -']],
    ['http Upstream TCP RST after Response Case', ['source 200 UPE -', 'destination 200 UPE -']],
    [
      'http Circuit Breaking with Upstream Connection Pool Overflow Case',
      ['source 503 UO -', 'source 200 - -', 'destination 200 - -'],
    ],
    [
      'http Circuit Breaking with No Healthy Upstream Case',
      ['source 503 - -', 'source 503 UH -', 'destination 503 - -'],
    ],
    ['http Upstream Connection Failure with Timeout', ['source 503 UF,URX -', 'source 503 UH -']],
    ['http Upstream Request Timeout Case', ['source 504 UT -', 'destination 0 DC -']],
    ['grpc OK Case', ['source 200 - 0', 'destination 200 - 0']],
    ['grpc Downstream HTTP/2 RST_STREAM Case', ['source 0 DC -', 'destination 0 DR -']],
    ['grpc Upstream TCP RST before Response Case', ['source 200 URX 14', 'destination 200 UC 14']],
    ['grpc Upstream TCP RST after Response Case', ['source 200 UR 2', 'destination 200 UC 2']],
    [
      'grpc Circuit Breaking with Upstream Overflow Case',
      ['source 200 UO 14', 'source 200 - 0', 'destination 200 - 0'],
    ],
    [
      'grpc Circuit Breaking with No Healthy Upstream Case',
      ['source 200 - 13', 'source 200 UH 14', 'destination 200 - 13'],
    ],
    ['grpc Upstream Request Timeout Case', ['source 200 UT 14', 'destination 0 DR -']],
  ])('%s', (name, expected) => {
    expect(facts(name)).toEqual(expected);
  });

  it('end when start and duration say, however long they took', () => {
    const at = lines.findIndex(({ case: name }) => name === 'http Upstream Request Timeout Case');
    expect(read.events[at]).toMatchObject({
      endUs: Date.UTC(2026, 0, 12, 16, 8, 19, 834) * 1000,
      durationUs: 60_022_000,
      host: '10.244.2.23:8080',
    });
  });
});
