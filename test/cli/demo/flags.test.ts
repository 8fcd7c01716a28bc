import { expect, test } from 'vitest';
import { launch } from '../launching.ts';

test('the demo tells of its ways to run it', async () => {
  const { said, ended } = launch(['demo', '--help']);
  expect(await ended).toBe(0);
  for (const flag of ['--kafka', '--edge', '--port', '--stay']) expect(said.out).toContain(flag);
});
