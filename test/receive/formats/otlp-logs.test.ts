import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TRAIT } from '../../../src/model/request-event.ts';
import { FLAG } from '../../../src/model/response-flags.ts';
import { readOtlpLogsJson } from '../../../src/receive/formats/otlp-logs-json.ts';
import { readOtlpLogsProtobuf } from '../../../src/receive/formats/otlp-logs-protobuf.ts';
import { UnreadableBody } from '../../../src/receive/formats/records.ts';
import { type Collected, collect } from './collect.ts';
import {
  encodeRecord,
  encodeRequest,
  type LogRecord,
  type LogsRequest,
  pairs,
  requestOf,
  text,
} from './otlp-requests.ts';

const SECOND = 1_772_359_200;
const NANOS = `${SECOND}250000000`;

const LINE =
  '[2026-03-01T10:00:00.250Z] "GET /stock/7 HTTP/1.1" 503 UF via_upstream - "-" 0 95 12 11 "-" "shop/2.1" ' +
  '"5f0c6d1e-0000-4000-8000-000000000001" "stock:8080" "10.1.2.3:8080" ' +
  'outbound|8080|v2|stock.shop.svc.cluster.local 10.1.0.9:4711 10.2.0.1:8080 10.1.0.9:4710 - default\n';

/** What a gateway's attributes look like: everything is a string, unset is `-`. */
const ATTRIBUTES = {
  start_time: '2026-03-01T10:00:00.250Z',
  method: 'GET',
  'x-envoy-origin-path': '/stock/7',
  protocol: 'HTTP/2',
  response_code: '503',
  response_flags: 'UO',
  response_code_details: 'upstream_reset_before_response_started{overflow}',
  duration: '3',
  'user-agent': 'shop/2.1',
  'x-request-id': '5f0c6d1e-0000-4000-8000-000000000002',
  ':authority': 'stock:8080',
  upstream_host: '-',
  upstream_cluster: 'outbound|8080|v2|stock.shop.svc.cluster.local',
  requested_server_name: '-',
};

const { start_time: _, ...WITHOUT_START } = ATTRIBUTES;

const EVERY_ENCODING: [string, (request: LogsRequest) => Collected][] = [
  ['protobuf', (request) => collect(readOtlpLogsProtobuf, encodeRequest(request))],
  ['JSON', (request) => collect(readOtlpLogsJson, JSON.stringify(request))],
  ['JSON with names as in the .proto', (request) => collect(readOtlpLogsJson, snakeCased(request))],
];

function snakeCased(request: LogsRequest): string {
  return JSON.stringify(request).replaceAll(
    /"([a-z]+(?:[A-Z][a-z]+)+)":/g,
    (_all, name: string) => {
      const snake = name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
      return `"${snake}":`;
    },
  );
}

describe.each(EVERY_ENCODING)('OTLP logs in %s', (_name, read) => {
  const one = (record: LogRecord, resource: Record<string, string> = {}) =>
    read(requestOf([record], resource));

  it("read Istio's line in the body", () => {
    const { events, reasons } = one({ timeUnixNano: NANOS, body: text(LINE) });
    expect(reasons).toEqual([]);
    expect(events).toEqual([
      expect.objectContaining({
        endUs: SECOND * 1e6 + 262_000,
        durationUs: 12_000,
        code: 503,
        flags: FLAG.UF,
        details: 'via_upstream',
        reporter: 'source',
        source: null,
        destination: 'stock.shop',
        subset: 'v2',
        host: '10.1.2.3:8080',
        requestId: '5f0c6d1e-0000-4000-8000-000000000001',
        traceId: null,
        span: null,
      }),
    ]);
  });

  it("read a gateway's attributes", () => {
    const { events, reasons } = one({ timeUnixNano: NANOS, attributes: pairs(ATTRIBUTES) });
    expect(reasons).toEqual([]);
    expect(events).toEqual([
      expect.objectContaining({
        endUs: SECOND * 1e6 + 253_000,
        durationUs: 3000,
        code: 503,
        flags: FLAG.UO,
        details: 'upstream_reset_before_response_started{overflow}',
        destination: 'stock.shop',
        host: null,
        requestId: '5f0c6d1e-0000-4000-8000-000000000002',
      }),
    ]);
  });

  it.each([
    ['an integer', { intValue: '429' }, 429],
    ['a double', { doubleValue: 429 }, 429],
  ])('read a response code that is %s', (_what, value, code) => {
    const attributes = [
      ...pairs({ ...ATTRIBUTES, response_code: '-' }),
      { key: 'response_code', value },
    ];
    expect(one({ attributes }).events[0]!.code).toBe(code);
  });

  it('read a body of keys and values', () => {
    const body = { kvlistValue: { values: pairs({ ...ATTRIBUTES, response_code: 404 }) } };
    expect(one({ body }).events[0]).toMatchObject({ code: 404, destination: 'stock.shop' });
  });

  it('read JSON text in the body', () => {
    const json = JSON.stringify({ ...ATTRIBUTES, response_code: 404 });
    expect(one({ body: text(`${json}\n`) }).events[0]!.code).toBe(404);
  });

  it("read the line in a shipper's envelope, and its pod as the caller", () => {
    const kubernetes = {
      kvlistValue: {
        values: [
          ...pairs({ namespace_name: 'web', pod_name: 'cart-7f99cc4496-x2c4v' }),
          { key: 'labels', value: { kvlistValue: { values: pairs({ app: 'cart' }) } } },
        ],
      },
    };
    const values = [
      { key: 'log', value: text(LINE) },
      { key: 'kubernetes', value: kubernetes },
    ];
    expect(one({ body: { kvlistValue: { values } } }).events[0]).toMatchObject({
      code: 503,
      source: 'cart.web',
      destination: 'stock.shop',
    });
  });

  it('prefer attributes that carry the response code to the body', () => {
    const record = { body: text(LINE), attributes: pairs({ ...ATTRIBUTES, response_code: '200' }) };
    expect(one(record).events[0]).toMatchObject({ code: 200, flags: FLAG.UO });
  });

  it('take from attributes beside a line what the line lacks, and nothing else', () => {
    const attributes = pairs({
      grpc_status: '14',
      duration: '9999',
      authority: 'forged',
      code: '200',
    });
    expect(one({ body: text(LINE), attributes }).events[0]).toMatchObject({
      code: 503,
      grpcStatus: 14,
      durationUs: 12_000,
      destination: 'stock.shop',
    });
  });

  it('take the start from the record when the fields have none, to the microsecond', () => {
    const rest = WITHOUT_START;
    fc.assert(
      fc.property(fc.bigInt({ min: 1000n, max: 7_258_118_399_999_999_999n }), (nanos) => {
        const { events } = one({ timeUnixNano: String(nanos), attributes: pairs(rest) });
        expect(events[0]!.endUs).toBe(Number(nanos / 1000n) + 3000);
      }),
      { numRuns: 100 },
    );
    expect(one({ attributes: pairs(rest) }).reasons).toEqual(['missing_field']);
    expect(one({ timeUnixNano: '0', attributes: pairs(rest) }).reasons).toEqual(['missing_field']);
    expect(one({ timeUnixNano: '18446744073709551615', attributes: pairs(rest) }).reasons).toEqual([
      'bad_timestamp',
    ]);
  });

  it.each([
    ['finer, in the same millisecond', '250999999', 250_999],
    ['the same', '250000000', 250_000],
    ['a millisecond later', '251000000', 250_000],
    ['a little earlier', '249999999', 250_000],
  ])("take the record's own start, or the transport's when it is %s", (_what, nanos, us) => {
    for (const record of [{ attributes: pairs(ATTRIBUTES) }, { body: text(LINE) }]) {
      const { endUs, durationUs } = one({ timeUnixNano: `${SECOND}${nanos}`, ...record })
        .events[0]!;
      expect(endUs - durationUs!).toBe(SECOND * 1e6 + us);
    }
  });

  it("take the record's own start when the transport's is no time", () => {
    const timeUnixNano = '18446744073709551615';
    const { events } = one({ timeUnixNano, attributes: pairs(ATTRIBUTES) });
    expect(events[0]!.endUs).toBe(SECOND * 1e6 + 253_000);
  });

  it.each([
    ['463ac35c9f6413ad48485a3953bb6124', '463ac35c9f6413ad48485a3953bb6124'],
    ['463AC35C9F6413AD48485A3953BB6124', '463ac35c9f6413ad48485a3953bb6124'],
    ['0000000000000000463ac35c9f6413ad', '463ac35c9f6413ad'],
    ['00000000000000000000000000000000', null],
    ['463ac3', null],
    ['', null],
  ])('know trace id %j as %j', (traceId, known) => {
    expect(one({ traceId, body: text(LINE) }).events[0]!.traceId).toBe(known);
  });

  it('say why a record is no access log', () => {
    const records: LogRecord[] = [
      {},
      { timeUnixNano: NANOS },
      { body: text('GET / 200') },
      { body: text('[2026-03-01T10:00:00.250Z] "GET / HTTP/1.1" 200 -') },
      { body: text('{"response_code":') },
      { body: { intValue: '1' } },
      { body: { arrayValue: { values: [text(LINE)] } } },
      { attributes: pairs({ response_code_details: 'route_not_found' }), body: text('x') },
      { timeUnixNano: NANOS, attributes: pairs({ code: '200', method: 'GET', duration: '1' }) },
      { timeUnixNano: NANOS, attributes: pairs({ response_flags: 'UO', method: 'GET' }) },
      { attributes: pairs({ ...ATTRIBUTES, response_code: 'abc' }) },
      { attributes: pairs({ ...ATTRIBUTES, start_time: 'then' }) },
      { body: text(LINE) },
    ];
    const collected = read(requestOf(records));
    expect(collected.reasons).toEqual([
      'unknown_format',
      'unknown_format',
      'unknown_format',
      'wrong_field_count',
      'malformed_json',
      'unknown_format',
      'unknown_format',
      'unknown_format',
      'unknown_format',
      'missing_field',
      'bad_number',
      'bad_timestamp',
    ]);
    expect(collected.outcomes.at(-1)!.is).toBe('event');
  });

  it('tell a prober, a mirror, an upgrade and a connection apart', () => {
    const traits = (changes: Record<string, string>) =>
      one({ attributes: pairs({ ...ATTRIBUTES, ...changes }) }).events[0]!.traits;
    expect(traits({ 'user-agent': 'kube-probe/1.31' })).toBe(TRAIT.healthCheck);
    expect(traits({ ':authority': 'stock-shadow:8080' })).toBe(TRAIT.mirror);
    expect(traits({ response_code: '101' })).toBe(TRAIT.upgrade);
    expect(traits({ response_code: '0', method: '-', protocol: '-' })).toBe(TRAIT.connection);
  });

  it('keep what a record wrote before them out of the next', () => {
    const { events } = read(
      requestOf([
        { attributes: pairs(ATTRIBUTES), traceId: '463ac35c9f6413ad48485a3953bb6124' },
        { timeUnixNano: NANOS, attributes: pairs({ response_code: '200', method: 'GET' }) },
      ]),
    );
    expect(events[1]).toEqual({
      endUs: SECOND * 1e6 + 250_000,
      durationUs: null,
      code: 200,
      grpcStatus: null,
      flags: 0,
      details: null,
      reporter: 'source',
      source: null,
      destination: null,
      cluster: null,
      subset: null,
      host: null,
      mtls: null,
      traits: 0,
      requestId: null,
      traceId: null,
      span: null,
    });
  });

  it('refuse a record over 64 KiB and keep its neighbours', () => {
    const long = { body: text(LINE), attributes: pairs({ filler: 'x'.repeat(70_000) }) };
    const { outcomes } = read(requestOf([{ body: text(LINE) }, long, { body: text(LINE) }]));
    expect(
      outcomes.map((outcome) => (outcome.is === 'dead_letter' ? outcome.reason : outcome.is)),
    ).toEqual(['event', 'too_long', 'event']);
  });

  it('read lines of newlines in linear time', () => {
    const hollow = { body: text(`x${'\n'.repeat(30_000)}x`) };
    expect(read(requestOf(new Array(50).fill(hollow))).reasons).toEqual(
      new Array(50).fill('unknown_format'),
    );
  });

  it('keep the order over resources and scopes, each with its own emitter', () => {
    const logRecords = [{ body: text(LINE) }];
    const { events } = read({
      resourceLogs: [
        { scopeLogs: [{ logRecords }, { scope: { name: 'x' }, logRecords }] },
        {
          resource: { attributes: pairs({ 'service.name': 'cart.web' }) },
          scopeLogs: [{ logRecords }],
        },
      ],
    });
    expect(events.map(({ source }) => source)).toEqual([null, null, 'cart.web']);
  });

  it('make nothing of an empty request', () => {
    expect(read({ resourceLogs: [] }).outcomes).toEqual([]);
    expect(read({ resourceLogs: [{ scopeLogs: [] }] }).outcomes).toEqual([]);
    expect(read(requestOf([])).outcomes).toEqual([]);
  });
});

describe('OTLP logs in protobuf', () => {
  const bytesOf = (...parts: (number[] | Uint8Array)[]) =>
    Uint8Array.from(parts.flatMap((p) => [...p]));
  /** A length-delimited field. */
  const field = (number: number, content: Uint8Array) => {
    const head = [(number << 3) | 2];
    let length = content.length;
    for (; length > 127; length >>>= 7) head.push((length & 127) | 128);
    return bytesOf([...head, length], content);
  };
  const good = encodeRecord({ body: text(LINE) });
  /** Its body says 127 bytes and has one. */
  const broken = bytesOf([0x2a, 0x7f, 0x00]);

  it('hand on the bytes of each LogRecord', () => {
    const { outcomes } = collect(
      readOtlpLogsProtobuf,
      encodeRequest(requestOf([{ body: text(LINE) }])),
    );
    expect(outcomes).toMatchObject([{ is: 'event', raw: good }]);
  });

  it('lose a broken record alone', () => {
    const scope = bytesOf(field(2, good), field(2, broken), field(2, good));
    const { outcomes } = collect(readOtlpLogsProtobuf, field(1, field(2, scope)));
    expect(outcomes).toMatchObject([
      { is: 'event' },
      { is: 'dead_letter', reason: 'malformed_protobuf', raw: broken },
      { is: 'event' },
    ]);
  });

  it('keep what comes before a broken scope and what comes after it', () => {
    const cut = bytesOf(field(2, good), [0x12, 0x7f]);
    const logs = field(1, bytesOf(field(2, cut), field(2, field(2, good))));
    expect(collect(readOtlpLogsProtobuf, logs).outcomes).toMatchObject([
      { is: 'event' },
      { is: 'dead_letter', reason: 'malformed_protobuf', raw: cut },
      { is: 'event' },
    ]);
  });

  it('keep what comes before a broken resource and the resource after it', () => {
    const cut = bytesOf(field(2, field(2, good)), [0x12, 0x7f]);
    const request = bytesOf(field(1, cut), field(1, field(2, field(2, good))));
    expect(collect(readOtlpLogsProtobuf, request).outcomes).toMatchObject([
      { is: 'event' },
      { is: 'dead_letter', reason: 'malformed_protobuf', raw: cut },
      { is: 'event' },
    ]);
  });

  it('keep the records of a resource whose attributes are broken', () => {
    const resource = bytesOf(
      field(
        1,
        bytesOf(
          field(1, new TextEncoder().encode('service.name')),
          field(2, field(1, new TextEncoder().encode('cart'))),
        ),
      ),
      field(1, bytesOf([0x0a, 0x7f])),
    );
    const request = field(1, bytesOf(field(1, resource), field(2, field(2, good))));
    expect(collect(readOtlpLogsProtobuf, request).events).toMatchObject([{ source: 'cart' }]);
  });

  it('read a resource that comes after its records, and fields nobody knows', () => {
    const name = new TextEncoder().encode('service.name');
    const value = new TextEncoder().encode('cart');
    const resource = field(1, bytesOf(field(1, name), field(2, field(1, value))));
    const unknown = bytesOf(field(8, good), [0x78, 0x01]);
    const logs = bytesOf(field(2, bytesOf(unknown, field(2, good))), unknown, field(1, resource));
    expect(collect(readOtlpLogsProtobuf, bytesOf(unknown, field(1, logs))).events).toMatchObject([
      { source: 'cart' },
    ]);
  });

  it('lose only the header that is no UTF-8', () => {
    const body = encodeRequest(
      requestOf([
        { attributes: pairs({ ...ATTRIBUTES, 'user-agent': 'AGENT', 'x-request-id': 'REQUEST' }) },
        { body: text(LINE.replace('shop/2.1', 'SHOP/2.1')) },
      ]),
    );
    for (const word of ['AGENT', 'REQUEST', 'SHOP']) {
      const at = Buffer.from(body.buffer).indexOf(word);
      expect(at).toBeGreaterThan(0);
      body.set([0xff, 0xc3, 0x00], at);
    }
    const { events, reasons } = collect(readOtlpLogsProtobuf, body);
    expect(reasons).toEqual([]);
    expect(events).toMatchObject([
      { code: 503, destination: 'stock.shop', requestId: '\ufffd\ufffd\u0000UEST' },
      { code: 503, destination: 'stock.shop' },
    ]);
  });

  it.each([
    ['words', new TextEncoder().encode('hello')],
    ['JSON', new TextEncoder().encode('{"resourceLogs":[]}')],
    ['gzip', Uint8Array.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3])],
    ['a request cut short', encodeRequest(requestOf([{ body: text(LINE) }])).slice(0, -1)],
  ])('refuse %s whole, before any record is out', (_what, body) => {
    expect(() => collect(readOtlpLogsProtobuf, body)).toThrow(UnreadableBody);
    const after = bytesOf(field(1, field(2, field(2, good))), body);
    let records = 0;
    const count = () => {
      records += 1;
    };
    const out = { event: count, notARequest: count, deadLetter: count };
    expect(() => readOtlpLogsProtobuf(after, out)).toThrow(UnreadableBody);
    expect(records).toBe(0);
  });

  it('answer any change to the bytes with records or one refusal', () => {
    const body = encodeRequest(
      requestOf([{ timeUnixNano: NANOS, body: text(LINE) }, { attributes: pairs(ATTRIBUTES) }], {
        'service.name': 'cart',
      }),
    );
    const flip = fc.tuple(fc.nat(body.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(flip, { minLength: 1, maxLength: 5 }), fc.nat(40), (flips, cut) => {
        const changed = body.slice(0, body.length - (cut > 20 ? cut - 20 : 0));
        for (const [at, value] of flips) if (at < changed.length) changed[at] = value;
        try {
          for (const outcome of collect(readOtlpLogsProtobuf, changed).outcomes) {
            if (outcome.is !== 'event') continue;
            expect(Number.isSafeInteger(outcome.event.endUs)).toBe(true);
            expect(outcome.event.code).toBeLessThan(1000);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(UnreadableBody);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('OTLP logs in JSON', () => {
  it.each(['', 'hello', '[]', 'null', '"x"', '{', '{"resourceLogs":{}}', '{"resource_logs":"x"}'])(
    'refuse %j whole',
    (body) => {
      expect(() => collect(readOtlpLogsJson, body)).toThrow(UnreadableBody);
    },
  );

  it('refuse nesting without bound in flat memory', () => {
    const deep = `{"resourceLogs":${'['.repeat(1_000_000)}`;
    expect(() => collect(readOtlpLogsJson, deep)).toThrow('nested deeper');
  });

  it.each(['{}', ' {"resourceLogs":null,"x":[1]} ', '\ufeff{"resourceLogs":[]}'])(
    'make nothing of %j',
    (body) => {
      expect(collect(readOtlpLogsJson, body).outcomes).toEqual([]);
    },
  );

  it('lose what is not of its type alone', () => {
    const record = { body: text(LINE), severityNumber: 'odd', unknown: [] };
    const body = {
      resourceLogs: [
        1,
        { scopeLogs: {} },
        { resource: 'x', scopeLogs: [null, { logRecords: 'x' }, { logRecords: [7, record] }] },
      ],
    };
    const { outcomes } = collect(readOtlpLogsJson, JSON.stringify(body));
    expect(
      outcomes.map((outcome) => (outcome.is === 'dead_letter' ? outcome.reason : outcome.is)),
    ).toEqual([...new Array(5).fill('malformed_json'), 'event']);
  });

  it('read numbers where integers are strings, to the microsecond they can still tell', () => {
    const rest = WITHOUT_START;
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 4_000_000_000_000_000 }), (micros) => {
        const body = JSON.stringify(requestOf([{ timeUnixNano: 'T', attributes: pairs(rest) }]));
        const { events } = collect(readOtlpLogsJson, body.replace('"T"', `${micros}000`));
        expect(events[0]!.endUs).toBe(micros + 3000);
      }),
      { numRuns: 100 },
    );
  });

  it('hand on bytes that are equal for equal records', () => {
    const record = { attributes: pairs(ATTRIBUTES) };
    const tight = collect(readOtlpLogsJson, JSON.stringify(requestOf([record])));
    const loose = collect(readOtlpLogsJson, JSON.stringify(requestOf([record]), null, 2));
    expect(tight.outcomes).toEqual(loose.outcomes);
    expect(tight.events).toHaveLength(1);
  });

  it('answer any JSON with records or one refusal', () => {
    const anything = fc.jsonValue();
    const body = fc.record({
      resourceLogs: fc.array(
        fc.oneof(
          anything,
          fc.record({
            resource: anything,
            scopeLogs: fc.array(fc.record({ logRecords: fc.array(anything) })),
          }),
        ),
      ),
    });
    fc.assert(
      fc.property(fc.oneof(body, anything), (value) => {
        try {
          collect(readOtlpLogsJson, JSON.stringify(value));
        } catch (error) {
          expect(error).toBeInstanceOf(UnreadableBody);
        }
      }),
      { numRuns: 500 },
    );
  });
});
