import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UnreadableBody } from '../../../src/receive/formats/records.ts';
import { readZipkinJson, scanZipkinJson } from '../../../src/receive/formats/zipkin-json.ts';
import { readZipkinJsonPlain } from '../../../src/receive/formats/zipkin-json-plain.ts';
import { collect } from './collect.ts';
import { changed, changes, oddBody, ordinaryBody } from './zipkin-bodies.ts';

const utf8 = new TextEncoder();
const bytesOf = (body: string) => utf8.encode(body);

/** What a reader makes of a body: every record in order, or its refusal. */
function answer(read: typeof readZipkinJson, body: Uint8Array) {
  try {
    return { records: collect(read, body).outcomes };
  } catch (error) {
    if (!(error instanceof UnreadableBody)) throw error;
    return { refusal: error.message };
  }
}

const isFast = (body: Uint8Array) => scanZipkinJson(body, NOWHERE);
const NOWHERE = { event() {}, notARequest() {}, deadLetter() {} };

function expectSame(body: Uint8Array): void {
  expect(answer(readZipkinJson, body)).toEqual(answer(readZipkinJsonPlain, body));
}

describe('the byte scanner with its fallback', () => {
  it('says of every ordinary body what the plain reader says, and reads it itself', () => {
    fc.assert(
      fc.property(ordinaryBody, (text) => {
        const body = bytesOf(text);
        expectSame(body);
        expect(isFast(body)).toBe(true);
      }),
      { numRuns: 600 },
    );
  });

  it('says of every odd body what the plain reader says', () => {
    fc.assert(
      fc.property(oddBody, (text) => expectSame(bytesOf(text))),
      { numRuns: 600 },
    );
  });

  it.each([
    ['an ordinary', ordinaryBody],
    ['an odd', oddBody],
  ])('says of %s body that was damaged what the plain reader says', (_what, bodies) => {
    fc.assert(
      fc.property(bodies, changes, (text, all) => expectSame(changed(bytesOf(text), all))),
      { numRuns: 600 },
    );
  });
});
