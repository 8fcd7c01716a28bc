import { expect, test } from 'vitest';
import { samplesIn } from './shared-samples.ts';

test('samples that are not there fail in CI, and are skipped elsewhere, with a line that says where they belong', () => {
  const elsewhere = samplesIn('no-such-samples', {});
  expect(elsewhere.verdict).toBe('skip');
  expect(samplesIn('no-such-samples', { CI: 'false' }).verdict).toBe('skip');
  const inCi = samplesIn('no-such-samples', { CI: 'true' });
  expect(inCi.verdict).toBe('fail');
  expect(inCi.why).toContain(inCi.path);
});

test('what is there is read', () => {
  // From ../shared, back into this folder.
  const back = `../${import.meta.dirname.split('/').at(-2)}/test`;
  expect(samplesIn(back, { CI: 'true' })).toMatchObject({
    path: import.meta.dirname,
    verdict: 'run',
  });
});
