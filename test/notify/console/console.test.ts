import fc from 'fast-check';
import { expect, it } from 'vitest';
import { consoleReceiver } from '../../../src/notify/console/console.ts';
import { firing, incident } from '../alerts.ts';

async function printed(...alerts: ReturnType<typeof firing>[]): Promise<string> {
  const texts: string[] = [];
  const receiver = consoleReceiver('console', (text) => texts.push(text));
  await receiver.send({ alerts, publicUrl: 'http://127.0.0.1:4320' }, new AbortController().signal);
  expect(texts).toHaveLength(1);
  return texts[0] ?? '';
}

it('prints one breaker with every fact', async () => {
  expect((await printed(firing())).split('\n')).toEqual([
    '🔴 Breaker open: ratings.default',
    '  Too many requests failed.',
    '  Service         ratings.default',
    '  Caller          reviews.default',
    '  Subset          v1',
    '  Failure rate    62 % (31 of 50 calls in 10 s)',
    '  Refused         7 calls',
    '  Open since      2025-10-09 08:53:21 UTC',
    '  Next probe      2025-10-09 08:53:51 UTC',
    '  Callers open    1 of 2',
    '  Basis           inferred: worked out from the outcomes of the requests seen',
    '  http://127.0.0.1:4320/#/services/ratings.default',
  ]);
});

it('prints several in brief', async () => {
  const text = await printed(firing('a'), incident('b', 3, 40)[1]);
  expect(text).toMatch(/^🔴 1 breaker open, 1 closed: a, b\n {2}a: open\n/);
  expect(text).toContain('  b: closed\n');
});

it('prints no control characters of names', () => {
  return fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary' }), async (service) => {
      const text = await printed(firing(service));
      expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
    }),
  );
});
