import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { bodyId } from '../../src/receive/body-id.ts';

const plain = (provider: string, body: Uint8Array) =>
  createHash('sha256')
    .update(`${provider}\0zipkin_spans\0`)
    .update(body)
    .digest('hex')
    .slice(0, 32);

test.each(['anonymous', 'кыргыз', '\u{1f98a}'.repeat(3_000)])(
  'an id is the digest of provider, input and bytes, however long: %.12s',
  (provider) => {
    for (const length of [0, 1, 4_300, 16_383, 16_384, 16_385, 40_000]) {
      const body = Uint8Array.from({ length }, (_, index) => index % 251);
      expect(bodyId(provider, 'zipkin_spans', body)).toBe(plain(provider, body));
    }
  },
);

test('provider, input and bytes cannot be shifted into one another', () => {
  const bytes = (text: string) => new TextEncoder().encode(text);
  const ids = [
    bodyId('a', 'otlp_logs', bytes('x')),
    bodyId('a', 'zipkin_spans', bytes('x')),
    bodyId('ax', 'otlp_logs', bytes('')),
    bodyId('', 'otlp_logs', bytes('ax')),
  ];
  expect(new Set(ids).size).toBe(ids.length);
});
