import fc from 'fast-check';
import { envoyLine, istioLine } from './access-log-lines.ts';

/** Everything a sender may put into an ExportLogsServiceRequest, honest or not, as bytes. */

const encoder = new TextEncoder();

export function joined(...parts: (readonly number[] | Uint8Array)[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}

/** `padding` adds bytes that a sender need not write. */
function varint(value: number | bigint, padding = 0): number[] {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  do {
    bytes.push(Number(rest & 0x7fn) | 0x80);
    rest >>= 7n;
  } while (rest > 0n);
  for (let added = 0; added < padding; added++) bytes.push(0x80);
  bytes[bytes.length - 1]! &= 0x7f;
  return bytes;
}

/** A length-delimited field. */
export function field(number: number, content: Uint8Array, padding = 0): Uint8Array {
  return joined(varint(number * 8 + 2), varint(content.length, padding), content);
}

function fixed64(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, value, true);
  return bytes;
}

function double(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value, true);
  return bytes;
}

const utf8 = (text: string) => encoder.encode(text);

const KNOWN_KEYS = [
  'start_time',
  'method',
  'protocol',
  'response_code',
  'code',
  'response_flags',
  'response_code_details',
  'grpc_status',
  'grpc_status_number',
  'duration',
  'user-agent',
  'x-request-id',
  'request_id',
  'trace_id',
  ':authority',
  'authority',
  'upstream_host',
  'upstream_cluster',
  'upstream_cluster_raw',
  'requested_server_name',
  'downstream_remote_address',
  'downstream_peer_uri_san',
];

const OTHER_KEYS = [
  'bytes_received',
  'route_name',
  'x-forwarded-for',
  'upstream_local_address',
  'x-envoy-upstream-service-time',
  'response_codes',
  'rEsponse-Code',
  ':method',
  'start-time',
  ':start_time',
  'Response_Flags',
  'DURATION',
  'd\u0130ration',
  'constructor',
  '__proto__',
  '',
];

const key = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(...KNOWN_KEYS) },
  { weight: 4, arbitrary: fc.constantFrom(...OTHER_KEYS) },
  { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom(...KNOWN_KEYS), fc.nat(30), fc.constantFrom('x', '\u212a', '-', 'E'))
      .map(([name, at, put]) => name.slice(0, at) + put + name.slice(at + 1)),
  },
);

const TEXTS = [
  '-',
  '',
  '0',
  '7',
  '200',
  '503',
  '101',
  '1000',
  '12 ',
  '-1',
  '1e3',
  '999999999999',
  '1000000000000',
  'GET',
  'HTTP/2',
  'UF,URX',
  'UO',
  'NEW_FLAG',
  'constructor',
  'via_upstream',
  'x'.repeat(127),
  'y'.repeat(300),
  'é'.repeat(70),
  'Unavailable',
  'RESOURCE_EXHAUSTED',
  '14',
  '17',
  '014',
  '2026-03-01T10:00:00.250Z',
  '2026-03-01T10:00:00Z',
  '2026-03-01T10:00:00.123456789Z',
  '2026-03-01T10:00:00.1234567891Z',
  '2026-03-01T10:00:00.Z',
  '2026-03-01T10:00:61Z',
  '2026-03-01t24:00:00.000z',
  '2026-02-30T10:00:00.250Z',
  '1969-12-31T23:59:59.999Z',
  '2200-01-01T00:00:00.000Z',
  '2026-03-01T10:00:00.250+01:00',
  '2026-03-01T10:00:0a.250Z',
  '2026-03-01T10-00-00.250Z',
  '1772359200.250',
  '1772359200250',
  'kube-probe/1.31',
  'kube-prober',
  'Envoy/HC',
  'Envoy/H',
  '463ac35c9f6413ad48485a3953bb6124',
  '463AC35C9F6413AD48485A3953BB6124',
  '463ac35c9f6413ad',
  '0000000000000000',
  '5f0c6d1e-0000-4000-8000-000000000001',
  'stock:8080',
  'stock-shadow:8080',
  '10.1.2.3:8080',
  'tcp://10.1.2.3:80',
  '[fd00::1]:80',
  'outbound|8080|v2|stock.shop.svc.cluster.local',
  'inbound|9080||',
  'inbound-vip|80|http/blue|stock.shop.svc.cluster.local',
  'outbound_.8080_._.stock.shop.svc.cluster.local',
  'PassthroughCluster',
  'spiffe://cluster.local/ns/web/sa/cart',
  'spiffe://cluster.local/ns/web/sa/cart,spiffe://x',
  'http://[2001:db8::1]/',
];

const text = fc.oneof(
  { weight: 12, arbitrary: fc.constantFrom(...TEXTS).map(utf8) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 140 }).map(utf8) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 40 }) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(fc.constantFrom(...TEXTS), fc.nat(40), fc.constantFrom(0xff, 0xc3, 0x00, 0xed, 0x2d))
      .map(([known, at, byte]) => {
        const bytes = utf8(known);
        if (bytes.length > 0) bytes[at % bytes.length] = byte;
        return bytes;
      }),
  },
);

const padding = fc.constantFrom(0, 0, 0, 0, 0, 0, 1, 2, 9);

const string = fc.tuple(text, padding).map(([content, padded]) => field(1, content, padded));

/** An AnyValue, most often a string. */
const anyValue: fc.Arbitrary<Uint8Array> = fc.letrec<{ value: Uint8Array }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    { weight: 30, arbitrary: string },
    { weight: 2, arbitrary: fc.constant(new Uint8Array(0)) },
    {
      weight: 4,
      arbitrary: fc
        .oneof(fc.constantFrom(0n, 5n, 200n, 2n ** 31n, -1n), fc.bigInt(-(2n ** 63n), 2n ** 63n))
        .map((value) => joined([0x18], varint(value))),
    },
    {
      weight: 3,
      arbitrary: fc
        .oneof(fc.constantFrom(0, -0, 12, 404, 4.5, -3, 2 ** 31, 1e12, Number.NaN), fc.double())
        .map((value) => joined([0x21], double(value))),
    },
    { weight: 1, arbitrary: fc.nat(300).map((value) => joined([0x10], varint(value))) },
    { weight: 1, arbitrary: text.map((content) => field(7, content)) },
    { weight: 1, arbitrary: tie('value').map((value) => field(5, field(1, value))) },
    {
      weight: 1,
      arbitrary: fc
        .array(fc.tuple(key, tie('value')), { maxLength: 3 })
        .map((list) =>
          field(
            6,
            joined(...list.map(([k, v]) => field(1, joined(field(1, utf8(k)), field(2, v))))),
          ),
        ),
    },
    // A oneof that is set twice, and fields of no known number.
    { weight: 1, arbitrary: fc.tuple(string, tie('value')).map(([a, b]) => joined(a, b)) },
    { weight: 1, arbitrary: string.map((a) => joined(a, [0x40, 0x01])) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 6 }) },
  ),
})).value;

/** A KeyValue: the key first, most often. */
const keyValue = fc.oneof(
  {
    weight: 20,
    arbitrary: fc
      .tuple(key, anyValue, padding)
      .map(([k, v, padded]) => joined(field(1, utf8(k)), field(2, v, padded))),
  },
  {
    weight: 1,
    arbitrary: fc.tuple(key, anyValue).map(([k, v]) => joined(field(2, v), field(1, utf8(k)))),
  },
  { weight: 1, arbitrary: key.map((k) => field(1, utf8(k))) },
  {
    weight: 1,
    arbitrary: fc
      .tuple(key, key, anyValue)
      .map(([a, b, v]) => joined(field(1, utf8(a)), field(1, utf8(b)), field(2, v))),
  },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 6 }) },
);

const SOUND: Readonly<Record<string, readonly string[]>> = {
  start_time: TEXTS.filter((known) => /^(?:2026-03-01T10:00:00.*Z|1772.*|-)$/.test(known)),
  response_code: ['200', '503', '101', '0', '7'],
  duration: ['0', '12', '999999999999', '-'],
  method: ['GET', '-', ''],
  protocol: ['HTTP/2', '-'],
};

/** The attributes of an access log: every key once, in any order; those of `odd` and others beside them. */
function attributesOf(names: readonly string[]): fc.Arbitrary<Uint8Array[]> {
  const own = ['start_time', 'response_code', 'method', 'upstream_cluster'];
  const all = [...new Set([...own, ...names])];
  return fc
    .tuple(
      ...all.map((name) =>
        (SOUND[name] === undefined ? text : fc.constantFrom(...SOUND[name]).map(utf8)).map(
          (value) => field(6, joined(field(1, utf8(name)), field(2, field(1, value)))),
        ),
      ),
    )
    .chain((list) => fc.shuffledSubarray(list, { minLength: list.length }));
}

const soundAttributes = fc
  .subarray(
    KNOWN_KEYS.filter(
      (name) => !/^(?:code|authority|request_id|grpc_status_number|.*_raw)$/.test(name),
    ),
  )
  .chain(attributesOf);

const column = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom(...TEXTS.filter((known) => !/[ "]/.test(known))) },
  { weight: 1, arbitrary: fc.constantFrom('a b', 'a"b', '" 200 ', '\t', 'é', '\u00a0', '') },
);

/** A line of text, most often sound. */
const line = fc
  .tuple(
    fc.record(
      {
        time: column,
        request: fc.oneof(
          fc.constantFrom(
            'GET / HTTP/1.1',
            '- - -',
            ' / HTTP/2',
            'GET /a b HTTP/2',
            'GET /',
            '\tG / -',
          ),
          fc.tuple(column, column, column).map((words) => words.join(' ')),
        ),
        code: column,
        flags: column,
        details: column,
        duration: column,
        agent: column,
        id: column,
        authority: column,
        host: column,
        cluster: column,
        sni: column,
        route: fc.constantFrom('default', '-', 'a b c', 'a "b" c', ''),
      },
      { requiredKeys: [] },
    ),
    fc.boolean(),
    fc.constantFrom('', '', '', '\n', ' \r\n', '\u00a0', ' x', '"'),
    fc.constantFrom('', '', '', '', ' ', 'ACCESS ', '2026-03-01T10:00:00.250Z stdout F ', '\ufeff'),
  )
  .map(([columns, istio, after, before]) =>
    utf8(before + (istio ? istioLine(columns) : envoyLine(columns)) + after),
  );

const body = fc.oneof(
  { weight: 3, arbitrary: line.map((content) => field(5, field(1, content))) },
  { weight: 1, arbitrary: anyValue.map((value) => field(5, value)) },
);

const NANOS = 1_772_359_200_250_000_000n;

const ownField = fc.oneof(
  { weight: 8, arbitrary: keyValue.map((pair) => field(6, pair)) },
  { weight: 2, arbitrary: body },
  {
    weight: 2,
    arbitrary: fc
      .oneof(
        fc.constantFrom(0n, 1n, 999n, NANOS, NANOS + 999_999n, NANOS + 1_000_000n, NANOS - 1n),
        fc.constantFrom(7_258_118_400_000_000_000n, 2n ** 64n - 1n),
        fc.bigInt(0n, 2n ** 64n - 1n),
      )
      .map((nanos) => joined([0x09], fixed64(nanos))),
  },
  {
    weight: 2,
    arbitrary: fc
      .oneof(
        fc.uint8Array({ minLength: 16, maxLength: 16 }),
        fc.uint8Array({ maxLength: 20 }),
        fc.constantFrom(
          new Uint8Array(16),
          new Uint8Array(8),
          joined(new Uint8Array(8), double(7)),
        ),
      )
      .map((id) => field(9, id)),
  },
  {
    weight: 2,
    // Severity, flags, dropped attributes, observed time, span id, then fields of no known number.
    arbitrary: fc.constantFrom<readonly number[]>(
      [0x10, 0x09],
      [0x1a, 0x01, 0x49],
      [0x38, 0x80, 0x01],
      [0x45, 1, 0, 0, 0],
      [0x59, 1, 2, 3, 4, 5, 6, 7, 8],
      [0x52, 0x02, 1, 2],
      [0x7a, 0x01, 0x00],
      [0x82, 0x01, 0x01, 0x00],
      [0x3b, 0x10, 0x01, 0x3c],
    ),
  },
  {
    weight: 1,
    // A field of ours with another wire type, a tag of none, a varint without an end.
    arbitrary: fc.constantFrom<readonly number[]>(
      [0x08, 0x05],
      [0x0a, 0x01, 0x00],
      [0x28, 0x01],
      [0x30, 0x01],
      [0x48, 0x01],
      [0x00],
      [0x06],
      [0x10, ...new Array(10).fill(0x80), 0x01],
      [0x32, 0xff, 0x7f],
    ),
  },
);

const soundLine = fc
  .record(
    {
      time: fc.constantFrom(...SOUND.start_time!),
      request: fc.constantFrom('GET / HTTP/1.1', '- - -', ' / HTTP/2', 'GET /a b HTTP/2'),
      code: fc.constantFrom(...SOUND.response_code!),
      flags: fc.constantFrom('-', 'UO', 'UF,URX', 'NEW_FLAG'),
      duration: fc.constantFrom(...SOUND.duration!),
      agent: fc.constantFrom('', 'a b', 'kube-probe/1.31', '-'),
      authority: fc.constantFrom('stock:8080', 'stock-shadow:8080', '-'),
      host: fc.constantFrom('10.1.2.3:8080', '-', '[fd00::1]:80'),
      route: fc.constantFrom('default', '-', 'a b c', ''),
    },
    { requiredKeys: [] },
  )
  .chain((columns) => fc.constantFrom(istioLine(columns), `${envoyLine(columns)}\n`))
  .map((content) => [field(5, field(1, utf8(content)))]);

/** The bytes of one LogRecord: most are as proxies write them, some of these with something odd beside it. */
export const logRecord: fc.Arbitrary<Uint8Array> = fc
  .tuple(
    fc.oneof(
      { weight: 6, arbitrary: soundAttributes },
      { weight: 3, arbitrary: soundLine },
      { weight: 1, arbitrary: body.map((value) => [value]) },
      { weight: 1, arbitrary: fc.constant([]) },
    ),
    fc.oneof(
      { weight: 3, arbitrary: fc.constant([]) },
      { weight: 2, arbitrary: fc.array(ownField, { maxLength: 2 }) },
      { weight: 1, arbitrary: fc.array(ownField, { maxLength: 6 }) },
    ),
    fc.boolean(),
  )
  .map(([first, more, after]) => joined(...(after ? [...first, ...more] : [...more, ...first])));

const resourcePair = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .tuple(
        fc.constantFrom(
          'service.name',
          'k8s.namespace.name',
          'k8s.pod.name',
          'k8s.deployment.name',
          'k8s.pod.labels.app',
          'node_name',
          'cluster_name',
          'service.version',
          'k8s.cluster.name',
        ),
        fc.constantFrom(
          'cart',
          'cart.web',
          'web',
          'v2',
          'unknown',
          '',
          'sidecar~10.0.0.1~a-1.web~x',
        ),
      )
      .map(([name, value]) => joined(field(1, utf8(name)), field(2, field(1, utf8(value))))),
  },
  { weight: 1, arbitrary: keyValue },
);

const resource = fc
  .array(resourcePair, { maxLength: 5 })
  .map((list) => field(1, joined(...list.map((pair) => field(1, pair)))));

const noise = fc.constantFrom<readonly number[]>(
  [0x7a, 0x01, 0x00],
  [0x78, 0x01],
  [0x12, 0x7f],
  [0x0e],
);

/** The bytes of a request of a few resources, scopes and records; most are well-formed. */
export const logsRequest: fc.Arbitrary<Uint8Array> = fc
  .array(
    fc
      .tuple(
        fc.array(resource, { maxLength: 2 }),
        fc.array(
          fc
            .tuple(fc.array(logRecord, { maxLength: 4 }), fc.option(noise, { freq: 12 }))
            .map(([records, odd]) =>
              field(2, joined(...records.map((record) => field(2, record)), odd ?? [])),
            ),
          { maxLength: 2 },
        ),
        fc.boolean(),
        fc.option(noise, { freq: 12 }),
      )
      .map(([resources, scopes, last, odd]) =>
        field(
          1,
          joined(...(last ? [...scopes, ...resources] : [...resources, ...scopes]), odd ?? []),
        ),
      ),
    { maxLength: 3 },
  )
  .map((parts) => joined(...parts));
