import { gzipSync } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { FLAG } from '../../src/model/response-flags.ts';
import { RecordTooLarge, StreamFull, StreamUnavailable } from '../../src/stream/errors.ts';
import { type DoorsSetup, events, type Listen, type OpenDoors, openDoors } from './harness.ts';
import {
  envoyLine,
  istioJson,
  istioLine,
  join,
  message,
  otlpJson,
  otlpProtobuf,
  shipperRecord,
  text,
  utf8,
  zipkinSpans,
} from './payloads.ts';

const PROTOBUF = 'application/x-protobuf';
const JSON_TYPE = 'application/json';
const MIB = 1024 * 1024;

/** A door with a good body for it, and how its refusals read. */
interface Case {
  name: string;
  path: string;
  type: string | null;
  good: Uint8Array | string;
  /** Status of success. */
  status: number;
  /** Its refusal's message, after its shape was looked at. */
  refusal(response: Response): Promise<string>;
}

const DOORS: readonly Case[] = [
  {
    name: 'OTLP protobuf',
    path: '/v1/logs',
    type: PROTOBUF,
    good: otlpProtobuf([istioLine()]),
    status: 200,
    async refusal(response) {
      expect(response.headers.get('content-type')).toBe(PROTOBUF);
      const status = new Uint8Array(await response.arrayBuffer());
      expect(status[0]).toBe(8);
      expect([3, 7, 8, 12, 14, 16]).toContain(status[1]);
      const words = new TextDecoder().decode(status.subarray(4));
      // The length of a message over 127 bytes takes two bytes.
      const said = status[3]! < 128 ? words : words.slice(1);
      expect(status.subarray(2)).toEqual(text(2, said));
      return said;
    },
  },
  {
    name: 'OTLP JSON',
    path: '/v1/logs',
    type: JSON_TYPE,
    good: JSON.stringify(otlpJson([istioLine()])),
    status: 200,
    async refusal(response) {
      expect(response.headers.get('content-type')).toBe(JSON_TYPE);
      const status = (await response.json()) as { code: number; message: string };
      expect(Object.keys(status)).toEqual(['code', 'message']);
      return status.message;
    },
  },
  {
    name: 'access logs',
    path: '/v1/access-logs',
    type: 'text/plain',
    good: `${istioLine()}\n`,
    status: 200,
    async refusal(response) {
      expect(response.headers.get('content-type')).toBe(JSON_TYPE);
      const { error } = (await response.json()) as { error: Record<string, string> };
      expect(error).toEqual({
        code: expect.any(String),
        message: expect.any(String),
        request_id: response.headers.get('x-request-id'),
        docs: `docs/failure-modes.md#${error.code}`,
      });
      return `${error.code}: ${error.message}`;
    },
  },
  {
    name: 'Zipkin',
    path: '/api/v2/spans',
    type: JSON_TYPE,
    good: JSON.stringify(zipkinSpans()),
    status: 202,
    async refusal(response) {
      expect(response.headers.get('content-type')).toMatch(/^text\/plain/);
      expect(response.headers.get('access-control-allow-origin')).toBe('*');
      return response.text();
    },
  },
];

const TOKENS = [
  { token: 'sender', provider: 'edge', scopes: ['ingest'] },
  { token: 'reader', provider: 'grafana', scopes: ['query'] },
] as const;

/** The same requests and answers in every runtime. */
export function doorsSuite(listen: Listen): void {
  doorsSuiteOver((setup) => openDoors(listen, setup));
}

/** As {@link doorsSuite}, where the doors are opened in another process. */
export function doorsSuiteOver(openThere: (setup?: DoorsSetup) => Promise<OpenDoors>): void {
  const opened: OpenDoors[] = [];
  const open = async (setup?: DoorsSetup) => {
    const doors = await openThere(setup);
    opened.push(doors);
    return doors;
  };
  afterEach(async () => {
    for (const doors of opened.splice(0)) await doors.close();
  });

  const post = (
    doors: OpenDoors,
    path: string,
    body: Uint8Array | string | ReadableStream<Uint8Array> | null,
    headers: Record<string, string | null> = {},
  ) => {
    const sent = new Headers();
    for (const [name, value] of Object.entries(headers)) if (value !== null) sent.set(name, value);
    // undici wants `duplex` with a stream; workerd ignores it.
    const init = { method: 'POST', headers: sent, body, duplex: 'half' };
    return doors.fetch(path, init as unknown as RequestInit);
  };

  const REVIEW = {
    destination: 'reviews.shop',
    subset: 'v1',
    host: '10.0.0.7:9080',
    code: 200,
    flags: 0,
    durationUs: 12_000,
    endUs: 1_795_428_000_137_000,
  };

  describe('access logs', () => {
    const lines = [istioLine(200, '-', '1'), istioLine(503, 'UO', '2')];
    const objects = [istioJson(200, '-', '1'), istioJson(503, 'UO', '2')];
    const BOTH = [REVIEW, { ...REVIEW, code: 503, flags: FLAG.UO }];

    test.each<[string, string, string | null]>([
      ['lines', lines.join('\n'), 'text/plain'],
      ['lines that end', `${lines.join('\n')}\n`, null],
      ['lines with Windows ends', `${lines.join('\r\n')}\r\n`, 'text/plain'],
      ['NDJSON', objects.map((o) => JSON.stringify(o)).join('\n'), 'application/x-ndjson'],
      ['a JSON array', JSON.stringify(objects), JSON_TYPE],
      ['concatenated JSON', objects.map((o) => JSON.stringify(o)).join(''), JSON_TYPE],
      ...(['log', 'message', 'msg', 'body'] as const).map((key): [string, string, string] => [
        `shipper records with the line in ${key}`,
        JSON.stringify(lines.map((line) => shipperRecord(line, key))),
        JSON_TYPE,
      ]),
      ['a wrong content type', lines.join('\n'), 'application/x-www-form-urlencoded'],
    ])('takes %s and answers 200 with counts', async (_, body, type) => {
      const doors = await open();
      const response = await post(doors, '/v1/access-logs', body, { 'content-type': type });
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toBe(JSON_TYPE);
      expect(await response.json()).toEqual({ records: 2, accepted: 2, dead_lettered: {} });
      expect(events(await doors.parts())).toMatchObject(BOTH);
    });

    test("takes Envoy's own format, whose called service is the authority", async () => {
      const doors = await open();
      await post(doors, '/v1/access-logs', envoyLine(404));
      expect(events(await doors.parts())).toMatchObject([
        { code: 404, durationUs: 12_000, host: '10.0.0.7:9080' },
      ]);
    });

    test('never refuses a body for a bad line: it is a dead letter beside its neighbours', async () => {
      const doors = await open();
      const body = `${lines[0]}\nwhat is this\n${lines[1]}\n`;
      const response = await post(doors, '/v1/access-logs', body);
      expect(response.status).toBe(200);
      const counts = (await response.json()) as { dead_lettered: Record<string, number> };
      expect(counts).toMatchObject({ records: 3, accepted: 2 });
      const [reason] = Object.keys(counts.dead_lettered);
      expect(counts.dead_lettered).toEqual({ [reason!]: 1 });
      const frames = (await doors.parts()).map(({ frame }) => frame);
      expect(frames).toMatchObject([{ provider: 'anonymous', deadLetters: { [reason!]: 1 } }]);
      expect(await doors.samples()).toEqual([
        {
          reason,
          provider: 'anonymous',
          input: 'access_logs',
          sample: 'what is this',
          receivedAt: expect.any(Number),
        },
      ]);
    });

    test.each(['application/msgpack', 'application/x-msgpack', PROTOBUF])(
      'says 415 to %s',
      async (type) => {
        const doors = await open();
        const headers = { 'content-type': type };
        const response = await post(doors, '/v1/access-logs', Uint8Array.of(0x91, 0xc0), headers);
        expect(response.status).toBe(415);
        expect(await DOORS[2]!.refusal(response)).toMatch(/^unsupported_media_type: .*JSON/);
        expect(await doors.parts()).toEqual([]);
      },
    );
  });

  describe('OTLP logs', () => {
    const lines = [istioLine(200, '-', '1'), istioLine(503, 'UO', '2')];

    test('protobuf is answered with 200, in protobuf, by an empty message', async () => {
      const doors = await open();
      const headers = { 'content-type': PROTOBUF };
      const response = await post(doors, '/v1/logs', otlpProtobuf(lines), headers);
      expect([response.status, response.headers.get('content-type')]).toEqual([200, PROTOBUF]);
      expect((await response.arrayBuffer()).byteLength).toBe(0);
      expect(events(await doors.parts())).toMatchObject([REVIEW, { code: 503, flags: FLAG.UO }]);
    });

    test.each([
      ['its type', 'Application/JSON; charset=utf-8'],
      ['its first byte, where no type is sent', null],
    ])('JSON is known by %s and answered with 200 and {}', async (_, type) => {
      const doors = await open();
      const body = utf8.encode(`\n${JSON.stringify(otlpJson(lines))}`);
      const response = await post(doors, '/v1/logs', body, { 'content-type': type });
      expect([response.status, response.headers.get('content-type')]).toEqual([200, JSON_TYPE]);
      expect(await response.text()).toBe('{}');
      expect(events(await doors.parts())).toMatchObject([REVIEW, { code: 503 }]);
    });

    test('protobuf without a type is known too', async () => {
      const doors = await open();
      const response = await post(doors, '/v1/logs', otlpProtobuf(lines));
      expect([response.status, response.headers.get('content-type')]).toEqual([200, PROTOBUF]);
      expect(events(await doors.parts())).toHaveLength(2);
    });

    test('an empty request is a success and appends nothing', async () => {
      const doors = await open();
      const empty = await post(doors, '/v1/logs', new Uint8Array(0), { 'content-type': PROTOBUF });
      const json = await post(doors, '/v1/logs', '{}', { 'content-type': JSON_TYPE });
      expect([empty.status, json.status]).toEqual([200, 200]);
      expect(await doors.parts()).toEqual([]);
    });

    test('records that cannot be read are a partial success, in either encoding', async () => {
      const doors = await open();
      const mixed = [...lines, 'what', 'ever'];
      const json = await post(doors, '/v1/logs', JSON.stringify(otlpJson(mixed)), {
        'content-type': JSON_TYPE,
      });
      expect(json.status).toBe(200);
      const { partialSuccess } = (await json.json()) as {
        partialSuccess: { rejectedLogRecords: string; errorMessage: string };
      };
      expect(partialSuccess.rejectedLogRecords).toBe('2');
      expect(partialSuccess.errorMessage).toMatch(/^not readable: /);

      const protobuf = await post(doors, '/v1/logs', otlpProtobuf(mixed), {
        'content-type': PROTOBUF,
      });
      expect(protobuf.status).toBe(200);
      expect(new Uint8Array(await protobuf.arrayBuffer())).toEqual(
        message(1, join(Uint8Array.of(8, 2), text(2, partialSuccess.errorMessage))),
      );
      expect(events(await doors.parts())).toHaveLength(4);
    });

    test('bytes that are no request are a 400 and leave nothing', async () => {
      const doors = await open();
      const json = await post(doors, '/v1/logs', '{"resourceLogs": [', {
        'content-type': JSON_TYPE,
      });
      expect(json.status).toBe(400);
      expect(await DOORS[1]!.refusal(json)).toMatch(/^unreadable_body: /);
      expect(await doors.parts()).toEqual([]);
    });

    test('another media type is a 415, said in JSON', async () => {
      const doors = await open();
      const response = await post(doors, '/v1/logs', 'x', { 'content-type': 'text/plain' });
      expect(response.status).toBe(415);
      expect(await DOORS[1]!.refusal(response)).toContain(
        'application/x-protobuf and application/json',
      );
    });
  });

  describe('Zipkin spans', () => {
    test.each([
      ['JSON', JSON_TYPE],
      ['no type', null],
      ['a beacon', 'text/plain;charset=UTF-8'],
      ['any type', 'text/html'],
    ])('a list with %s is a 202 without a body', async (_, type) => {
      const doors = await open();
      const body = utf8.encode(JSON.stringify(zipkinSpans()));
      const response = await post(doors, '/api/v2/spans', body, { 'content-type': type });
      expect([response.status, await response.text()]).toEqual([202, '']);
      const parts = await doors.parts();
      expect(events(parts)).toMatchObject([
        { destination: 'reviews.shop', code: 503, flags: FLAG.UO, durationUs: 12_000 },
      ]);
      expect(parts[0]?.frame).toMatchObject({
        input: 'zipkin_spans',
        notRequests: { client_span: 1, span_without_kind: 1 },
      });
    });

    test('an empty list and an empty body are a 202, and append nothing', async () => {
      const doors = await open();
      for (const body of ['[]', '']) {
        expect((await post(doors, '/api/v2/spans', body)).status).toBe(202);
      }
      expect(await doors.parts()).toEqual([]);
    });

    test('one bad span fails the batch with 400 and the reason', async () => {
      const doors = await open();
      const body = JSON.stringify([...zipkinSpans(), { traceId: '1' }]);
      const response = await post(doors, '/api/v2/spans', body);
      expect(response.status).toBe(400);
      expect(await DOORS[3]!.refusal(response)).toContain('Missing : id');
      expect(await doors.parts()).toEqual([]);
    });

    test.each([PROTOBUF, 'application/x-thrift'])(
      '%s is a 400 that says what is read, not a 415',
      async (type) => {
        const doors = await open();
        const headers = { 'content-type': type };
        const response = await post(doors, '/api/v2/spans', Uint8Array.of(10, 2, 8, 1), headers);
        expect(response.status).toBe(400);
        expect(await DOORS[3]!.refusal(response)).toContain('send application/json');
      },
    );

    test('an encoding that is not read is a 400 too, and says which are', async () => {
      const doors = await open();
      const headers = { 'content-encoding': 'deflate' };
      const response = await post(doors, '/api/v2/spans', 'x', headers);
      expect(response.status).toBe(400);
      expect(await DOORS[3]!.refusal(response)).toContain('gzip and identity are read');
    });

    test('a browser may post from any page', async () => {
      const doors = await open({ tokens: TOKENS });
      for (const path of ['/api/v2/spans', '/t/sender/api/v2/spans']) {
        const preflight = await doors.fetch(path, {
          method: 'OPTIONS',
          headers: {
            origin: 'https://shop.example',
            'access-control-request-method': 'POST',
            'access-control-request-headers': 'content-type',
          },
        });
        expect(preflight.status).toBe(204);
        expect(preflight.headers.get('access-control-allow-origin')).toBe('*');
        expect(preflight.headers.get('access-control-allow-methods')).toContain('POST');
        expect(preflight.headers.get('access-control-allow-headers')).toContain('content-type');
        expect(preflight.headers.get('access-control-allow-credentials')).toBeNull();
      }
      const posted = await post(doors, '/t/sender/api/v2/spans', '[]');
      expect(posted.headers.get('access-control-allow-origin')).toBe('*');
    });
  });

  describe.each(DOORS)('the door for $name', ({ path, type, good, status, refusal }) => {
    const headers = { 'content-type': type };

    test('answers after the append, which is then in the stream once', async () => {
      const doors = await open();
      const response = await post(doors, path, good, headers);
      expect(response.status).toBe(status);
      const parts = await doors.parts();
      expect(parts).toHaveLength(1);
      expect(parts[0]?.frame).toMatchObject({ provider: 'anonymous', chunk: 0, events: 1 });
    });

    test('takes gzip, of several members too', async () => {
      const doors = await open();
      const half = Math.floor(good.length / 2);
      const bytes = typeof good === 'string' ? utf8.encode(good) : good;
      const members = join(gzipSync(bytes.subarray(0, half)), gzipSync(bytes.subarray(half)));
      for (const body of [gzipSync(bytes), members]) {
        const response = await post(doors, path, body, { ...headers, 'content-encoding': 'gzip' });
        expect(response.status).toBe(status);
      }
      const ids = (await doors.parts()).map(({ frame }) => frame.bodyId);
      expect(ids).toHaveLength(2);
      // The id is that of the inflated bytes, so it does not matter how they came.
      expect(new Set(ids).size).toBe(1);
    });

    test('takes an empty body labelled gzip', async () => {
      const doors = await open();
      const response = await post(doors, path, null, { ...headers, 'content-encoding': 'gzip' });
      expect(response.status).toBe(status);
      expect(await doors.parts()).toEqual([]);
    });

    test('takes a body that comes slowly, in pieces', async () => {
      const doors = await open();
      const bytes = typeof good === 'string' ? utf8.encode(good) : good;
      let at = 0;
      const slow = new ReadableStream<Uint8Array>({
        async pull(controller) {
          await new Promise((resolve) => setTimeout(resolve, 0));
          if (at < bytes.length) controller.enqueue(bytes.slice(at, at + 64));
          else controller.close();
          at += 64;
        },
      });
      expect((await post(doors, path, slow, headers)).status).toBe(status);
      expect(events(await doors.parts())).toHaveLength(1);
    });

    test('asks for a token where there are tokens', async () => {
      const doors = await open({ tokens: TOKENS });
      for (const [authorization, challenge] of [
        [null, 'Bearer realm="meshpulse"'],
        ['Bearer nobody', expect.stringContaining('error="invalid_token"')],
      ] as const) {
        const response = await post(doors, path, good, { ...headers, authorization });
        expect(response.status).toBe(401);
        expect(response.headers.get('www-authenticate')).toEqual(challenge);
        expect(await refusal(response)).toMatch(/token/);
      }
      expect(await doors.parts()).toEqual([]);
      expect(doors.exposition()).toMatch(
        /requests_refused_total\{code="unauthenticated",input="\w+"\} 2/,
      );
    });

    test('refuses a token that may not send, in the header or in the path', async () => {
      const doors = await open({ tokens: TOKENS });
      for (const response of [
        await post(doors, path, good, { ...headers, authorization: 'Bearer reader' }),
        await post(doors, `/t/reader${path}`, good, headers),
      ]) {
        expect(response.status).toBe(403);
        expect(response.headers.get('www-authenticate')).toContain('error="insufficient_scope"');
        expect(await refusal(response)).toContain('this needs ingest');
      }
      expect((await post(doors, `/t/nobody${path}`, good, headers)).status).toBe(401);
      expect(await doors.parts()).toEqual([]);
    });

    test("takes a sender's token in the header or in the path, as its provider", async () => {
      const doors = await open({ tokens: TOKENS });
      const authorization = 'Bearer sender';
      expect((await post(doors, path, good, { ...headers, authorization })).status).toBe(status);
      expect((await post(doors, `/t/sender${path}`, good, headers)).status).toBe(status);
      const providers = (await doors.parts()).map(({ frame }) => frame.provider);
      expect(providers).toEqual(['edge', 'edge']);
    });

    test('refuses a body over the limit, with or without a declared length', async () => {
      const doors = await open({ limits: { maxInflatedBytes: 5000 } });
      const large = new Uint8Array(20_000);
      let sent = 0;
      const endless = new ReadableStream<Uint8Array>({
        pull(controller) {
          // Not for ever: a receiver that does not stop reading must fail the test, not hang it.
          if (sent++ < 1000) controller.enqueue(new Uint8Array(1000));
          else controller.close();
        },
      });
      for (const body of [large, endless]) {
        const response = await post(doors, path, body, headers);
        expect(response.status).toBe(413);
        expect(await refusal(response)).toContain('5000');
      }
      expect(await doors.parts()).toEqual([]);
      expect(doors.exposition()).toMatch(/code="body_too_large",input="\w+"\} 2/);
    });

    test('refuses a bomb: 100 MB in some hundred kilobytes of gzip', async () => {
      const doors = await open();
      const member = gzipSync(new Uint8Array(MIB));
      const bomb = join(...Array.from({ length: 100 }, () => member));
      const response = await post(doors, path, bomb, { ...headers, 'content-encoding': 'gzip' });
      expect(response.status).toBe(413);
      expect(await refusal(response)).toContain(`inflates to more than ${32 * MIB} bytes`);
    });

    test('refuses what is labelled gzip and is not', async () => {
      const doors = await open();
      const bytes = Uint8Array.of(1, 2, 3, 4);
      const response = await post(doors, path, bytes, { ...headers, 'content-encoding': 'gzip' });
      expect(response.status).toBe(400);
      expect(await refusal(response)).toMatch(/gunzip|cannot be inflated/);
    });

    test('refuses more records than one request may hold', async () => {
      const doors = await open({ limits: { maxRecords: 2 } });
      const three = {
        'OTLP protobuf': otlpProtobuf(['', '', ''].map(() => istioLine())),
        'OTLP JSON': JSON.stringify(otlpJson(['', '', ''].map(() => istioLine()))),
        'access logs': [istioLine(), 'rubbish', istioLine()].join('\n'),
        Zipkin: JSON.stringify(zipkinSpans()),
      };
      const name = DOORS.find((door) => door.good === good)!.name as keyof typeof three;
      const response = await post(doors, path, three[name], headers);
      expect(response.status).toBe(413);
      expect(await refusal(response)).toContain('more than 2 records');
      expect(await doors.parts()).toEqual([]);
    });

    test('refuses when the bodies being read fill the memory set aside', async () => {
      const doors = await open({ limits: { maxBytesInFlight: 100 } });
      const response = await post(doors, path, good, headers);
      expect([response.status, response.headers.get('retry-after')]).toEqual([429, '1']);
      await refusal(response);

      // Room for one at a time, given back whether it was taken or refused.
      const room = await open({ limits: { maxBytesInFlight: Math.floor(good.length * 1.5) } });
      for (const [body, expected] of [
        [good, status],
        [new Uint8Array(good.length * 2), 429],
        [good, status],
      ] as const) {
        expect((await post(room, path, body, headers)).status).toBe(expected);
      }
    });

    test.each([
      [new StreamUnavailable('disk full'), 503, '5', 'cannot be written now'],
      [new StreamFull('67108864 bytes wait'), 429, '1', 'bytes wait'],
      [new RecordTooLarge('over 1048576 bytes'), 413, null, 'over 1048576 bytes'],
      [new Error('a fault in the adapter'), 503, '5', 'cannot be written now'],
    ])('turns %s into %i', async (failure, expected, retryAfter, words) => {
      const doors = await open({ failure });
      const response = await post(doors, path, good, headers);
      expect(response.status).toBe(expected);
      expect(response.headers.get('retry-after')).toBe(retryAfter);
      expect(await refusal(response)).toContain(words);
      expect(response.headers.get('x-request-id')).toMatch(/^request-\d+$/);
    });

    test('answers other methods with 405 and those it has', async () => {
      const doors = await open();
      for (const method of ['GET', 'PUT', 'DELETE']) {
        const response = await doors.fetch(path, { method });
        expect(response.status).toBe(405);
        expect(response.headers.get('allow')).toMatch(/^POST/);
      }
    });

    test('counts the records it acknowledged by provider, and none of what it refused', async () => {
      const doors = await open({ tokens: TOKENS });
      const sender = { ...headers, authorization: 'Bearer sender' };
      await post(doors, path, good, sender);
      const { frame } = (await doors.parts())[0]!;
      const records = [frame.events, ...Object.values(frame.notRequests)].reduce((a, b) => a + b);
      // Sent again it is acknowledged again, and a probe says nothing.
      for (const body of [good, null]) await post(doors, path, body, sender);
      await post(doors, path, good, { ...headers, authorization: 'Bearer nobody' });
      await post(doors, path, Uint8Array.of(9), { ...sender, 'content-encoding': 'gzip' });
      const counted = doors.exposition().match(/^meshpulse_records_acknowledged_total\{.*$/gm);
      expect(counted).toEqual([
        `meshpulse_records_acknowledged_total{provider="edge",input="${frame.input}"} ${2 * records}`,
      ]);
    });

    test('counts requests by status, bytes as they travelled and refusals by code', async () => {
      const doors = await open();
      const body = gzipSync(good);
      await post(doors, path, body, { ...headers, 'content-encoding': 'gzip' });
      await post(doors, path, Uint8Array.of(9), { ...headers, 'content-encoding': 'gzip' });
      const input = (await doors.parts())[0]!.frame.input;
      const lines = doors.exposition().split('\n');
      expect(lines).toContain(`meshpulse_requests_total{input="${input}",status="${status}"} 1`);
      expect(lines).toContain(`meshpulse_requests_total{input="${input}",status="400"} 1`);
      expect(lines).toContain(`meshpulse_request_bytes_total{input="${input}"} ${body.length}`);
      expect(lines).toContain(
        `meshpulse_requests_refused_total{code="bad_gzip",input="${input}"} 1`,
      );
    });
  });

  test('there is nothing anywhere else, and it says so in JSON', async () => {
    const doors = await open();
    for (const path of ['/', '/v1/logs/', '/t//v1/logs', '/t/a/b/v1/logs']) {
      const response = await post(doors, path, 'x');
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({ error: { code: 'not_found' } });
    }
  });
}
