import type { RequestEvent } from '../../../src/model/request-event.ts';
import { readAccessLogs } from '../../../src/receive/formats/access-log-body.ts';

/** Columns of a made-up Istio line, by name; what a test does not say is that of a healthy outbound request. */
export interface IstioLine {
  time: string;
  request: string;
  code: string;
  flags: string;
  details: string;
  duration: string;
  agent: string;
  id: string;
  authority: string;
  host: string;
  cluster: string;
  sni: string;
  route: string;
}

const HEALTHY: IstioLine = {
  time: '2026-03-01T10:00:00.250Z',
  request: 'GET /stock/7 HTTP/1.1',
  code: '200',
  flags: '-',
  details: 'via_upstream',
  duration: '12',
  agent: 'shop/2.1',
  id: '5f0c6d1e-0000-4000-8000-000000000001',
  authority: 'stock:8080',
  host: '10.9.0.17:8080',
  cluster: 'outbound|8080|blue|stock.shop.svc.cluster.local',
  sni: '-',
  route: 'default',
};

/** Istio's default text: 24 fields. */
export function istioLine(columns: Partial<IstioLine> = {}): string {
  const c = { ...HEALTHY, ...columns };
  return `[${c.time}] "${c.request}" ${c.code} ${c.flags} ${c.details} - "-" 0 31 ${c.duration} 11 "-" "${c.agent}" "${c.id}" "${c.authority}" "${c.host}" ${c.cluster} 10.9.0.3:40000 10.96.1.1:8080 10.9.0.3:50000 ${c.sni} ${c.route}`;
}

/** Envoy's default text: 15 fields. */
export function envoyLine(columns: Partial<IstioLine> = {}): string {
  const c = { ...HEALTHY, ...columns };
  return `[${c.time}] "${c.request}" ${c.code} ${c.flags} 0 31 ${c.duration} 11 "-" "${c.agent}" "${c.id}" "${c.authority}" "${c.host}"`;
}

/** Istio's default JSON, shortened to what is read. */
export function istioRecord(values: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    start_time: '2026-03-01T10:00:00.250Z',
    method: 'GET',
    path: '/stock/7',
    protocol: 'HTTP/1.1',
    response_code: 200,
    response_flags: '-',
    response_code_details: 'via_upstream',
    duration: 12,
    upstream_service_time: '11',
    user_agent: 'shop/2.1',
    request_id: '5f0c6d1e-0000-4000-8000-000000000001',
    authority: 'stock:8080',
    upstream_host: '10.9.0.17:8080',
    upstream_cluster: 'outbound|8080|blue|stock.shop.svc.cluster.local',
    requested_server_name: null,
    ...values,
  };
}

export interface ReadLogs {
  /** One for each call of the reader, in order. */
  outcomes: ({ event: RequestEvent; raw: Uint8Array } | { reason: string; raw: Uint8Array })[];
  events: RequestEvent[];
  /** Why the others are dead letters. */
  reasons: string[];
  /** Every record's own bytes, as text. */
  raws: string[];
}

export function readLogs(body: string | Uint8Array): ReadLogs {
  const read: ReadLogs = { outcomes: [], events: [], reasons: [], raws: [] };
  const decoder = new TextDecoder();
  readAccessLogs(typeof body === 'string' ? new TextEncoder().encode(body) : body, {
    event(reused, raw) {
      const event = { ...reused };
      read.outcomes.push({ event, raw });
      read.events.push(event);
      read.raws.push(decoder.decode(raw));
    },
    notARequest: (reason) => {
      throw new Error(`an access log is always a request or a dead letter, got ${reason}`);
    },
    deadLetter(reason, raw) {
      read.outcomes.push({ reason, raw });
      read.reasons.push(reason);
      read.raws.push(decoder.decode(raw));
    },
  });
  return read;
}
