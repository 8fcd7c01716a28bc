import { accessSync, constants } from 'node:fs';
import { expect, test } from 'vitest';
import { edgePrograms } from '../../../../src/cli/demo/edge/needs.ts';

test('finds wrangler and the workerd that it comes with', () => {
  const { wrangler, workerd } = edgePrograms();
  accessSync(wrangler, constants.R_OK);
  accessSync(workerd, constants.X_OK);
});

test('says in one line what is missing of an installation without them, and how to get it', () => {
  const resolve = Object.assign(
    (name: string): string => {
      throw new Error(`Cannot find module '${name}'`);
    },
    { paths: () => null },
  );
  expect(() => edgePrograms(resolve)).toThrow(
    /^demo --edge needs wrangler and workerd, [^\n]*npm ci brings them[^\n]*npm run demo needs none/,
  );
});
