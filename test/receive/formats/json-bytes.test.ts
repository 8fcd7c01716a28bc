import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonBytes, Unsure } from '../../../src/receive/formats/json-bytes.ts';
import { changed, changes, spelled } from './zipkin-bodies.ts';

const utf8 = new TextEncoder();
const lenient = new TextDecoder('utf-8', { ignoreBOM: true });

function loaded(body: Uint8Array): JsonBytes {
  const json = new JsonBytes();
  json.load(body);
  return json;
}

/** Whether the walk takes the whole body for one value. */
function isValue(body: Uint8Array): boolean {
  const json = loaded(body);
  try {
    return json.pastSpace(json.pastValue(json.pastSpace(0))) === body.length;
  } catch (error) {
    expect(error).toBeInstanceOf(Unsure);
    return false;
  }
}

function isJson(body: Uint8Array): boolean {
  try {
    JSON.parse(lenient.decode(body));
    return true;
  } catch {
    return false;
  }
}

describe('a value', () => {
  it('is passed when it is JSON', () => {
    fc.assert(
      fc.property(fc.json({ maxDepth: 8, noUnicodeString: false }), fc.nat(3), (text, indent) => {
        expect(isValue(utf8.encode(text))).toBe(true);
        expect(isValue(utf8.encode(JSON.stringify(JSON.parse(text), null, indent)))).toBe(true);
      }),
    );
  });

  it('is never passed when it is none', () => {
    let none = 0;
    fc.assert(
      fc.property(fc.json({ maxDepth: 4 }), changes, (text, all) => {
        const body = changed(utf8.encode(text), all);
        if (isJson(body)) return;
        none += 1;
        expect(isValue(body)).toBe(false);
      }),
      { numRuns: 2000 },
    );
    expect(none).toBeGreaterThan(500);
  });

  it.each(['', '01', '-', '1.', '.5', '1e', '1e+', '+1', 'nul', 'nulll', 'tru', 'NaN', "'x'"])(
    '%j is none',
    (text) => expect(isValue(utf8.encode(text))).toBe(false),
  );
  it.each([
    '"',
    '"\\',
    '"\\u',
    '"\\u00',
    '"\\u00g0"',
    '"\\x"',
    '"a\u0001"',
    '"\n"',
    '[1,]',
    '{"a":}',
  ])('%j is none either', (text) => expect(isValue(utf8.encode(text))).toBe(false));

  it('counts the lists and objects in it', () => {
    const json = loaded(utf8.encode('[{"a":[]},[[1]],{},"[{"]'));
    json.pastValue(0);
    expect(json.containers).toBe(6);
  });
});

describe('a string', () => {
  it('ends where it ends, at any offset, and has the text that JSON.parse reads', () => {
    const text = fc.string({ unit: 'binary', maxLength: 30 }).chain(spelled);
    fc.assert(
      fc.property(fc.nat(9), text, fc.nat(9), (before, quoted, after) => {
        const body = utf8.encode(`${' '.repeat(before)}${quoted}${','.repeat(after)}`);
        const json = loaded(body);
        const end = json.endOfString(before + 1);
        expect(end).toBe(body.length - after - 1);
        expect(json.text(before + 1, end)).toBe(JSON.parse(quoted));
      }),
    );
  });

  it('with invalid UTF-8 loses only those bytes, and keeps a mark at its beginning', () => {
    const body = Uint8Array.of(0x22, 0xef, 0xbb, 0xbf, 0x61, 0xff, 0x62, 0xe2, 0x82, 0x22);
    const json = loaded(body);
    expect(json.endOfString(1)).toBe(9);
    expect(json.text(1, 9)).toBe('\ufeffa\ufffdb\ufffd');
  });
});

describe('a whole number', () => {
  it.each(['0', '7', '1700000000000000', '9007199254740991', '9007199254740990'])('%s', (text) => {
    const json = loaded(utf8.encode(`${text},`));
    expect(json.pastWhole(0)).toBe(text.length);
    expect(json.whole).toBe(Number(text));
  });

  it.each(['', '01', '00', '-1', '9007199254740992', '9007199254740993', '99999999999999999'])(
    '%j is left to another reader',
    (text) => expect(() => loaded(utf8.encode(text)).pastWhole(0)).toThrow(Unsure),
  );

  it('is as exact as any, wherever it lies below 2^53', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (number) => {
        const json = loaded(utf8.encode(String(number)));
        json.pastWhole(0);
        expect(json.whole).toBe(number);
      }),
    );
  });
});
