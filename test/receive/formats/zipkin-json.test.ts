import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UnreadableBody } from '../../../src/receive/formats/records.ts';
import { readZipkinJson } from '../../../src/receive/formats/zipkin-json.ts';
import { type Collected, collect } from './collect.ts';

const START = 1_700_000_000_000_000;

const server = (extra: Record<string, unknown> = {}) => ({
  traceId: '463ac35c9f6413ad48485a3953bb6124',
  id: 'a2fb4a1d1a96d312',
  kind: 'SERVER',
  timestamp: START,
  duration: 2500,
  localEndpoint: { serviceName: 'Ratings.Books' },
  tags: { 'http.status_code': '200', response_flags: '-' },
  ...extra,
});

const read = (spans: unknown): Collected =>
  collect(readZipkinJson, typeof spans === 'string' ? spans : JSON.stringify(spans));

function refusal(body: unknown): string {
  try {
    read(body);
  } catch (error) {
    expect(error).toBeInstanceOf(UnreadableBody);
    return (error as Error).message;
  }
  throw new Error('the body was read');
}

describe('a JSON v2 body', () => {
  it.each([
    ['nothing', ''],
    ['white space', ' \r\n\t'],
    ['a byte order mark', '\ufeff'],
    ['an empty list', '[]'],
    ['a spaced empty list', '\ufeff\n [ ] '],
  ])('of %s holds no record', (_what, body) => {
    expect(read(body).outcomes).toEqual([]);
  });

  it('may begin with white space or a byte order mark', () => {
    expect(read(`\ufeff \r\n\t${JSON.stringify([server()])}`).events).toHaveLength(1);
  });

  it.each([
    ['one object', '{"traceId":"1","id":"1"}'],
    ['words', 'hello'],
    ['binary', '\u0001\u0002\u0003\u0004'],
    ['a string', '"[]"'],
    ['a second byte order mark', '\ufeff\ufeff[]'],
  ])('that is %s is no list', (_what, body) => {
    expect(refusal(body)).toBe('Expected a JSON_V2 encoded list\n');
  });

  it('in the v1 format is called so', () => {
    const span = { traceId: '1', id: '2', name: 'x', binaryAnnotations: [] };
    expect(refusal([{ traceId: '1', id: '1' }, span])).toBe(
      'Expected a JSON_V2 encoded list, but received: JSON_V1\n',
    );
  });

  it('is not taken for v1 because of what a header made its way into a tag', () => {
    const tags = { user_agent: 'binaryAnnotations', 'http.url': 'x"binaryAnnotations"' };
    expect(read([server({ tags })]).events).toHaveLength(1);
  });

  it.each(['[', '[{]', '[{"traceId":"1"', '[1,]', '[]x', '[NULL]', '[{"a":01}]'])(
    'that is no JSON is malformed: %s',
    (body) => {
      expect(refusal(body)).toMatch(/^Malformed reading List<Span> from json/);
    },
  );

  it.each([
    ['lists', '['],
    ['objects', '{"x":'],
  ])('nested a million deep in %s is refused in flat memory', (_what, open) => {
    expect(refusal(`[${open.repeat(1_000_000)}`)).toContain('nested deeper');
  });

  it('of a million empty objects is refused before they take memory', () => {
    expect(refusal(`[${'{},'.repeat(1_000_000)}{}]`)).toContain(
      'lists and objects in 3000004 bytes',
    );
  });

  it('may hold braces in strings as many as it likes', () => {
    const tags = { a: '[{"\\'.repeat(500) };
    expect(read([server({ tags })]).events).toHaveLength(1);
  });

  it('loses only the bytes that are no UTF-8', () => {
    const text = JSON.stringify([server({ tags: { 'guid:x-request-id': 'aXb' } })]);
    const body = new TextEncoder().encode(text);
    body[body.indexOf(0x58)] = 0xff;
    expect(collect(readZipkinJson, body).events[0]!.requestId).toBe('a\ufffdb');
  });

  it('loses only raw control characters inside strings', () => {
    const text = JSON.stringify([server({ tags: { 'guid:x-request-id': 'a#b' } })]);
    expect(read(text.replace('#', '\u0000')).events[0]!.requestId).toBe('a b');
  });

  it('is all or nothing: no record is out when a later span is bad', () => {
    let records = 0;
    const count = () => {
      records += 1;
    };
    const body = new TextEncoder().encode(JSON.stringify([server(), { kind: 'CLIENT' }]));
    const out = { event: count, notARequest: count, deadLetter: count };
    expect(() => readZipkinJson(body, out)).toThrow(UnreadableBody);
    expect(records).toBe(0);
  });
});

describe('a span', () => {
  const SUFFIX = ' reading List<Span> from json';

  it.each<[string, Record<string, unknown>, string]>([
    ['an empty object', { traceId: undefined, id: undefined }, `Missing : traceId id${SUFFIX}`],
    ['no id', { id: undefined }, `Missing : id${SUFFIX}`],
    ['no trace id', { traceId: undefined }, `Missing : traceId${SUFFIX}`],
    [
      'a null trace id',
      { traceId: null },
      `Expected a string but was NULL at path $[1].traceId${SUFFIX}`,
    ],
    ['a boolean id', { id: true }, `Expected a string but was BOOLEAN at path $[1].id${SUFFIX}`],
    [
      'an id that JSON cannot carry as a number',
      { id: 2 ** 60 },
      `Expected a string but was NUMBER at path $[1].id${SUFFIX}`,
    ],
    ['a dashed id', { id: '1-2' }, `1-2 should be lower-hex encoded with no prefix${SUFFIX}`],
    ['a fractional id', { id: 1.5 }, `1.5 should be lower-hex encoded with no prefix${SUFFIX}`],
    ['an empty id', { id: '' }, `id is empty${SUFFIX}`],
    ['a long id', { id: '1'.repeat(17) }, `id.length > 16${SUFFIX}`],
    ['a long trace id', { traceId: '1'.repeat(33) }, `traceId.length > 32${SUFFIX}`],
    ['a zero id', { id: '0' }, `id is all zeros${SUFFIX}`],
    ['a zero trace id', { traceId: '0'.repeat(32) }, `traceId is all zeros${SUFFIX}`],
    ['a bad parent', { parentId: 'x' }, `x should be lower-hex encoded with no prefix${SUFFIX}`],
    [
      'a fractional time',
      { timestamp: 1730464198558327.5 },
      `Expected a long but was 1730464198558327.5 at path $[1].timestamp${SUFFIX}`,
    ],
    [
      'a time in words',
      { timestamp: 'now' },
      `Expected a long but was now at path $[1].timestamp${SUFFIX}`,
    ],
    [
      'a duration over 64 bits',
      { duration: 1e20 },
      `Expected a long but was 100000000000000000000 at path $[1].duration${SUFFIX}`,
    ],
    [
      'a boolean duration',
      { duration: true },
      `Expected a long but was BOOLEAN at path $[1].duration${SUFFIX}`,
    ],
    ['a port over 16 bits', { localEndpoint: { port: 65536 } }, `invalid port 65536${SUFFIX}`],
    [
      'a fractional port',
      { remoteEndpoint: { port: 1.5 } },
      `Expected an int but was 1.5 at path $[1].remoteEndpoint.port${SUFFIX}`,
    ],
    [
      'a boolean tag',
      { tags: { error: true } },
      `Expected a string but was BOOLEAN at path $[1].tags.error${SUFFIX}`,
    ],
    ['a null tag', { tags: { foo: null } }, `No value at $[1].tags.foo${SUFFIX}`],
    [
      'an annotation without value',
      { annotations: [{ timestamp: 1 }] },
      `Incomplete annotation at $[1].annotations[0].timestamp${SUFFIX}`,
    ],
    [
      'an annotation with a null value',
      { annotations: [{ timestamp: 1, value: null }] },
      `Incomplete annotation at $[1].annotations[0].value${SUFFIX}`,
    ],
    [
      'annotations that are no list',
      { annotations: 'x' },
      `Expected BEGIN_ARRAY but was STRING at path $[1].annotations${SUFFIX}`,
    ],
    [
      'a word for shared',
      { shared: 'true' },
      `Expected a boolean but was STRING at path $[1].shared${SUFFIX}`,
    ],
    [
      'tags that are a list',
      { tags: [] },
      'Malformed reading List<Span> from json: expected an object at $[1].tags, found BEGIN_ARRAY',
    ],
    [
      'an endpoint that is a string',
      { localEndpoint: 'x' },
      'Malformed reading List<Span> from json: expected an object at $[1].localEndpoint, found STRING',
    ],
  ])('with %s fails its batch', (_what, extra, message) => {
    expect(refusal([server(), server(extra)])).toBe(message);
  });

  it('that is no object fails its batch', () => {
    expect(refusal([null])).toContain('expected an object at $[0], found NULL');
    expect(refusal('[1.5]')).toContain('found NUMBER');
  });

  it('keeps its refusal short, whatever it holds', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 100, maxLength: 5000 }), (long) => {
        for (const bad of [{ tags: { [long]: true } }, { timestamp: long }, { id: long }]) {
          expect(refusal([server(bad)]).length).toBeLessThan(250);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('may have null for everything but its ids, and members nobody knows', () => {
    const nulls = Object.fromEntries(
      [
        'parentId',
        'name',
        'kind',
        'timestamp',
        'duration',
        'localEndpoint',
        'remoteEndpoint',
        'annotations',
        'tags',
        'debug',
        'shared',
      ].map((member) => [member, null]),
    );
    const endpoint = { serviceName: null, ipv4: null, ipv6: 'not an address', port: -1, x: {} };
    const unknown = {
      x: [{}],
      localEndpoint: endpoint,
      annotations: [{ timestamp: 1, value: '' }],
    };
    expect(read([{ ...nulls, traceId: '1', id: '1' }]).reasons).toEqual(['span_without_kind']);
    expect(read([{ ...server(), ...unknown }]).events[0]!.destination).toBeNull();
  });

  it.each([
    ['48485A3953BB6124', '48485a3953bb6124'],
    ['1', '0000000000000001'],
    ['1463ac35c9f6413ad', '0000000000000001463ac35c9f6413ad'],
    ['0000000000000000463ac35c9f6413ad', '463ac35c9f6413ad'],
    ['463ac35c9f6413ad48485a3953bb6124', '463ac35c9f6413ad48485a3953bb6124'],
  ])('of trace %s belongs to trace %s', (traceId, normal) => {
    expect(read([server({ traceId })]).events[0]!.traceId).toBe(normal);
  });

  it('has its id padded, lowered, and taken from a number too', () => {
    expect(read([server({ id: 'AB' })]).events[0]!.span!.id).toBe('00000000000000ab');
    expect(read([server({ id: 42 })]).events[0]!.span!.id).toBe('0000000000000042');
  });

  it.each<[unknown, unknown]>([
    ['1700000000000000', '2500'],
    ['1.7e+15', '2.5e3'],
    [1.7e15, 2500.0],
  ])('may have time %s and duration %s', (timestamp, duration) => {
    const [event] = read([server({ timestamp, duration })]).events;
    expect(event).toMatchObject({ endUs: START + 2500, durationUs: 2500 });
  });

  it('may have a scientific number in the JSON itself', () => {
    const body = JSON.stringify([server({ timestamp: 'T' })]).replace(
      '"T"',
      '1.58432429547687e+15',
    );
    expect(read(body).events[0]!.endUs).toBe(1_584_324_295_476_870 + 2500);
  });

  it('never ends later than a number can say', () => {
    const [event] = read([server({ timestamp: 9e18, duration: 9e18 })]).events;
    expect(event).toMatchObject({
      endUs: Number.MAX_SAFE_INTEGER,
      durationUs: Number.MAX_SAFE_INTEGER,
    });
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['CLIENT', { kind: 'CLIENT' }, 'client_span'],
    ['PRODUCER', { kind: 'PRODUCER' }, 'messaging_span'],
    ['CONSUMER', { kind: 'CONSUMER' }, 'messaging_span'],
    ['no kind', { kind: undefined }, 'span_without_kind'],
    ['an unknown kind', { kind: 'INTERNAL' }, 'span_without_kind'],
    ['a kind in lower case', { kind: 'server' }, 'span_without_kind'],
    ['no time', { timestamp: undefined }, 'incomplete_span'],
    ['time 0', { timestamp: 0 }, 'incomplete_span'],
    ['a negative time', { timestamp: -1 }, 'incomplete_span'],
    ['no duration', { duration: undefined }, 'incomplete_span'],
    ['a negative duration', { duration: -1 }, 'incomplete_span'],
  ])('with %s is no request', (_what, extra, reason) => {
    expect(read([server(extra)]).reasons).toEqual([reason]);
  });

  it('of explicit duration 0 lasted less than the clock can say', () => {
    expect(read([server({ duration: 0 })]).events[0]).toMatchObject({
      durationUs: 1,
      endUs: START + 1,
    });
  });
});

describe('any change to a body', () => {
  const body = new TextEncoder().encode(
    JSON.stringify([server(), { ...server(), kind: 'CLIENT' }, server({ tags: undefined })]),
  );

  it('gives whole records or one refusal, never another error', () => {
    const flip = fc.tuple(fc.nat(body.length - 1), fc.nat(255));
    fc.assert(
      fc.property(fc.array(flip, { minLength: 1, maxLength: 4 }), (flips) => {
        const changed = body.slice();
        for (const [at, value] of flips) changed[at] = value;
        try {
          const { outcomes } = collect(readZipkinJson, changed);
          for (const outcome of outcomes) {
            if (outcome.is !== 'event') continue;
            expect(Number.isSafeInteger(outcome.event.endUs)).toBe(true);
            expect(outcome.event.durationUs).toBeGreaterThan(0);
            expect(outcome.event.traceId).toMatch(/^([0-9a-f]{16}|[0-9a-f]{32})$/);
          }
        } catch (error) {
          expect(error).toBeInstanceOf(UnreadableBody);
        }
      }),
      { numRuns: 1000 },
    );
  });

  it('holds for any JSON at all', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), (list) => {
        try {
          expect(read(list).outcomes).toHaveLength(list.length);
        } catch (error) {
          expect(error).toBeInstanceOf(UnreadableBody);
        }
      }),
      { numRuns: 500 },
    );
  });
});
