import fc from 'fast-check';

/** JSON as senders may spell it: any order, spacing, escapes and numbers, names twice, members nobody knows. */

const SPACES = fc.constantFrom('', '', '', '', ' ', '\n', '\r\n\t', '  ');

const hex4 = (unit: number, upper: boolean) => {
  const digits = unit.toString(16).padStart(4, '0');
  return `\\u${upper ? digits.toUpperCase() : digits}`;
};
const SHORT: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '/': '\\/',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

/** The text as a JSON string: as `JSON.stringify` has it, or with escapes that need not be. */
export function spelled(text: string): fc.Arbitrary<string> {
  const escaped = fc
    .array(fc.nat(5), { minLength: text.length, maxLength: text.length })
    .map((ways) => {
      const units = [...Array(text.length).keys()].map((i) => {
        const char = text[i]!;
        const unit = text.charCodeAt(i);
        if (ways[i] === 0) return hex4(unit, unit % 2 === 0);
        if (SHORT[char] !== undefined && ways[i] !== 1) return SHORT[char];
        const raw = unit >= 0x20 && char !== '"' && char !== '\\';
        return raw && (unit < 0xd800 || unit > 0xdfff) ? char : hex4(unit, false);
      });
      return `"${units.join('')}"`;
    });
  return fc.oneof(
    { weight: 12, arbitrary: fc.constant(JSON.stringify(text)) },
    { weight: 1, arbitrary: escaped },
  );
}

const SERVICES = ['reviews', 'Ratings.books', 'details.books', 'größe', 'a:b', 'unknown', ''];
const TAG_VALUES: Readonly<Record<string, readonly string[]>> = {
  component: ['proxy'],
  'http.method': ['GET', 'POST'],
  'http.status_code': ['200', '404', '503', '0', '101', '2x', ''],
  'http.response.status_code': ['200', '500'],
  'grpc.status_code': ['0', '14', 'DeadlineExceeded', '17'],
  'rpc.grpc.status_code': ['2'],
  'otel.status_code': ['OK', 'ERROR'],
  error: ['', 'true', 'false', 'FALSE', 'NullPointerException: it was nothing, and then some more'],
  response_flags: ['-', 'UO', 'UF,URX', 'WHAT', 'UH,UH'],
  upstream_address: ['10.0.0.1:80', '[fd00::1]:80', '-'],
  upstream_cluster: [
    'inbound|8080||',
    'outbound|9080|v3|reviews.books.svc.cluster.local',
    'inbound-vip|9080|http/v2|reviews.books.svc.cluster.local',
    'PassthroughCluster',
    'local_app',
  ],
  user_agent: ['Mozilla/5.0', 'kube-probe/1.31', 'Envoy/HC', 'Etcd', 'GoogleHC/1.0', 'k'],
  'http.url': [
    'http://reviews.books:9080/r/1',
    'http://reviews.books:9080/r/1-shadow',
    'http://reviews-shadow:9080/r/1',
    'http://reviews-shadow',
    'https://reviews-shadow?x',
    'HTTP://REVIEWS-SHADOW:80#',
    '/r/1',
    'reviews-shadow://x',
    'http://',
    `http://${'x'.repeat(600)}-shadow/`,
  ],
  'guid:x-request-id': ['9f1d8e52-0c7a-9e0e-8b1a-1d7a4f0b2c3d', '', 'x'.repeat(200)],
  node_id: [
    'sidecar~10.0.0.9~ratings-v1-6f89b6c557-sg2bc.books~books.svc.cluster.local',
    'front-proxy',
  ],
  'istio.canonical_service': ['reviews', 'ratings'],
  'istio.canonical_revision': ['v1', 'latest'],
  'istio.namespace': ['books'],
  'istio.cluster_id': ['east-1'],
  'istio.mesh_id': ['cluster.local'],
  'istio.source_workload': ['productpage-v1'],
  'istio.source_canonical_service': ['productpage', 'unknown'],
  'istio.source_namespace': ['shop'],
  'istio.destination_workload': ['reviews-v3'],
  'istio.destination_canonical_service': ['reviews'],
  'istio.destination_canonical_revision': ['v3'],
  'istio.destination_namespace': ['books'],
  'istio.destination_cluster_id': ['west-1'],
  '': ['empty name'],
  __proto__: ['not a prototype'],
  nótascii: ['ü'],
};

const TIMES = fc.integer({ min: 1_600_000_000_000_000, max: 1_800_000_000_000_000 });

const hex = (digits: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: digits, maxLength: digits });
const anyJson = fc.jsonValue({ maxDepth: 3 }).map((value) => JSON.stringify(value));
const KINDS = fc.constantFrom('"SERVER"', '"SERVER"', '"CLIENT"', '"CONSUMER"');
const escapedKind = spelled('SERVER');

type Json = fc.Arbitrary<string>;

/** Bodies, mostly valid; `odd` ones hold now and then what the scanner leaves to the plain reader. */
function zipkinBody(odd: boolean): Json {
  const oneOf = (weight: number, usual: Json, others: readonly Json[]): Json =>
    fc.oneof(
      { weight, arbitrary: usual },
      ...others.map((arbitrary) => ({ weight: 1, arbitrary })),
    );
  const usually = (usual: Json, ...others: Json[]) => oneOf(6, usual, others);
  const mostly = (usual: Json, ...others: Json[]) => (odd ? oneOf(150, usual, others) : usual);

  /** Members in any order, or in the order given. */
  const object = (members: readonly (readonly [string, Json])[]): Json => {
    const texts = members.map(([name, value]) => {
      const key = odd ? spelled(name) : fc.constant(JSON.stringify(name));
      return fc
        .tuple(key, value, SPACES, SPACES, SPACES)
        .map(([key, text, a, b, c]) => `${a}${key}${b}:${c}${text}${a}`);
    });
    const order = fc.option(fc.shuffledSubarray([...texts.keys()], { minLength: texts.length }));
    const twice = odd ? fc.option(fc.nat(texts.length), { freq: 60 }) : fc.constant(null);
    return fc.tuple(fc.tuple(...texts), order, twice).map(([members, order, twice]) => {
      const list = order === null ? [...members] : order.map((i) => members[i]!);
      if (twice !== null && twice < members.length) list.push(members[twice]!);
      return `{${list.join(',')}}`;
    });
  };
  /** Some of the members. */
  const someOf = (members: Readonly<Record<string, Json>>, always: readonly string[] = []): Json =>
    fc
      .subarray(Object.keys(members))
      .chain((names) =>
        object([...new Set([...always, ...names])].map((name) => [name, members[name]!])),
      );
  const list = (items: fc.Arbitrary<string[]>): Json =>
    fc.tuple(items, SPACES).map(([texts, space]) => `[${space}${texts.join(`,${space}`)}]`);

  const string = (...usual: string[]): Json =>
    fc
      .oneof(
        { weight: 20, arbitrary: fc.constantFrom(...usual) },
        { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 12 }) },
        { weight: 1, arbitrary: fc.string({ unit: 'grapheme', maxLength: 12 }) },
      )
      .chain(spelled);
  const whole = (usual: fc.Arbitrary<number>): Json =>
    mostly(
      usually(
        usual.map(String),
        fc.constantFrom('0', '9007199254740991', '9007199254740990', 'null'),
      ),
      usual.map((n) => `${n}.0`),
      usual.map((n) => `${n / 1000}e3`),
      usual.map((n) => `${n}E+0`),
      usual.map((n) => `"${n}"`),
      usual.map((n) => `-${n}`),
      usual.map((n) => `0${n}`),
      fc.constantFrom('-0', '9007199254740992', '9007199254740993', '1e400', '1.5', '""'),
      fc.bigInt(0n, 2n ** 70n).map(String),
      anyJson,
    );
  const id = (...lengths: number[]): Json =>
    mostly(
      fc
        .constantFrom(...lengths)
        .chain(hex)
        // Never all zeros, which is no id.
        .map((digits) => `"${digits.slice(1)}a"`),
      hex(12).map((digits) => `"${digits.toUpperCase()}"`),
      fc
        .nat(33)
        .chain(hex)
        .map((digits) => `"${digits}"`),
      fc.constantFrom('"0"', '"0000000000000000"', '7', '"x"', '""', '"1 "', '"\\u0061"', 'null'),
      anyJson,
    );

  const endpoint = mostly(
    usually(
      someOf({
        serviceName: usually(string(...SERVICES), mostly(fc.constant('null'), fc.constant('1'))),
        ipv4: usually(string('10.0.0.1'), fc.constant('null')),
        ipv6: usually(string('fd00::1'), fc.constant('null')),
        port: mostly(fc.nat(0xffff).map(String), whole(fc.nat(70_000))),
        extra: anyJson,
      }),
      fc.constant('null'),
    ),
    anyJson,
  );
  const tags = mostly(
    usually(
      someOf(
        Object.fromEntries(
          Object.entries(TAG_VALUES).map(([name, values]) => [
            name,
            mostly(string(...values), string('x'.repeat(1100)), anyJson, fc.constant('200')),
          ]),
        ),
      ),
      fc.constant('null'),
    ),
    anyJson,
  );
  const annotation = mostly(
    object([
      ['timestamp', mostly(fc.nat().map(String), whole(fc.nat()))],
      ['value', mostly(string('sr', 'ws'), fc.constant('null'))],
      ['endpoint', anyJson],
    ]),
    object([['value', string('sr')]]),
    anyJson,
  );
  const span = someOf(
    {
      traceId: id(16, 32, 32),
      id: id(16, 16, 15),
      parentId: usually(id(16), fc.constantFrom('null', '"0"')),
      kind: usually(KINDS, fc.constantFrom('"INTERNAL"', '""', 'null'), mostly(KINDS, escapedKind)),
      name: usually(string('get /r', 'reviews.books:9080/*'), fc.constant('null')),
      timestamp: whole(TIMES),
      duration: whole(fc.nat(100_000)),
      localEndpoint: endpoint,
      remoteEndpoint: endpoint,
      annotations: mostly(list(fc.array(annotation, { maxLength: 3 })), anyJson),
      tags,
      debug: usually(fc.constantFrom('true', 'false'), mostly(fc.constant('null'), anyJson)),
      shared: usually(fc.constantFrom('true', 'false'), mostly(fc.constant('null'), anyJson)),
      somethingNew: anyJson,
      ...(odd ? { binaryAnnotations: anyJson } : {}),
    },
    ['traceId', 'id', 'kind', 'timestamp', 'duration', 'tags'],
  );
  const spans = list(fc.array(mostly(span, anyJson), { minLength: 1, maxLength: 6 }));
  return fc.tuple(SPACES, spans, SPACES).map((parts) => parts.join(''));
}

export const ordinaryBody = zipkinBody(false);
export const oddBody = zipkinBody(true);

interface Change {
  at: number;
  cut: number;
  put: Uint8Array;
}

const PIECES = [
  '"',
  '\\',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '0',
  'null',
  ' ',
  '\0',
  '\n',
  'e',
  '-',
  '\\u00',
];

/** A few bytes changed, cut out or put in, or everything behind them cut off. */
export const changes: fc.Arbitrary<Change[]> = fc.array(
  fc.record({
    at: fc.nat(1_000_000),
    cut: fc.oneof(fc.nat(3), fc.constant(Number.MAX_SAFE_INTEGER)),
    put: fc.oneof(
      fc.uint8Array({ maxLength: 3 }),
      fc.constantFrom(...PIECES).map((piece) => new TextEncoder().encode(piece)),
    ),
  }),
  { minLength: 1, maxLength: 3 },
);

export function changed(body: Uint8Array, all: readonly Change[]): Uint8Array {
  const bytes = [...body];
  for (const { at, cut, put } of all) bytes.splice(at % (bytes.length + 1), cut, ...put);
  return Uint8Array.from(bytes);
}
