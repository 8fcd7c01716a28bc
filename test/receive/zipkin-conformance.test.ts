import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { describeSamples } from '../shared-samples.ts';
import { openDoors } from './harness.ts';

/** What zipkin-server's own suites and code answer, as data. */
interface Case {
  from: string;
  name: string;
  path?: string;
  contentType?: string | null;
  contentEncoding?: string;
  matrix?: { endpoint: [string, string][]; contentEncoding: string[] };
  /** In words; see {@link BODIES}. */
  body?: string;
  rawBody?: string;
  rawBodyHex?: string;
  status?: number;
  bodyStartsWith?: string;
  bodyContains?: string[];
}

const FILE = 'samples-spans/conformance/http-collector-cases.json';
const RATIONALE = readFileSync(`${import.meta.dirname}/../../src/receive/RATIONALE.md`, 'utf8');

/** Answered otherwise, each argued under its name in src/receive/RATIONALE.md. */
const OTHERWISE = new Set([
  'contentTypeXProtobuf',
  'leadingWhitespaceRejected (a quirk; be lenient)',
  'shouldAllowConfiguredOrigin_preflight',
  'shouldDisallowOrigin',
  'writeSpans_updatesMetrics',
  'writeSpans_malformedUpdatesMetrics',
  'getTrace_malformedDoesntUpdateCollectorMetrics',
  'traceMethod',
]);

const span = (id: string, more: object = {}) => ({
  traceId: '463ac35c9f6413ad48485a3953bb6124',
  id,
  name: 'get',
  timestamp: 1_795_428_000_000_000,
  duration: 207_000,
  localEndpoint: { serviceName: 'frontend', ipv4: '127.0.0.1' },
  ...more,
});

const V2 = JSON.stringify([
  span('1', { kind: 'SERVER' }),
  span('2', { parentId: '1', kind: 'CLIENT' }),
  span('2', { parentId: '1', kind: 'SERVER', shared: true }),
  span('3', { parentId: '2', kind: 'CLIENT', tags: { error: '' } }),
]);
const V1 = JSON.stringify([
  {
    traceId: '463ac35c9f6413ad',
    id: '48485a3953bb6124',
    name: 'get',
    annotations: [{ timestamp: 1, value: 'sr', endpoint: { serviceName: 'frontend' } }],
    binaryAnnotations: [{ key: 'http.path', value: '/api' }],
  },
]);
const BODIES: Readonly<Record<string, string | Uint8Array>> = {
  'JSON_V2 list of a 4-span trace': V2,
  'JSON_V2 list': V2,
  'JSON_V1 list': V1,
  'gzip(JSON_V2 list)': gzipSync(V2),
};

const doors = () =>
  openDoors(async (app) => ({
    fetch: async (path, init) => app.fetch(new Request(`http://localhost${path}`, init)),
    close: async () => {},
  }));

function bodyOf(given: Case): string | Uint8Array {
  if (given.rawBody !== undefined) return given.rawBody;
  if (given.rawBodyHex !== undefined) return Buffer.from(given.rawBodyHex, 'hex');
  const body = BODIES[given.body ?? ''];
  if (body === undefined) throw new Error(`no body stands for ${given.body}`);
  return body;
}

/** A case per endpoint and encoding of its matrix. */
function spread(given: Case): Case[] {
  if (given.matrix === undefined) return [given];
  return given.matrix.endpoint.flatMap(([path, contentType]) =>
    given.matrix!.contentEncoding.map((contentEncoding) => ({
      ...given,
      name: `${given.name} ${path} ${contentType} ${contentEncoding}`,
      path,
      contentType,
      contentEncoding,
    })),
  );
}

describeSamples(FILE, "zipkin-server's cases", (path) => {
  const cases: Case[] = JSON.parse(readFileSync(path, 'utf8')).cases;
  const zipkins = cases.filter(({ from }) => from.startsWith('zipkin'));
  const answered = zipkins
    .filter(({ name }) => !OTHERWISE.has(name))
    .flatMap(spread)
    // v1 is another door.
    .filter(({ path }) => path === '/api/v2/spans');

  test('are all there', () => {
    expect(answered.length).toBeGreaterThan(15);
    expect(zipkins.filter(({ name }) => OTHERWISE.has(name))).toHaveLength(OTHERWISE.size);
  });

  test.each(answered.map((given) => [given.name, given] as const))('%s', async (_, given) => {
    const open = await doors();
    const headers = new Headers();
    if (given.contentType != null) headers.set('content-type', given.contentType);
    if (given.contentEncoding !== undefined) headers.set('content-encoding', given.contentEncoding);
    const body = bodyOf(given) as BodyInit;
    // A text body would be given a type of its own.
    const bytes = typeof body === 'string' ? new TextEncoder().encode(body) : body;
    const response = await open.fetch(given.path!, { method: 'POST', headers, body: bytes });
    const text = await response.text();
    expect(response.status).toBe(given.status);
    if (given.status === 202) expect(text).toBe('');
    if (given.bodyStartsWith !== undefined)
      expect(text.startsWith(given.bodyStartsWith)).toBe(true);
    for (const part of given.bodyContains ?? []) expect(text).toContain(part);
  });

  test('that are answered otherwise are argued by name', () => {
    for (const name of OTHERWISE) expect(RATIONALE).toContain(`\`${name.split(' ')[0]}\``);
  });
});

test('white space before a list is taken, where zipkin-server refuses it', async () => {
  const open = await doors();
  const body = ' \n[{"traceId":"1","id":"1"}]';
  expect((await open.fetch('/api/v2/spans', { method: 'POST', body })).status).toBe(202);
});
