import { defineConfig } from 'vitest/config';

/** Tests against real programs (Envoy, a browser), one file at a time: they share this machine's cores. */
export default defineConfig({
  test: {
    name: 'real',
    root: `${import.meta.dirname}/../..`,
    include: ['test/real/**/*.test.ts'],
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
