import { describe, expect, it } from 'vitest';
import { UnreadableBody } from '../../../src/receive/formats/records.ts';
import { readZipkinJson } from '../../../src/receive/formats/zipkin-json.ts';
import { readZipkinJsonPlain } from '../../../src/receive/formats/zipkin-json-plain.ts';
import { ZipkinScanner } from '../../../src/receive/formats/zipkin-scan.ts';
import type { Reader } from '../../../src/receive/ingest.ts';
import { expectSame } from '../../same.ts';
import { collect } from './collect.ts';
import { SENDERS } from './zipkin-senders.ts';

const utf8 = new TextEncoder();
const bodyOf = (spans: readonly string[]) => utf8.encode(`[${spans.join(',')}]`);

function answer(read: Reader, body: Uint8Array) {
  try {
    return collect(read, body).outcomes;
  } catch (error) {
    if (!(error instanceof UnreadableBody)) throw error;
    return error.message;
  }
}

/** A scanner's answer must be the plain reader's; returns how many spans it read by comparing. */
function compared(scanner: ZipkinScanner, body: Uint8Array): number {
  const before = scanner.compared;
  const scan: Reader = (bytes, out) => expect(scanner.read(bytes, out)).toBe(true);
  expectSame(answer(scan, body), answer(readZipkinJsonPlain, body));
  return scanner.compared - before;
}

describe.each(SENDERS)('spans of $name', ({ span }) => {
  it('are compared with one of the same shape, all but the first of each', () => {
    const scanner = new ZipkinScanner();
    compared(scanner, bodyOf(Array.from({ length: 60 }, (_, i) => span(i))));
    const later = Array.from({ length: 200 }, (_, i) => span(i + 60));
    expect(compared(scanner, bodyOf(later))).toBe(200);
  });

  it('say what they say with any value in place of any other', () => {
    const scanner = new ZipkinScanner();
    const first = span(24);
    // Each string and number, not names: what a colon, a comma or a bracket stands before.
    for (const match of first.matchAll(/([:[,] ?)("(?:[^"\\]|\\.)*"|\d+)(?= ?[,}\]])/g)) {
      const from = match.index + match[1]!.length;
      const text = match[2]!;
      for (const value of valuesLike(text)) {
        const changed = first.slice(0, from) + value + first.slice(from + text.length);
        const body = bodyOf([first, changed, first, changed]);
        const twice: Reader = (bytes, out) => {
          if (!scanner.read(bytes, out)) readZipkinJsonPlain(bytes, out);
        };
        expectSame(answer(twice, body), answer(readZipkinJsonPlain, body), changed);
      }
    }
  });

  it('are what the plain reader takes them for with any byte changed, cut out or put in', () => {
    const first = span(16);
    const offset = bodyOf([first, '']).length - 1;
    const body = bodyOf([first, span(32), first]);
    for (let at = offset; at < offset + span(32).length; at += 1) {
      for (const byte of [0x00, 0x22, 0x2c, 0x30, 0x3a, 0x5c, 0x7d, 0x80, 0xff, body[at]! ^ 0x20]) {
        const changed = body.slice();
        changed[at] = byte;
        expectSame(answer(readZipkinJson, changed), answer(readZipkinJsonPlain, changed));
      }
      const cut = Uint8Array.from([...body.subarray(0, at), ...body.subarray(at + 1)]);
      expectSame(answer(readZipkinJson, cut), answer(readZipkinJsonPlain, cut));
      const longer = Uint8Array.from([...body.subarray(0, at), 0x31, ...body.subarray(at)]);
      expectSame(answer(readZipkinJson, longer), answer(readZipkinJsonPlain, longer));
    }
  });
});

function valuesLike(text: string): string[] {
  if (!text.startsWith('"')) return ['0', '7', `${text}1`, text.slice(0, 1), 'null', `${text}.5`];
  const inner = text.slice(1, -1);
  return [
    '""',
    '"0"',
    '"-"',
    '"\\u0066alse"',
    '"größer"',
    `"${inner}a"`,
    `"a${inner}"`,
    `"${inner.slice(0, -1)}"`,
    `"${inner}\\""`,
    `"${inner}\\\\"`,
    'null',
  ];
}

describe('shapes', () => {
  const [envoy, brave] = SENDERS;
  const ofServer = (name: string, i: number) => envoy!.span(2 * i).replace(/reviews-\d/g, name);

  it('take the newest values, again and again', () => {
    const scanner = new ZipkinScanner();
    compared(scanner, bodyOf([ofServer('a', 0)]));
    for (let server = 0; server < 50; server += 1) {
      const spans = Array.from({ length: 5 }, (_, i) =>
        ofServer(`s${server}`, i)
          .replace('10.0.0.9"', `10.0.${server}.9"`)
          .replaceAll('books', `books${'s'.repeat(server)}`)
          .replace('Mozilla', `Agent${server}`)
          .replace('"v2"', `"v${server}"`),
      );
      expect(compared(scanner, bodyOf(spans))).toBe(5);
    }
  });

  it('are found behind others', () => {
    const scanner = new ZipkinScanner();
    const mixed = (from: number) =>
      bodyOf(
        Array.from({ length: 100 }, (_, i) => (i % 3 === 0 ? brave! : envoy!).span(from + i * i)),
      );
    for (let body = 0; body < 5; body += 1) compared(scanner, mixed(body));
    expect(compared(scanner, mixed(5))).toBeGreaterThan(90);
  });

  it('of any number are told apart', () => {
    const scanner = new ZipkinScanner();
    for (let body = 0; body < 40; body += 1) {
      const spans = Array.from({ length: 50 }, (_, i) => {
        const span = JSON.parse(envoy!.span(2 * i));
        const tags = Object.entries<string>(span.tags);
        const some = tags.filter((_tag, j) => ((i * 7 + body * 13) >> (j % 5)) % 2 === 0);
        return JSON.stringify({ ...span, tags: Object.fromEntries(some) });
      });
      compared(scanner, bodyOf(spans));
    }
    expect(scanner.compared).toBeGreaterThan(0);
  });

  it('are learned anew behind senders who never repeat themselves', () => {
    const scanner = new ZipkinScanner();
    for (let body = 0; body < 100; body += 1) {
      const spans = Array.from({ length: 20 }, (_, i) =>
        envoy!.span(2 * i).replace('{', `{"x${body}-${i}":1,`),
      );
      expect(compared(scanner, bodyOf(spans))).toBe(0);
    }
    const honest = (from: number) =>
      bodyOf(Array.from({ length: 100 }, (_, i) => brave!.span(from + i)));
    compared(scanner, honest(0));
    compared(scanner, honest(100));
    expect(compared(scanner, honest(200))).toBeGreaterThan(90);
  });

  it('hold no more lists together than a body may', () => {
    const scanner = new ZipkinScanner();
    const dense = `{"traceId":"1","id":"1","x":[${'[],'.repeat(60)}[]]}`;
    const body = bodyOf(Array.from({ length: 40 }, () => dense));
    compared(scanner, bodyOf([dense, dense]));
    expect(answer(readZipkinJsonPlain, body)).toContain('Malformed');
    expect(scanner.read(body, { event() {}, notARequest() {}, deadLetter() {} })).toBe(false);
  });

  it('are not made of spans that are too long', () => {
    const scanner = new ZipkinScanner();
    const long = envoy!.span(2).replace('"proxy"', `"${'p'.repeat(5000)}"`);
    const many = envoy!
      .span(2)
      .replace(
        '"component"',
        `${Array.from({ length: 70 }, (_, i) => `"t${i}":"",`).join('')}"component"`,
      );
    expect(compared(scanner, bodyOf([long, long, many, many]))).toBe(0);
  });
});
