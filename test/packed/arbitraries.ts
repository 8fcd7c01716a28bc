import fc from 'fast-check';
import { INPUTS } from '../../src/model/input.ts';
import { REPORTERS, type RequestEvent } from '../../src/model/request-event.ts';
import { MAX_TIME_US } from '../../src/packed/columns.ts';
import type { Part, PartFrame } from '../../src/packed/message.ts';
import { PartBuilder, type PartBuilderOptions } from '../../src/packed/part-builder.ts';

const hex = (length: number) =>
  fc
    .array(fc.integer({ min: 0, max: 15 }), { minLength: length, maxLength: length })
    .map((digits) => digits.map((digit) => digit.toString(16)).join(''));

/** Names as meshes have them, and names nobody should have: empty, a byte order mark, astral, quotes. */
const name = fc.oneof(
  fc.constantFrom('reviews.default', 'ratings.default', '10.0.0.1:9080', 'v1'),
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.constantFrom('', '\ufeffmark', 'Zürich.東京', '🦊', '"\u0000\n'),
);
const maybeName = fc.option(name, { nil: null });

const time = fc.oneof(
  fc.integer({ min: 0, max: MAX_TIME_US }),
  fc.constantFrom(0, 1, 127, 128, 2 ** 31, 2 ** 32, MAX_TIME_US - 1, MAX_TIME_US),
);

export const event: fc.Arbitrary<RequestEvent> = fc.record({
  endUs: time,
  durationUs: fc.option(time, { nil: null }),
  code: fc.oneof(fc.constantFrom(0, 200, 503, 0xffff), fc.integer({ min: 0, max: 0xffff })),
  grpcStatus: fc.option(fc.integer({ min: 0, max: 127 }), { nil: null }),
  flags: fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0x7fffffff })),
  details: maybeName,
  reporter: fc.constantFrom(...REPORTERS),
  source: maybeName,
  destination: maybeName,
  cluster: maybeName,
  subset: maybeName,
  host: maybeName,
  mtls: fc.constantFrom(null, false, true),
  traits: fc.integer({ min: 0, max: 255 }),
  requestId: maybeName,
  traceId: fc.option(fc.oneof(hex(16), hex(32)), { nil: null }),
  span: fc.option(fc.record({ id: hex(16), shared: fc.boolean() }), { nil: null }),
});

const counts = fc.dictionary(
  fc.constantFrom('malformed_json', 'client_span', '__proto__', ''),
  fc.integer({ min: 0, max: 0xffffffff }),
);

const frame: fc.Arbitrary<Omit<PartFrame, 'events'>> = fc.record({
  bodyId: hex(32),
  chunk: fc.integer({ min: 0, max: 0xffffffff }),
  provider: name,
  input: fc.constantFrom(...INPUTS),
  receivedAt: fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
  deadLetters: counts,
  notRequests: counts,
});

const options: fc.Arbitrary<Required<PartBuilderOptions>> = fc.record({
  spans: fc.boolean(),
  fingerprints: fc.boolean(),
  cluster: maybeName,
});

export const rows = fc.array(
  fc.tuple(event, fc.option(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), { nil: null })),
  {
    maxLength: 20,
  },
);

export function builderOf(
  given: readonly (readonly [RequestEvent, bigint | null])[],
  chosen: PartBuilderOptions = {},
): PartBuilder {
  const builder = new PartBuilder(chosen);
  for (const [each, fingerprint] of given) builder.add(each, fingerprint);
  return builder;
}

export const part: fc.Arbitrary<Part> = fc
  .tuple(frame, rows, options)
  .map(([outer, given, chosen]) => partOf(builderOf(given, chosen), outer));

export const parts = fc.array(part, { minLength: 1, maxLength: 3 });

export function partOf(builder: PartBuilder, outer: Partial<PartFrame> = {}): Part {
  const columns = builder.columns();
  const whole: PartFrame = {
    bodyId: '00112233445566778899aabbccddeeff',
    chunk: 0,
    provider: 'mesh',
    input: 'access_logs',
    receivedAt: 1_700_000_000_000,
    deadLetters: {},
    notRequests: {},
    ...outer,
    events: columns.count,
  };
  return { frame: whole, columns };
}

/** An ordinary request, with what a test cares for replaced. */
export function eventWith(changes: Partial<RequestEvent> = {}): RequestEvent {
  return {
    endUs: 1_700_000_000_000_000,
    durationUs: 12_000,
    code: 200,
    grpcStatus: null,
    flags: 0,
    details: 'via_upstream',
    reporter: 'source',
    source: 'productpage.default',
    destination: 'reviews.default',
    cluster: null,
    subset: 'v1',
    host: '10.0.0.1:9080',
    mtls: null,
    traits: 0,
    requestId: null,
    traceId: null,
    span: null,
    ...changes,
  };
}
