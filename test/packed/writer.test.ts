import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Reader } from '../../src/packed/reader.ts';
import { Writer } from '../../src/packed/writer.ts';

const utf8 = new TextEncoder();

/** A message of one string. */
function write(writer: Writer, text: string): Uint8Array {
  writer.begin();
  writer.string(1, text);
  return writer.finish();
}

function read(message: Uint8Array): Uint8Array {
  const reader = new Reader(message);
  expect(reader.next()).toBe(true);
  const start = reader.delimited('it');
  expect(reader.at).toBe(message.length);
  return message.slice(start, reader.at);
}

const text = fc.oneof(
  // Lone surrogates among them.
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.array(fc.constantFrom('a', 'é', '東', '🦊', '\ud800', '\udc00')).map((all) => all.join('')),
  fc.nat({ max: 40_000 }).map((length) => 'x'.repeat(length)),
  fc.nat({ max: 6_000 }).map((length) => '東'.repeat(length)),
);

test('texts are written as UTF-8, with U+FFFD for what is none, however long their length gets', () => {
  const writer = new Writer();
  fc.assert(
    fc.property(text, (given) => {
      expect(same(read(write(writer, given)), utf8.encode(given))).toBe(true);
    }),
  );
});

test('a field is the same whatever length was expected of it', () => {
  const size = fc.constantFrom(0, 1, 127, 128, 300, 16_383, 16_384, 70_000);
  const writer = new Writer();
  fc.assert(
    fc.property(size, size, (length, expected) => {
      const content = Uint8Array.from({ length }, (_, i) => i);
      writer.begin();
      const outer = writer.open(2, expected);
      writer.delimited(1, content);
      writer.close(outer, expected);
      const message = writer.finish();
      const inner = Uint8Array.of(0x0a, ...prefix(length), ...content);
      expect(same(message, Uint8Array.of(0x12, ...prefix(inner.length), ...inner))).toBe(true);
    }),
  );
});

/** Thousands of bytes: to look at them one by one, as `toEqual` does, takes seconds. */
const same = (a: Uint8Array, b: Uint8Array) => Buffer.compare(a, b) === 0;

function prefix(length: number): number[] {
  return length < 128 ? [length] : [(length & 127) | 128, ...prefix(length >> 7)];
}

describe('a message that was finished', () => {
  test('stays as it is while others are written, large ones among them, finished or not', () => {
    const writer = new Writer();
    const texts = Array.from({ length: 400 }, (_, i) =>
      `${i}`.repeat(i % 50 === 0 ? 9_000 : (i * 37) % 700),
    );
    const messages = texts.map((each, i) => {
      const message = write(writer, each);
      writer.begin();
      writer.string(2, 'given up '.repeat(i));
      return message;
    });
    expect(messages.map((message) => new TextDecoder().decode(read(message)))).toEqual(texts);
  });

  test('keeps little memory alive that is not its own', () => {
    const writer = new Writer();
    write(writer, 'x'.repeat(3_000_000));
    for (let length = 0; length < 4_000; length += 50) {
      expect(write(writer, 'x'.repeat(length)).buffer.byteLength).toBeLessThanOrEqual(16_384);
    }
  });
});
