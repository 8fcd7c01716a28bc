import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    name: 'node',
    root: `${import.meta.dirname}/..`,
    include: ['test/**/*.test.ts'],
    exclude: ['test/real/**', 'test/workerd/**'],
    testTimeout: 60_000,
    // Loading the same modules for each file anew took a quarter of the time; no test changes what another one loads.
    isolate: false,
  },
});
