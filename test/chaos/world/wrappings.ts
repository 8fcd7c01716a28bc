import { encodeRequest, pairs, requestOf, text } from '../../receive/formats/otlp-requests.ts';
import type { Unit } from './unit.ts';

/** How a sender puts its units into a body. */
export interface Wrapping {
  path: string;
  type: string;
  input: string;
  body(units: readonly Unit[], caller: string): Uint8Array;
}

const utf8 = new TextEncoder();

export const plainLines: Wrapping = {
  path: '/v1/access-logs',
  type: 'text/plain',
  input: 'access_logs',
  body: (units) => utf8.encode(`${units.map(({ text }) => text).join('\n')}\n`),
};

/** A shipper's records around the lines, with the pod that wrote them. */
export const shipperRecords: Wrapping = {
  path: '/v1/access-logs',
  type: 'application/x-ndjson',
  input: 'access_logs',
  body: (units, caller) => {
    const kubernetes = {
      pod_name: `${caller}-7d9c5b8f6d-x2k4p`,
      namespace_name: 'shop',
      labels: { app: caller },
    };
    const lines = units.flatMap(({ text }) => text.split('\n'));
    return utf8.encode(lines.map((log) => JSON.stringify({ log, kubernetes })).join('\n'));
  },
};

export const otlpJson: Wrapping = {
  path: '/v1/logs',
  type: 'application/json',
  input: 'otlp_logs',
  body: (units, caller) => utf8.encode(JSON.stringify(otlpRequest(units, caller))),
};

export const otlpProtobuf: Wrapping = {
  path: '/v1/logs',
  type: 'application/x-protobuf',
  input: 'otlp_logs',
  body: (units, caller) => encodeRequest(otlpRequest(units, caller)),
};

export const zipkinList: Wrapping = {
  path: '/api/v2/spans',
  type: 'application/json',
  input: 'zipkin_spans',
  body: (units) => utf8.encode(`[${units.map(({ text }) => text).join(',')}]`),
};

function otlpRequest(units: readonly Unit[], caller: string) {
  const lines = units.flatMap((unit) => unit.text.split('\n'));
  const request = requestOf(lines.map((line) => ({ body: text(line) })));
  const attributes = pairs({ 'service.name': caller, 'k8s.namespace.name': 'shop' });
  return { resourceLogs: [{ ...request.resourceLogs[0]!, resource: { attributes } }] };
}
