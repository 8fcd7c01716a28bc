import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { QuickLogRecords } from '../../../src/receive/formats/otlp-log-quick.ts';
import { readOtlpLogs } from '../../../src/receive/formats/otlp-logs-protobuf.ts';
import { UnreadableBody } from '../../../src/receive/formats/records.ts';
import { expectSame } from '../../same.ts';
import { envoyLine, istioLine } from './access-log-lines.ts';
import { collect, type Outcome } from './collect.ts';
import {
  encodeRecord,
  encodeRequest,
  type LogRecord,
  pairs,
  requestOf,
  text,
} from './otlp-requests.ts';
import { field, joined, logRecord, logsRequest } from './otlp-wild.ts';

// One for all tests, as in a process: what it remembers of one body must not show in another.
const quick = new QuickLogRecords();

function outcomes(body: Uint8Array, by: QuickLogRecords | null): Outcome[] | string {
  try {
    return collect((bytes, out) => readOtlpLogs(bytes, out, by), body).outcomes;
  } catch (error) {
    if (!(error instanceof UnreadableBody)) throw error;
    return error.message;
  }
}

/** Both readers, record for record; returns how many the quick one took and the outcomes. */
function compared(body: Uint8Array, by = quick): { taken: number; outcomes: Outcome[] | string } {
  const before = by.count;
  const found = outcomes(body, by);
  const plain = outcomes(body, null);
  expectSame(found, plain);
  return { taken: by.count - before, outcomes: found };
}

/** What Envoy Gateway's default says of the n-th of `services`, unset as `-`. */
function gatewayAttributes(n: number, services = 7): Record<string, string> {
  const service = `s${n % services}`;
  return {
    start_time: `2026-03-01T10:00:${String(n % 60).padStart(2, '0')}.${String(n % 1000).padStart(3, '0')}Z`,
    method: 'GET',
    'x-envoy-origin-path': `/stock/${n}`,
    protocol: 'HTTP/2',
    response_code: n % 9 === 0 ? '503' : '200',
    response_flags: n % 9 === 0 ? 'UF,URX' : '-',
    response_code_details: `reason_${n % services}`,
    connection_termination_details: '-',
    upstream_transport_failure_reason: '-',
    bytes_received: '0',
    bytes_sent: String(n),
    duration: String(n % 400),
    'x-envoy-upstream-service-time': '3',
    'x-forwarded-for': '10.0.0.1',
    'user-agent': n % 11 === 0 ? 'kube-probe/1.31' : 'shop/2.1',
    'x-request-id': `5f0c6d1e-0000-4000-8000-${String(n).padStart(12, '0')}`,
    ':authority': `${service}.web:8080`,
    upstream_host: `10.${n % 200}.${n % 7}.9:8080`,
    upstream_cluster: `outbound|8080|v${n % 2}|${service}.web.svc.cluster.local`,
    upstream_local_address: '10.1.0.9:4711',
    downstream_local_address: '10.2.0.1:8080',
    downstream_remote_address: '10.1.0.9:4710',
    requested_server_name: '-',
    route_name: 'httproute/web/stock/rule/0',
  };
}

const NANOS = 1_772_359_200n * 1_000_000_000n;

function gatewayRecord(n: number, services?: number): LogRecord {
  return {
    timeUnixNano: String(NANOS + BigInt((n % 60) * 1000 + (n % 1000)) * 1_000_000n + 123_456n),
    observedTimeUnixNano: String(NANOS),
    severityNumber: 9,
    severityText: 'INFO',
    traceId: `463ac35c9f6413ad48485a39${String(n).padStart(8, '0')}`,
    spanId: '48485a3953bb6124',
    attributes: pairs(gatewayAttributes(n, services)),
  };
}

function lineRecord(line: string): LogRecord {
  return { timeUnixNano: String(NANOS), body: text(`${line}\n`) };
}

const GATEWAY = {
  'k8s.namespace.name': 'envoy-gateway-system',
  'service.name': 'edge.web',
  node_name: 'envoy-1',
};

const rows = <T>(count: number, row: (n: number) => T): T[] =>
  Array.from({ length: count }, (_, n) => row(n));

/** Fisher–Yates with the numbers of a linear congruential generator. */
function shuffled<T>(list: readonly T[], seed: number): T[] {
  const mixed = [...list];
  let state = seed;
  for (let at = mixed.length - 1; at > 0; at--) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    const other = (state >>> 8) % (at + 1);
    [mixed[at], mixed[other]] = [mixed[other]!, mixed[at]!];
  }
  return mixed;
}

describe('the quick reader of OTLP log records', () => {
  it.each<[string, (n: number) => LogRecord]>([
    ["Envoy Gateway's attributes", (n) => gatewayRecord(n)],
    [
      'attributes in any order',
      (n) => {
        const record = gatewayRecord(n);
        return { ...record, attributes: shuffled(record.attributes!, n) };
      },
    ],
    [
      'attributes with integers',
      (n) => ({
        attributes: pairs({ ...gatewayAttributes(n), response_code: 200 + (n % 300), duration: n }),
      }),
    ],
    [
      "Istio's spellings",
      (n) => ({
        attributes: pairs(
          Object.fromEntries(
            Object.entries(gatewayAttributes(n)).map(([key, value]) => [
              key.replace(/^:|^x-(?!f)/, '').replaceAll('-', '_'),
              value,
            ]),
          ),
        ),
      }),
    ],
    ["Istio's line in the body", (n) => lineRecord(istioLine({ id: `id-${n}`, route: 'a b' }))],
    ["Envoy's line in the body", (n) => lineRecord(envoyLine({ duration: String(n) }))],
    ["a connection's line", () => lineRecord(istioLine({ request: '- - -', code: '0' }))],
    [
      'a line with attributes beside it',
      (n) => ({
        ...lineRecord(istioLine()),
        attributes: pairs({ grpc_status: String(n % 17), trace_id: '463ac35c9f6413ad', code: '1' }),
      }),
    ],
    ['an empty body beside attributes', (n) => ({ ...gatewayRecord(n), body: text('') })],
  ])('takes %s', (_what, record) => {
    const { taken, outcomes } = compared(encodeRequest(requestOf(rows(200, record), GATEWAY)));
    expect(taken).toBe(200);
    expect(outcomes).toHaveLength(200);
    expect((outcomes as Outcome[]).every(({ is }) => is === 'event')).toBe(true);
  });

  it('gives each of 10 000 services and hosts its own names, in many bodies', () => {
    const expected = (first: number) =>
      rows(1000, (n) => [`s${first + n}.web`, `reason_${first + n}`]);
    const names = (found: Outcome[] | string) =>
      (found as Outcome[]).map((outcome) =>
        outcome.is === 'event' ? [outcome.event.destination, outcome.event.details] : null,
      );
    const bodies = rows(10, (body) => {
      const records = rows(1000, (n) => gatewayRecord(body * 1000 + n, 10_000));
      return encodeRequest(requestOf(records, GATEWAY));
    });
    for (const [n, body] of bodies.entries()) {
      const { taken, outcomes } = compared(body);
      expect(taken).toBe(1000);
      expect(names(outcomes)).toEqual(expected(n * 1000));
    }
    // Now all of them are known, but for those that were forgotten when a table was full.
    for (const [n, body] of bodies.entries()) {
      expect(names(outcomes(body, quick))).toEqual(expected(n * 1000));
    }
  });

  it('keeps the emitters of many resources apart', () => {
    const resourceLogs = rows(3000, (n) => ({
      resource: { attributes: pairs({ 'service.name': `caller${n % 1500}.web` }) },
      scopeLogs: [{ logRecords: [gatewayRecord(n, 3)] }],
    }));
    const { taken, outcomes } = compared(encodeRequest({ resourceLogs }));
    expect(taken).toBe(3000);
    expect(
      (outcomes as Outcome[]).map((outcome) => outcome.is === 'event' && outcome.event.source),
    ).toEqual(rows(3000, (n) => `caller${n % 1500}.web`));
  });

  it('says the same as the plain reader of whatever a request holds', () => {
    let taken = 0;
    let records = 0;
    fc.assert(
      fc.property(logsRequest, (body) => {
        const both = compared(body);
        taken += both.taken;
        records += both.outcomes.length;
      }),
      { numRuns: 1500 },
    );
    // The generator's records are not so odd that only the plain reader is compared with itself.
    expect(taken).toBeGreaterThan(records / 6);
  });

  it('says the same of single records of every kind', () => {
    fc.assert(
      fc.property(fc.array(logRecord, { minLength: 1, maxLength: 6 }), (records) => {
        const scope = joined(...records.map((record) => field(2, record)));
        compared(field(1, field(2, scope)));
      }),
      { numRuns: 1500 },
    );
  });

  it('says the same of honest bodies with a few bytes changed, cut out or put in', () => {
    const honest = encodeRequest(
      requestOf(
        [
          gatewayRecord(1),
          lineRecord(istioLine()),
          { ...lineRecord(envoyLine()), attributes: pairs({ grpc_status: '14' }) },
          { attributes: pairs({ ...gatewayAttributes(2), response_code: 404 }) },
        ],
        GATEWAY,
      ),
    );
    const change = fc.tuple(
      fc.nat(honest.length - 1),
      fc.constantFrom('set', 'cut', 'put', 'end'),
      fc.oneof(
        fc.nat(255),
        fc.constantFrom(0x00, 0x0a, 0x12, 0x20, 0x22, 0x2d, 0x30, 0x7f, 0x80, 0xff),
      ),
    );
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), (changes) => {
        let body: Uint8Array = honest.slice();
        for (const [position, kind, byte] of changes) {
          const at = position % Math.max(body.length, 1);
          if (kind === 'set') body[at] = byte;
          else if (kind === 'end') body = body.slice(0, at);
          else
            body = joined(
              body.slice(0, at),
              kind === 'put' ? [byte] : [],
              body.slice(at + (kind === 'cut' ? 1 : 0)),
            );
        }
        compared(body);
      }),
      { numRuns: 2500 },
    );
  });

  it('says the same of a line with any byte changed', () => {
    const line = istioLine({ agent: 'a b', sni: 'outbound_.8080_._.stock.shop.svc.cluster.local' });
    const bytes = new TextEncoder().encode(line);
    for (const byte of [0x09, 0x0a, 0x20, 0x22, 0x2d, 0x5b, 0x5d, 0xe9]) {
      const records = Array.from(bytes, (_, at) => {
        const changed = bytes.slice();
        changed[at] = byte;
        return field(2, field(5, field(1, changed)));
      });
      compared(field(1, field(2, joined(...records))));
    }
  });

  it('says the same of records cut off anywhere, among whole ones', () => {
    const whole = encodeRecord({ ...gatewayRecord(3), body: text(istioLine()) });
    const line = encodeRecord({
      ...lineRecord(istioLine()),
      attributes: pairs({ grpc_status: '0' }),
    });
    for (const record of [whole, line]) {
      const cut = Array.from(record, (_, length) => [record.slice(0, length), record]).flat();
      const scope = joined(...cut.map((bytes) => field(2, bytes)));
      expect(compared(field(1, field(2, scope))).taken).toBeGreaterThan(record.length);
    }
  });

  it('says the same of a broken body beside attributes that need none', () => {
    const attributes = encodeRecord({ attributes: pairs(gatewayAttributes(1)) });
    for (const body of [[0x32, 0x03, 0x0a, 0x7f, 0x00], [0x0a, 0x05, 0x41], [0x0a], [0x28, 0x80]]) {
      const record = joined(attributes, field(5, Uint8Array.from(body)));
      const { outcomes } = compared(field(1, field(2, field(2, record))));
      expect(outcomes).toMatchObject([{ is: 'dead_letter', reason: 'malformed_protobuf' }]);
    }
  });

  it('says the same of keys that share some words of four bytes with a known one', () => {
    const keys = Object.keys(gatewayAttributes(1)).flatMap((name) => {
      const words = Array.from({ length: Math.ceil(name.length / 4) }, (_, n) =>
        name.slice(4 * n, 4 * n + 4),
      );
      return words.map((word, n) => {
        const before = name.slice(0, 4 * n) || name[0]!;
        return `${before.padEnd(name.length - 4, '~').slice(0, name.length - 4)}${word}`.slice(
          0,
          name.length,
        );
      });
    });
    const records = keys.map((key) => ({
      attributes: pairs({ start_time: '1', response_code: '200', [key]: '7' }),
    }));
    compared(encodeRequest(requestOf(records)));
    compared(
      encodeRequest(requestOf(keys.map((key) => ({ attributes: pairs({ [key]: '200' }) })))),
    );
  });

  it('keeps names apart that are the same letters, cut elsewhere', () => {
    const names = ['upstream_cluster', 'requested_server_name', ':authority', 'user-agent'];
    const letters = 'stockcart';
    const records = rows(letters.length - 1, (cut) =>
      names.flatMap((first) =>
        names.map((second) => ({
          attributes: pairs({
            start_time: '1',
            response_code: '200',
            [first]: letters.slice(0, cut + 1),
            ...(first === second ? {} : { [second]: letters.slice(cut + 1) }),
          }),
        })),
      ),
    ).flat();
    expect(compared(encodeRequest(requestOf(records))).taken).toBe(records.length);
  });

  it('leaves to the plain reader what is rare', () => {
    const odd: LogRecord[] = [
      { attributes: pairs({ ...gatewayAttributes(1), response_code: 'abc' }) },
      { attributes: [...pairs(gatewayAttributes(1)), ...pairs({ method: 'PUT' })] },
      { body: text('GET / 200') },
      { body: text(JSON.stringify(gatewayAttributes(1))) },
      { body: { kvlistValue: { values: pairs(gatewayAttributes(1)) } } },
      lineRecord(istioLine({ agent: 'é' })),
      lineRecord(istioLine({ request: 'GET /"x HTTP/1.1' })),
      { ...gatewayRecord(1), timeUnixNano: String(2n ** 63n) },
    ];
    expect(compared(encodeRequest(requestOf(odd))).taken).toBe(0);
  });

  it('can be asked for the ids only after the rest, and for a record without any', () => {
    const seen: (string | null)[] = [];
    const records = [
      gatewayRecord(7),
      { attributes: pairs({ response_code: '200', start_time: '1' }) },
    ];
    readOtlpLogs(
      encodeRequest(requestOf(records)),
      {
        event: (event) => seen.push(event.destination, event.requestId, event.traceId),
        notARequest: () => {},
        deadLetter: () => {},
      },
      quick,
    );
    expect(seen).toEqual([
      's0.web',
      '5f0c6d1e-0000-4000-8000-000000000007',
      '463ac35c9f6413ad48485a3900000007',
      null,
      null,
      null,
    ]);
  });
});
