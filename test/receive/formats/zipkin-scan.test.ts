import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BodyParts } from '../../../src/receive/body-parts.ts';
import { type Records, UnreadableBody } from '../../../src/receive/formats/records.ts';
import { readZipkinJson, scanZipkinJson } from '../../../src/receive/formats/zipkin-json.ts';
import { readZipkinJsonPlain } from '../../../src/receive/formats/zipkin-json-plain.ts';
import { ZipkinScanner } from '../../../src/receive/formats/zipkin-scan.ts';
import { collect } from './collect.ts';
import { changed, changes, oddBody, ordinaryBody } from './zipkin-bodies.ts';
import { bodyOf, SENDERS } from './zipkin-senders.ts';

const utf8 = new TextEncoder();
const bytesOf = (body: string) => utf8.encode(body);
const [ENVOY] = SENDERS;

/** What a reader makes of a body: every record in order, or its refusal. */
function answer(read: typeof readZipkinJson, body: Uint8Array) {
  try {
    return { records: collect(read, body).outcomes };
  } catch (error) {
    if (!(error instanceof UnreadableBody)) throw error;
    return { refusal: error.message };
  }
}

function expectSame(body: Uint8Array): void {
  expect(answer(readZipkinJson, body)).toEqual(answer(readZipkinJsonPlain, body));
}

/** Whether the scanner reads the body itself. When it does not, nothing may be out. */
function isScanned(body: Uint8Array): boolean {
  let records = 0;
  const count = () => {
    records += 1;
  };
  const scanned = scanZipkinJson(body, { event: count, notARequest: count, deadLetter: count });
  if (!scanned) expect(records).toBe(0);
  return scanned;
}

function expectScannedAlike(body: Uint8Array): void {
  expectSame(body);
  expect(isScanned(body)).toBe(true);
}

function columnsOf(read: typeof readZipkinJson, body: Uint8Array) {
  const parts = new BodyParts(3, 10_000, { spans: true }, () => {});
  read(body, parts);
  return { columns: parts.columns(), notRequests: parts.notRequests, records: parts.records };
}

describe('the byte scanner with its fallback', () => {
  it('says of every ordinary body what the plain reader says, and reads it itself', () => {
    fc.assert(
      fc.property(ordinaryBody, (text) => expectScannedAlike(bytesOf(text))),
      { numRuns: 400 },
    );
  });

  it('says of every odd body what the plain reader says', () => {
    fc.assert(
      fc.property(oddBody, (text) => expectSame(bytesOf(text))),
      { numRuns: 400 },
    );
  });

  it.each([
    ['an ordinary', ordinaryBody],
    ['an odd', oddBody],
  ])('says of %s body that was damaged what the plain reader says', (_what, bodies) => {
    fc.assert(
      fc.property(bodies, changes, (text, all) => {
        const body = changed(bytesOf(text), all);
        expectSame(body);
        isScanned(body);
      }),
      { numRuns: 400 },
    );
  });

  it('makes the same parts, ids and samples included', () => {
    for (const sender of SENDERS) {
      const body = bytesOf(bodyOf(sender, 200));
      expect(columnsOf(readZipkinJson, body), sender.name).toEqual(
        columnsOf(readZipkinJsonPlain, body),
      );
    }
  });
});

describe('the scanner itself reads', () => {
  it.each(SENDERS)('what $name sends, whoever sent before', (sender) => {
    for (const other of SENDERS) {
      expectScannedAlike(bytesOf(bodyOf(other, 3)));
      expectScannedAlike(bytesOf(bodyOf(sender, 40)));
    }
  });

  it('bodies of several senders mixed', () => {
    const spans = Array.from({ length: 200 }, (_, i) => SENDERS[(i * i) % SENDERS.length]!.span(i));
    expectScannedAlike(bytesOf(`[${spans.join(',')}]`));
  });

  it('one body after another in the same memory', () => {
    const bodies = [1, 2, 3].map((from) => bytesOf(bodyOf(ENVOY!, 20, from)));
    const memory = new Uint8Array(Math.max(...bodies.map(({ length }) => length)));
    for (const body of [...bodies, ...bodies]) {
      memory.set(body);
      expectScannedAlike(memory.subarray(0, body.length));
    }
  });

  it('a body that begins anywhere in a larger buffer', () => {
    const body = bytesOf(bodyOf(ENVOY!, 3));
    for (let offset = 0; offset < 9; offset += 1) {
      const larger = new Uint8Array(body.length + 20).fill(0x22);
      larger.set(body, offset);
      expectScannedAlike(larger.subarray(offset, offset + body.length));
    }
  });

  it('large bodies and then small ones', () => {
    expectScannedAlike(bytesOf(bodyOf(ENVOY!, 2000)));
    expectScannedAlike(bytesOf(bodyOf(ENVOY!, 2)));
  });

  it('URLs that begin like others', () => {
    const urls = ['-shadow', '-shadowy', '', '-shadow:8', '-shadow:80', '-shadow:80x'].flatMap(
      (end) => ['/', '?', '#', '/a', ''].map((path) => `http://reviews${end}${path}`),
    );
    for (const order of [urls, urls.toReversed()]) {
      const spans = order.map((url) => ENVOY!.span(2).replace(/"http:[^"]*"/, JSON.stringify(url)));
      expectScannedAlike(bytesOf(`[${spans.join(',')}]`));
    }
  });

  it('ids of every length, with zeros before them', () => {
    const ids = Array.from(
      { length: 32 },
      (_, zeros) => `${'0'.repeat(zeros)}${'f'.repeat(32 - zeros)}`,
    );
    const spans = [
      ...ids,
      ...ids.map((id) => id.slice(0, 17).replace(/0+$/, '')).filter(Boolean),
    ].map((id, i) => ENVOY!.span(2 * i).replace(/"traceId":"[^"]*"/, `"traceId":"${id}"`));
    expectScannedAlike(bytesOf(`[${spans.join(',')}]`));
  });

  it.each([
    ['deep values that nobody reads', `{"x":${'['.repeat(10)}{"y":-1.5e+3}${']'.repeat(10)}}`],
    ['names that nobody knows, in any script', '{"\u00fc":"\u{1f600}","":{},"\uffff":null}'],
    ['numbers in every spelling', '[0,-0,1.5,1e5,1E-5,-1.25e+10,123456789012345678901234567890]'],
  ])('%s', (_what, value) => {
    expectScannedAlike(bytesOf(`[{"traceId":"1","unknown":${value},"id":"1"}]`));
  });
});

describe('the scanner leaves to the plain reader', () => {
  const span = (members: string) => `[{"traceId":"a","id":"b","kind":"SERVER",${members}}]`;
  it.each([
    ['nothing', ''],
    ['an empty list', '[]'],
    ['a byte order mark', `\ufeff${span('"name":"x"')}`],
    ['a name that comes twice', span('"name":"x","name":"y"')],
    ['a tag that comes twice', span('"tags":{"error":"a","error":"false"}')],
    ['an escaped name', span('"n\\u0061me":"x"')],
    ['an escaped kind', '[{"traceId":"a","id":"b","kind":"\\u0053ERVER"}]'],
    ['an exponent', span('"timestamp":1.7e15')],
    ['a number over 2^53', span('"timestamp":9007199254740993')],
    ['a negative number', span('"duration":-1')],
    ['a number as text', span('"timestamp":"1700000000000000"')],
    ['a number as a tag', span('"tags":{"http.status_code":200}')],
    ['an upper-case id', '[{"traceId":"A","id":"b"}]'],
    ['a raw control character', span('"name":"\u0001"')],
    ['a NUL behind the list', `${span('"name":"x"')}\u0000`],
    ['a tag longer than any name', span(`"tags":{"node_id":"${'x'.repeat(2000)}"}`)],
    ['the v1 format', span('"binaryAnnotations":[]')],
    ['values nested deep', span(`"x":${'['.repeat(20)}${']'.repeat(20)}`)],
    ['more lists than a body should have', span(`"x":[${'[],'.repeat(2000)}[]]`)],
  ])('%s', (_what, text) => {
    const body = bytesOf(text);
    expect(isScanned(body)).toBe(false);
    expectSame(body);
  });
});

describe('names without end', () => {
  const shuffled = (text: string, seed: number) => {
    const order = <T>(entries: T[]) => entries.sort((a, b) => rank(a, seed) - rank(b, seed));
    return JSON.stringify(
      (JSON.parse(text) as Record<string, unknown>[]).map((span) => {
        const tags = Object.fromEntries(order(Object.entries(span.tags as object)));
        return Object.fromEntries(order(Object.entries({ ...span, tags })));
      }),
    );
  };
  const rank = (entry: unknown, seed: number) => {
    let hash = seed;
    for (const char of JSON.stringify(entry)) hash = Math.imul(hash ^ char.charCodeAt(0), 16777619);
    return hash;
  };
  let unique = 0;
  /** Each span with a service, a version, a status and flags of its own. */
  const manyNames = (count: number) =>
    `[${Array.from({ length: count }, (_, i) => {
      unique += 1;
      return ENVOY!
        .span(2 * i)
        .replace(/reviews-(\d)/g, `reviews-$1-${unique}`)
        .replace('"v2"', `"v${unique % 977}"`)
        .replace(/"(200|503)"/, `"${100 + (unique % 499)}"`)
        .replace(/"(-|UF,URX)"/, unique % 3 === 0 ? '"UF"' : `"UF,F${unique % 97}"`);
    }).join(',')}]`;

  it('are read row by row as they are, in any order, body after body', () => {
    for (let body = 0; body < 60; body += 1) {
      expectScannedAlike(bytesOf(shuffled(manyNames(100), body)));
    }
  });

  it('are read row by row as they are, however often all names are forgotten', () => {
    // About 60 strings, and 20 spans with three new ones each.
    const scanner = new ZipkinScanner(128, 2 ** 15);
    const scan = (body: Uint8Array, out: Records) => expect(scanner.read(body, out)).toBe(true);
    for (let body = 0; body < 40; body += 1) {
      const bytes = bytesOf(manyNames(97));
      expect(answer(scan, bytes)).toEqual(answer(readZipkinJsonPlain, bytes));
    }
  });
});

describe('a receiver of records', () => {
  const body = bytesOf(bodyOf(ENVOY!, 10));
  const expected = collect(readZipkinJsonPlain, body).outcomes;

  it('may read another body meanwhile', () => {
    const other = bytesOf(bodyOf(SENDERS[1]!, 7));
    const destinations: (string | null)[] = [];
    const nested: number[] = [];
    readZipkinJson(body, {
      event: ({ destination }) => {
        nested.push(collect(readZipkinJson, other).outcomes.length);
        destinations.push(destination);
      },
      notARequest: () => {},
      deadLetter: () => {},
    });
    const events = expected.flatMap((outcome) => (outcome.is === 'event' ? [outcome.event] : []));
    expect(destinations).toEqual(events.map(({ destination }) => destination));
    expect(nested).toEqual(events.map(() => 7));
  });

  it('may throw, which is no reason to read the body again', () => {
    let calls = 0;
    const thrower: Records = {
      event: () => {
        calls += 1;
        throw new Error('too many');
      },
      notARequest: () => {},
      deadLetter: () => {},
    };
    expect(() => readZipkinJson(body, thrower)).toThrow('too many');
    expect(calls).toBe(1);
    expect(collect(readZipkinJson, body).outcomes).toEqual(expected);
  });

  it('may keep a copy of an event', () => {
    const copies: unknown[] = [];
    const keep: Records = {
      event: (event) => copies.push({ ...event }),
      notARequest: () => {},
      deadLetter: () => {},
    };
    readZipkinJson(body, keep);
    readZipkinJson(bytesOf(bodyOf(SENDERS[1]!, 7)), { ...keep, event: () => {} });
    expect(copies).toEqual(
      expected.flatMap((outcome) => (outcome.is === 'event' ? [outcome.event] : [])),
    );
  });
});
