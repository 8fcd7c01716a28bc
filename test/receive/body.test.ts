import { deflateSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type BodySource, readBody } from '../../src/receive/body.ts';
import {
  ByteBudget,
  DEFAULT_LIMITS,
  effectiveLimits,
  type ReceiveLimits,
} from '../../src/receive/limits.ts';
import { webBody } from '../../src/receive/web-request.ts';

const LIMITS: ReceiveLimits = {
  maxBodyBytes: 1000,
  maxInflatedBytes: 4000,
  maxRecords: 10,
  maxBytesInFlight: 10_000,
};

/** A body that comes in the chunks given, then ends or breaks off. */
function source(
  chunks: Uint8Array[],
  headers: Record<string, string> = {},
  end: 'close' | 'break' = 'close',
): BodySource & { cancelled: boolean; pulled: number } {
  const left = [...chunks];
  const made = {
    headers: { get: (name: string) => headers[name] ?? null },
    cancelled: false,
    pulled: 0,
    body: webBody(
      new ReadableStream<Uint8Array>(
        {
          pull(controller) {
            const next = left.shift();
            if (next !== undefined) {
              made.pulled++;
              controller.enqueue(next);
            } else if (end === 'close') controller.close();
            else controller.error(new Error('reset'));
          },
          cancel() {
            made.cancelled = true;
          },
        },
        { highWaterMark: 0 },
      ),
    ),
  };
  return made;
}

const read = (
  from: BodySource,
  limits: Partial<ReceiveLimits> = {},
  hold = new ByteBudget(1e6).hold(),
) => readBody(from, { ...LIMITS, ...limits }, hold);
const zeros = (length: number) => new Uint8Array(length);
const GZIP = { 'content-encoding': 'gzip' };

test('any split of any body is read as it was, compressed or not', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 8 }),
      fc.boolean(),
      async (chunks, compressed) => {
        const whole = Buffer.concat(chunks);
        const travelling = compressed ? gzipSync(whole) : whole;
        const cut = Math.floor(travelling.length / 3);
        const parts = [travelling.subarray(0, cut), travelling.subarray(cut)];
        const body = await read(source(parts, compressed ? GZIP : {}));
        expect(Buffer.from(body.bytes)).toEqual(whole);
        expect(body.travelled).toBe(travelling.length);
      },
    ),
    { numRuns: 50 },
  );
});

test('a declared length over the limit is refused before a byte is read', async () => {
  const from = source([zeros(10)], { 'content-length': '4001' });
  await expect(read(from)).rejects.toMatchObject({ code: 'body_too_large' });
  expect(from.pulled).toBe(0);
});

test('a body without a length is read up to the limit and then cancelled', async () => {
  const from = source(Array.from({ length: 100 }, () => zeros(500)));
  await expect(read(from)).rejects.toMatchObject({ code: 'body_too_large' });
  expect(from.pulled).toBe(9);
  expect(from.cancelled).toBe(true);
});

test('a body of exactly the limit is taken, plain or compressed', async () => {
  expect((await read(source([zeros(4000)]))).bytes.length).toBe(4000);
  expect((await read(source([gzipSync(zeros(4000))], GZIP))).bytes.length).toBe(4000);
});

test('a compressed body has the lower limit while it travels and the higher one inflated', async () => {
  const noise = Uint8Array.from({ length: 1500 }, (_, n) => (n * 7919 * n) % 251);
  await expect(read(source([gzipSync(noise, { level: 0 })], GZIP))).rejects.toMatchObject({
    code: 'body_too_large',
  });
  await expect(read(source([gzipSync(zeros(4001))], GZIP))).rejects.toMatchObject({
    code: 'inflated_too_large',
  });
});

test('several gzip members are one body', async () => {
  const members = [gzipSync('one '), gzipSync('two')];
  expect(Buffer.from((await read(source(members, GZIP))).bytes).toString()).toBe('one two');
});

test('an empty body labelled gzip is an empty body, and so is none at all', async () => {
  expect((await read(source([], GZIP))).bytes.length).toBe(0);
  expect((await read({ headers: { get: () => null }, body: null })).bytes.length).toBe(0);
});

test.each([
  ['is not gzip', Uint8Array.of(1, 2, 3, 4)],
  ['is cut short', gzipSync('hello world').subarray(0, 15)],
  [
    'has a wrong checksum',
    gzipSync('hello').map((byte, at, all) => (at === all.length - 8 ? ~byte : byte)),
  ],
  ['is zlib', deflateSync('hello')],
])('a body labelled gzip that %s is refused', async (_, bytes) => {
  await expect(read(source([bytes], GZIP))).rejects.toMatchObject({ code: 'bad_gzip' });
});

test.each(['deflate', 'br', 'zstd', 'gzip, gzip'])(
  'the encoding %s is refused',
  async (encoding) => {
    await expect(read(source([], { 'content-encoding': encoding }))).rejects.toMatchObject({
      code: 'unsupported_encoding',
      message: expect.stringContaining(encoding),
    });
  },
);

test('encodings are read in any case', async () => {
  const upper = source([gzipSync('x')], { 'content-encoding': ' GZIP ' });
  expect(Buffer.from((await read(upper)).bytes).toString()).toBe('x');
  const plain = source([Buffer.from('y')], { 'content-encoding': 'Identity' });
  expect(Buffer.from((await read(plain)).bytes).toString()).toBe('y');
});

test('a sender that goes away leaves a refusal, not a body', async () => {
  await expect(read(source([zeros(10)], {}, 'break'))).rejects.toMatchObject({
    code: 'incomplete_body',
    message: expect.stringContaining('after 10 bytes'),
  });
});

test('what all bodies hold at once is bounded, inflated bytes too, and given back', async () => {
  const budget = new ByteBudget(5000);
  const [first, second] = [budget.hold(), budget.hold()];
  await read(source([zeros(3000)]), {}, first);
  await expect(read(source([zeros(3000)]), {}, second)).rejects.toMatchObject({
    code: 'receiver_busy',
  });
  await expect(read(source([gzipSync(zeros(3000))], GZIP), {}, second)).rejects.toMatchObject({
    code: 'receiver_busy',
  });
  first.release();
  second.release();
  first.release();
  expect(budget.used).toBe(0);
  await read(source([zeros(4000)]), {}, second);
  expect(budget.used).toBe(4000);
});

test('a larger body limit raises the bound on all bodies with it, unless that is given too', () => {
  expect(effectiveLimits()).toEqual(DEFAULT_LIMITS);
  const large = effectiveLimits({ maxInflatedBytes: 1e9 });
  expect(large.maxBytesInFlight).toBeGreaterThan(2e9);
  expect(effectiveLimits({ maxInflatedBytes: 1e9, maxBytesInFlight: 5 }).maxBytesInFlight).toBe(5);
});
