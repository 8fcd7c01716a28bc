import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { PermanentError } from '../../src/model/errors.ts';
import { DEFAULT_POLICY } from '../../src/model/policy.ts';
import {
  decodeFrames,
  decodeMessage,
  encodeParts,
  encodePolicy,
  encodeTick,
  UndecodableMessage,
} from '../../src/packed/codec.ts';
import { MAX_TIME_US } from '../../src/packed/columns.ts';
import type { Message, Part } from '../../src/packed/message.ts';
import { PartBuilder } from '../../src/packed/part-builder.ts';
import { builderOf, eventWith, partOf, parts } from './arbitraries.ts';
import { Fields } from './fields.ts';

const roundTrip = (given: readonly Part[]) => decodeMessage(encodeParts(given));

describe('what was encoded comes back equal:', () => {
  test('any parts', () => {
    fc.assert(
      fc.property(parts, (given) => {
        expect(roundTrip(given)).toEqual({ kind: 'parts', parts: given });
      }),
    );
  });

  test('a part without events, which carries the counts of its body', () => {
    const part = partOf(new PartBuilder({ spans: true, fingerprints: true }), {
      deadLetters: { malformed_json: 3, bad_timestamp: 1 },
      notRequests: { client_span: 2 },
    });
    expect(roundTrip([part])).toEqual({ kind: 'parts', parts: [part] });
  });

  test('5 000 events with 10 000 distinct strings', () => {
    const builder = new PartBuilder({ fingerprints: true });
    for (let i = 0; i < 5000; i++) {
      const event = eventWith({
        endUs: 1_700_000_000_000_000 + (i % 2 === 0 ? i : -i) * 1000,
        source: `caller-${i}`,
        host: `10.1.${i >> 8}.${i & 255}:80`,
        requestId: `r${i}`,
      });
      builder.add(event, BigInt(i) << 40n);
    }
    const part = partOf(builder);
    expect(part.columns.dictionary.length).toBeGreaterThan(10_000);
    expect(roundTrip([part])).toEqual({ kind: 'parts', parts: [part] });
  });

  test('times at both ends of their range, next to each other', () => {
    const times = [0, MAX_TIME_US, 0, 1, MAX_TIME_US - 1];
    const part = partOf(
      builderOf(times.map((us) => [eventWith({ endUs: us, durationUs: us }), null])),
    );
    expect(roundTrip([part])).toEqual({ kind: 'parts', parts: [part] });
    expect([...part.columns.endUs]).toEqual(times);
  });

  test('events of which nothing is known', () => {
    const nothing = eventWith({
      endUs: 0,
      durationUs: null,
      code: 0,
      details: null,
      source: null,
      destination: null,
      subset: null,
      host: null,
    });
    const part = partOf(
      builderOf([
        [nothing, null],
        [nothing, null],
      ]),
    );
    expect(roundTrip([part])).toEqual({ kind: 'parts', parts: [part] });
  });

  test('a tick', () => {
    expect(decodeMessage(encodeTick())).toEqual({ kind: 'tick' });
    expect(decodeFrames(encodeTick())).toEqual([]);
  });

  test('a policy', () => {
    const policy = structuredClone(DEFAULT_POLICY);
    policy.breaker.slowCallDurationMs = 250;
    expect(decodeMessage(encodePolicy(policy))).toEqual({ kind: 'policy', policy });
    expect(decodeFrames(encodePolicy(policy))).toEqual([]);
  });
});

describe('a policy of another day', () => {
  const decodeJson = (json: string) => {
    const writer = new Fields();
    writer.nested(3, () => writer.string(1, json));
    return decodeMessage(writer.finish());
  };

  test('has the default for a parameter that came later, and keeps one that this release does not know', () => {
    const { waitSeconds: _, ...breaker } = DEFAULT_POLICY.breaker;
    expect(decodeJson(JSON.stringify({ breaker: { ...breaker, jitter: 0.5 } }))).toEqual({
      kind: 'policy',
      policy: { ...DEFAULT_POLICY, breaker: { ...DEFAULT_POLICY.breaker, jitter: 0.5 } },
    });
  });

  test.each([
    ['not JSON', 'policy: '],
    ['null', 'policy is an object, found null'],
    ['{"breaker":[]}', 'policy.breaker is an object, found []'],
    ['{"breaker":{"waitSeconds":"30"}}', 'policy.breaker.waitSeconds is a number, found "30"'],
    [
      '{"breaker":{"slowCallDurationMs":true}}',
      'slowCallDurationMs is a number or null, found true',
    ],
    ['{"breaker":{"waitSeconds":1e999}}', 'policy.breaker.waitSeconds is a finite number'],
  ])('that reads %j is refused', (json, message) => {
    expect(() => decodeJson(json)).toThrow(UndecodableMessage);
    expect(() => decodeJson(json)).toThrow(message);
  });
});

/** The message, or the UndecodableMessage; anything else thrown fails the test. */
function attempt<T>(decode: (value: Uint8Array) => T, value: Uint8Array): T | UndecodableMessage {
  try {
    return decode(value);
  } catch (error) {
    expect(error).toBeInstanceOf(UndecodableMessage);
    return error as UndecodableMessage;
  }
}

/** Bytes of columns and strings that a decoded message holds. */
function memoryOf(message: Message): number {
  if (message.kind !== 'parts') return 0;
  return message.parts
    .flatMap(({ columns }) => [...Object.values(columns), ...Object.values(columns.spans ?? {})])
    .reduce((sum, column) => sum + (ArrayBuffer.isView(column) ? column.byteLength : 0), 0);
}

describe('damaged bytes', () => {
  const value = fc.oneof(
    parts.map(encodeParts),
    fc.constant(encodeTick()),
    fc.constant(encodePolicy(DEFAULT_POLICY)),
  );
  const judge = (damaged: Uint8Array) => {
    attempt(decodeFrames, damaged);
    const message = attempt(decodeMessage, damaged);
    const without = attempt((bytes) => decodeMessage(bytes, { samples: false }), damaged);
    expect(without instanceof UndecodableMessage).toBe(message instanceof UndecodableMessage);
    if (message instanceof UndecodableMessage) return;
    expect(memoryOf(message)).toBeLessThanOrEqual(80 * damaged.length);
    if (message.kind !== 'parts') return;
    for (const { frame, columns } of message.parts) {
      expect(columns.count).toBe(frame.events);
      const { fingerprintWords, spans, ...rows } = columns;
      const ofEachRow = { ...rows, shared: spans?.shared };
      for (const column of Object.values(ofEachRow)) {
        if (ArrayBuffer.isView(column)) expect(column).toHaveLength(frame.events);
      }
      for (const words of [fingerprintWords, spans?.traceIdWords, spans?.idWords]) {
        if (words) expect(words).toHaveLength(2 * frame.events);
      }
      for (const name of [
        'details',
        'source',
        'destination',
        'cluster',
        'subset',
        'host',
      ] as const) {
        expect(Math.max(0, ...columns[name])).toBeLessThan(columns.dictionary.length);
      }
      for (const { row } of columns.samples) expect(row).toBeLessThan(columns.count);
    }
  };

  test('decode to something consistent or throw UndecodableMessage, nothing else', () => {
    const change = fc.tuple(fc.nat(), fc.nat({ max: 255 }));
    fc.assert(
      fc.property(value, fc.array(change, { minLength: 1, maxLength: 4 }), (bytes, changes) => {
        const damaged = bytes.slice();
        for (const [at, byte] of changes) damaged[at % damaged.length] = byte;
        judge(damaged);
      }),
      { numRuns: 2000 },
    );
  });

  test('cut short anywhere decode to something consistent or throw UndecodableMessage', () => {
    fc.assert(
      fc.property(value, fc.nat(), (bytes, length) => judge(bytes.slice(0, length % bytes.length))),
      { numRuns: 500 },
    );
  });

  test('of any kind decode to something consistent or throw UndecodableMessage', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), judge), { numRuns: 2000 });
  });

  test('are a permanent error: reading again will not help', () => {
    expect(attempt(decodeMessage, new Uint8Array(0))).toBeInstanceOf(PermanentError);
  });
});

/** A record of one part: an ordinary frame with `fields` written after it (the last one of a field wins). */
function recordWith(fields: (writer: Fields) => void): Uint8Array {
  const writer = new Fields();
  writer.nested(1, () => {
    writer.bytes(1, new Uint8Array(16));
    writer.string(3, 'mesh');
    writer.uint(4, 1);
    writer.uint(9, 1);
    fields(writer);
  });
  return writer.finish();
}

const columnsOf = (events: number, columns: (writer: Fields) => void) =>
  recordWith((writer) => {
    writer.uint(6, events);
    writer.nested(10, () => columns(writer));
  });

/** A column of one-byte values. */
const bytes = (...values: number[]) => Uint8Array.from(values);

describe('a record is refused with what was found:', () => {
  test.each<[string, Uint8Array, string]>([
    ['nothing in it', new Uint8Array(0), 'parts, a tick or a policy, found none'],
    [
      'a tick and a policy',
      Uint8Array.of(...encodeTick(), ...encodePolicy(DEFAULT_POLICY)),
      'found tick and policy',
    ],
    ['no body id', Uint8Array.of(0x0a, 0x02, 0x20, 0x01), 'without body_id'],
    ['a short body id', recordWith((w) => w.bytes(1, bytes(1, 2))), 'body_id is 16 bytes, found 2'],
    ['an input of a later release', recordWith((w) => w.uint(4, 9)), 'input 9 is not known'],
    [
      'four billion events in a few bytes',
      columnsOf(0xffffffff, (w) => w.bytes(3, bytes(0))),
      '4294967295 events announced, end_delta_us has 1 bytes',
    ],
    [
      'a column shorter than the events',
      columnsOf(2, (w) => {
        w.bytes(3, bytes(0, 0));
        w.bytes(5, bytes(1));
      }),
      'code: the bytes end',
    ],
    [
      'a column longer than the events',
      columnsOf(1, (w) => {
        w.bytes(3, bytes(0));
        w.bytes(5, bytes(1, 1));
      }),
      'code: more values than the 1 events',
    ],
    ['more ends than events', columnsOf(1, (w) => w.bytes(3, bytes(0, 0))), 'end_delta_us: more'],
    ['an end before 1970', columnsOf(1, (w) => w.bytes(3, bytes(1))), 'found -1 in row 0'],
    [
      'an index past the dictionary',
      columnsOf(1, (w) => {
        w.string(1, 'only');
        w.bytes(3, bytes(0));
        w.bytes(13, bytes(2));
      }),
      'destination: at most 1, found 2',
    ],
    [
      'a reporter that is none',
      columnsOf(1, (w) => {
        w.bytes(3, bytes(0));
        w.bytes(8, bytes(3));
      }),
      'reporter: at most 2, found 3',
    ],
    [
      'a column in two pieces',
      columnsOf(2, (w) => {
        w.bytes(3, bytes(0));
        w.bytes(3, bytes(0));
      }),
      'column 3 is not in one piece',
    ],
    [
      'fingerprints of another number',
      columnsOf(2, (w) => {
        w.bytes(3, bytes(0, 0));
        w.bytes(17, new Uint8Array(8));
      }),
      'fingerprint: 8 bytes for 2 events',
    ],
    [
      'a sample of a row that is not there',
      columnsOf(1, (w) => {
        w.bytes(3, bytes(0));
        w.nested(19, () => w.uint(1, 1));
      }),
      'a sample of row 1 among 1 events',
    ],
    [
      'a string that is not UTF-8',
      recordWith((w) => w.bytes(3, bytes(0xff))),
      'provider: not UTF-8',
    ],
    ['a length past the end', Uint8Array.of(0x0a, 0x7f), '127 bytes announced, 0 left'],
    ['a number without end', Uint8Array.from({ length: 20 }, () => 0xff), 'more than 10 bytes'],
    ['a group, which proto3 has not', Uint8Array.of(0x23), 'wire type 3 is not known'],
  ])('%s', (_, value, message) => {
    expect(attempt(decodeMessage, value)).toMatchObject({
      name: 'UndecodableMessage',
      message: expect.stringContaining(message),
    });
  });
});

describe('a record of a later release', () => {
  const part = partOf(
    builderOf([
      [eventWith(), null],
      [eventWith(), null],
    ]),
    {
      deadLetters: { malformed_json: 1 },
    },
  );

  test('with columns of a later version still has a frame to account by', () => {
    const later = recordWith((writer) => {
      writer.uint(6, 41);
      writer.uint(9, 2);
      writer.bytes(10, bytes(0xff, 0xff));
    });
    expect(decodeFrames(later)).toMatchObject([{ provider: 'mesh', events: 41 }]);
    expect(attempt(decodeMessage, later)).toMatchObject({
      message: 'columns of version 2; this release reads version 1',
    });
  });

  test('with fields that this one does not know reads as if they were not there', () => {
    const unknown = (writer: Fields) => {
      writer.uint(100, 7);
      writer.string(101, 'later');
    };
    const writer = new Fields();
    unknown(writer);
    const known = encodeParts([part]);
    const record = Uint8Array.of(...writer.finish(), ...known, ...writer.finish());
    expect(decodeMessage(record)).toEqual({ kind: 'parts', parts: [part] });
    const inside = columnsOf(1, (columns) => {
      unknown(columns);
      columns.bytes(3, bytes(0));
      columns.nested(18, () => unknown(columns));
      columns.nested(19, () => unknown(columns));
    });
    expect(decodeMessage(inside)).toMatchObject({ parts: [{ columns: { count: 1 } }] });
  });
});

describe('what cannot be encoded is refused:', () => {
  const part = partOf(builderOf([[eventWith(), null]]));

  test('no parts', () => {
    expect(() => encodeParts([])).toThrow(RangeError);
  });

  test('a frame that does not agree with its columns', () => {
    const wrong = { ...part, frame: { ...part.frame, events: 2 } };
    expect(() => encodeParts([wrong])).toThrow('says 2 events, the columns have 1');
  });

  test('a policy that JSON cannot carry', () => {
    const policy = structuredClone(DEFAULT_POLICY);
    policy.breaker.waitSeconds = Number.POSITIVE_INFINITY;
    expect(() => encodePolicy(policy)).toThrow(
      'policy.breaker.waitSeconds is a number, found null',
    );
  });

  test('a body id that is no hash', () => {
    const wrong = { ...part, frame: { ...part.frame, bodyId: 'XYZ' } };
    expect(() => encodeParts([wrong])).toThrow('32 lower-hex characters, found "XYZ"');
  });

  test('an end that cannot come back', () => {
    const wrong = { ...part, columns: { ...part.columns, endUs: Float64Array.of(2 ** 53) } };
    expect(() => encodeParts([wrong])).toThrow('an end is a whole number');
  });
});
