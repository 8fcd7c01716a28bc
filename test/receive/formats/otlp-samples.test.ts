import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { FLAG } from '../../../src/model/response-flags.ts';
import { readOtlpLogsJson } from '../../../src/receive/formats/otlp-logs-json.ts';
import { readOtlpLogsProtobuf } from '../../../src/receive/formats/otlp-logs-protobuf.ts';
import { describeSamples, samplesIn } from '../../shared-samples.ts';
import { type Collected, collect } from './collect.ts';

const LOGS = 'samples-logs';
const text = (name: string) => readFileSync(`${samplesIn(LOGS).path}/${name}`, 'utf8');

/** The JSON and the protobuf file hold the same three requests. */
const ENVOY = 'envoy_http_exporter_integration_test';
const ISTIO = 'istio_envoyOtelAls_default';
const GATEWAY = 'envoy_gateway_openTelemetry_default';

function fromJson(): Map<string, Collected> {
  const requests = JSON.parse(text('otlp-als.json')) as object;
  return new Map(
    Object.entries(requests)
      .filter(([name]) => !name.startsWith('_'))
      .map(([name, request]) => [name, collect(readOtlpLogsJson, JSON.stringify(request))]),
  );
}

function fromProtobuf(): Map<string, Collected> {
  const lines = text('otlp-als-protobuf.derived.ndjson').trim();
  return new Map(
    lines.split('\n').map((line) => {
      const { name, bodyBase64 } = JSON.parse(line) as { name: string; bodyBase64: string };
      return [
        name,
        collect(readOtlpLogsProtobuf, new Uint8Array(Buffer.from(bodyBase64, 'base64'))),
      ];
    }),
  );
}

describeSamples(LOGS, 'Envoy access logs over OTLP in JSON', () => requestsOf(fromJson));
describeSamples(LOGS, 'Envoy access logs over OTLP in protobuf', () => requestsOf(fromProtobuf));

function requestsOf(read: () => Map<string, Collected>): void {
  const requests = read();

  it('are three requests', () => {
    expect([...requests.keys()].sort()).toEqual([GATEWAY, ENVOY, ISTIO].sort());
  });

  it("Envoy's own test body is no access log of a known format", () => {
    expect(requests.get(ENVOY)).toMatchObject({ events: [], reasons: ['unknown_format'] });
  });

  it("Istio's default is the text line", () => {
    expect(requests.get(ISTIO)!.reasons).toEqual([]);
    expect(requests.get(ISTIO)!.events).toEqual([
      {
        endUs: Date.UTC(2020, 10, 25, 21, 26, 18, 413) * 1000,
        durationUs: 4000,
        code: 418,
        grpcStatus: null,
        flags: 0,
        details: 'via_upstream',
        reporter: 'source',
        source: null,
        destination: 'httpbin.foo',
        cluster: null,
        subset: null,
        host: '10.44.1.27:80',
        mtls: null,
        traits: 0,
        requestId: '84961386-6d84-929d-98bd-c5aee93b5c88',
        traceId: null,
        span: null,
      },
    ]);
  });

  it("Envoy Gateway's default is string attributes, its own pod the caller", () => {
    expect(requests.get(GATEWAY)!.reasons).toEqual([]);
    expect(requests.get(GATEWAY)!.events).toEqual([
      {
        endUs: Date.UTC(2025, 6, 22, 9, 14, 19, 407) * 1000,
        durationUs: 0,
        code: 503,
        grpcStatus: null,
        flags: FLAG.UO,
        details: 'upstream_reset_before_response_started{overflow}',
        reporter: 'source',
        source: 'envoy-default-eg.envoy-gateway-system',
        destination: 'ratings',
        cluster: null,
        subset: null,
        host: '10.244.1.37:9080',
        mtls: null,
        traits: 0,
        requestId: 'f611fd0a-8b7f-4c7d-ad18-6f0f8812ac6b',
        traceId: null,
        span: null,
      },
    ]);
  });
}
