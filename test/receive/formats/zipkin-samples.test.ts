import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { UnreadableBody } from '../../../src/receive/formats/records.ts';
import { readZipkinJson } from '../../../src/receive/formats/zipkin-json.ts';
import { describeSamples, samplesIn } from '../../shared-samples.ts';
import { type Collected, collect } from './collect.ts';

const SPANS = 'samples-spans';
const text = (path: string) => readFileSync(`${samplesIn(SPANS).path}/${path}`, 'utf8');

function tally({ events, reasons }: Collected): Record<string, number> {
  const counts: Record<string, number> = events.length === 0 ? {} : { events: events.length };
  for (const reason of reasons) counts[reason] = (counts[reason] ?? 0) + 1;
  return counts;
}

const destinations = ({ events }: Collected) =>
  [...new Set(events.map(({ destination }) => destination))].sort();

describeSamples(SPANS, 'spans of other programs', () => {
  it.each<[string, Record<string, number>, (string | null)[]]>([
    ['zipkin-lens/envoy.json', { events: 1 }, [null]],
    [
      'zipkin-lens/ascend.json',
      { events: 3, client_span: 3, span_without_kind: 2 },
      ['auth-service', 'content-service', 'mobile-gateway'],
    ],
    [
      'zipkin-lens/messaging.json',
      { events: 1, messaging_span: 2, span_without_kind: 1 },
      ['frontend'],
    ],
    [
      'zipkin-lens/messaging2.json',
      { events: 2, client_span: 4, messaging_span: 2, span_without_kind: 3 },
      ['auth-service', 'mobile-gateway'],
    ],
    ['zipkin-lens/messaging-kafka.json', { messaging_span: 16, span_without_kind: 12 }, []],
    ['zipkin-lens/simple-db-p6.json', { events: 1, client_span: 4 }, ['bootifulmeters']],
    [
      'zipkin-lens/skew.json',
      { events: 2, client_span: 1, span_without_kind: 1 },
      ['servicea', 'serviceb'],
    ],
    [
      'zipkin-lens/smartthings-oauth-authorization.json',
      { events: 66, incomplete_span: 11, client_span: 95, span_without_kind: 3 },
      ['account', 'auth', 'bouncer', 'datamgmt', 'dove', 'paperboy', 'stlogin'],
    ],
    [
      'zipkin-lens/yelp.json',
      { events: 4, client_span: 11, span_without_kind: 1 },
      ['mobile_api', 'routing', 'spectre', 'yelp_main/api_proxy'],
    ],
    [
      'zipkin-codec/v2-list.json',
      { events: 3, incomplete_span: 1, client_span: 5, span_without_kind: 3 },
      ['frontend', 'isao01'],
    ],
    [
      'istio/istio-bookinfo.derived-zipkin-v2.json',
      { events: 4, client_span: 4 },
      ['details.bookinfo', 'productpage.bookinfo', 'ratings.bookinfo', 'reviews.bookinfo'],
    ],
    [
      'issues/grafana-69098-shared-span.excerpt.json',
      { events: 1, client_span: 1, span_without_kind: 1 },
      ['duplicated-span'],
    ],
    ['issues/otelcol-572-envoy-1.13-body.reconstructed.json', { events: 1 }, ['echocall1']],
    ['jaeger/zipkin_01.json', { client_span: 1 }, []],
    ['jaeger/zipkin_02.json', { span_without_kind: 1 }, []],
    ['jaeger/zipkin_03.json', { messaging_span: 1 }, []],
  ])('%s has %j', (path, counts, services) => {
    const collected = collect(readZipkinJson, text(path));
    expect(tally(collected)).toEqual(counts);
    expect(destinations(collected)).toEqual([...services].sort());
  });

  it('an Envoy root span without a service name is told apart by its ids', () => {
    const [event] = collect(readZipkinJson, text('zipkin-lens/envoy.json')).events;
    expect(event).toMatchObject({
      endUs: 1_570_523_661_186_347,
      durationUs: 127_115,
      code: 200,
      flags: 0,
      details: null,
      reporter: 'destination',
      source: null,
      destination: null,
      traceId: '978883983d506fa5',
      span: { id: '978883983d506fa5', shared: true },
    });
  });

  it("Istio's spans name version, request and trace", () => {
    const { events } = collect(readZipkinJson, text('istio/istio-bookinfo.derived-zipkin-v2.json'));
    expect(events[0]).toMatchObject({
      endUs: 1_701_779_876_582_555,
      code: 200,
      destination: 'productpage.bookinfo',
      subset: 'v1',
      requestId: 'e4e8c177-3962-9359-945e-61e7175cd867',
      span: { id: '84756b1dab0856fa', shared: false },
    });
  });

  it("Envoy 1.13's scientific timestamp is exact to the microsecond it gave", () => {
    const body = text('issues/otelcol-572-envoy-1.13-body.reconstructed.json');
    const [event] = collect(readZipkinJson, body).events;
    expect(event!.endUs).toBe(1_582_662_767_960_310 + 2741);
  });

  it("Envoy's own buffers are read, shared or not", () => {
    const bodies = JSON.parse(text('envoy/span-buffer-http-json.json')) as Record<string, unknown>;
    const read = (name: string) => collect(readZipkinJson, JSON.stringify(bodies[name]));
    expect(tally(read('HTTP_JSON cs v4'))).toEqual({ client_span: 1 });
    expect(tally(read('HTTP_JSON cs v6'))).toEqual({ client_span: 1 });
    for (const shared of [true, false]) {
      const collected = read(`HTTP_JSON cs+sr shared_span_context=${shared}`);
      expect(tally(collected)).toEqual({ events: 1, client_span: 1 });
      expect(collected.events[0]).toMatchObject({
        destination: 'service1',
        details: 'span_ok',
        endUs: 4_168_648_590_953_740,
        span: { id: '0000000000000001', shared },
      });
    }
    expect(Object.keys(bodies)).toHaveLength(4);
  });

  it('v1 lists are called v1', () => {
    expect(() => collect(readZipkinJson, text('zipkin-codec/v1-list.json'))).toThrow(
      'Expected a JSON_V2 encoded list, but received: JSON_V1\n',
    );
  });

  /** Upstream reads `NULL` as null (its parser is lenient); here it is no JSON. Upper-case ids are lowered here. */
  const DIFFERENT: Readonly<Record<string, 'accepted' | 'Malformed'>> = {
    niceErrorOnUppercase_traceId_JSON_V2: 'accepted',
    niceErrorOnNull_tagValue: 'Malformed',
    niceErrorOnNull_annotationValue: 'Malformed',
    niceErrorOnNull_annotationTimestamp: 'Malformed',
  };

  interface DecoderCase {
    name: string;
    bodies: string[];
    expect: 'accept' | 'reject';
    messageContains: string | null;
  }

  it("Zipkin's decoder cases are answered as Zipkin does, but for four with a reason", () => {
    const cases = (
      JSON.parse(text('zipkin-codec/decoder-cases.json')) as { JSON_V2: DecoderCase[] }
    ).JSON_V2;
    expect(cases).toHaveLength(14);
    for (const { name, bodies, expect: answer, messageContains } of cases) {
      const accepted = DIFFERENT[name] === 'accepted' || answer === 'accept';
      for (const body of bodies) {
        const read = () => collect(readZipkinJson, `[${body}]`);
        if (accepted) {
          expect(tally(read()), name).toEqual({ span_without_kind: 1 });
          continue;
        }
        // Their paths begin at the span, a list's at its element.
        const message = DIFFERENT[name] ?? messageContains!.replace('$.', '$[0].');
        expect(read, name).toThrow(UnreadableBody);
        expect(read, name).toThrow(message);
        if (DIFFERENT[name] === undefined) continue;
        const strict = body.replaceAll('NULL', 'null');
        expect(() => collect(readZipkinJson, `[${strict}]`), name).toThrow(
          messageContains!.replace('$.', '$[0].'),
        );
      }
    }
  });
});
