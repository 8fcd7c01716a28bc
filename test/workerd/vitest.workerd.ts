import { cloudflareTest } from '@cloudflare/vitest-plugin';
import { defineConfig } from 'vitest/config';

/** The doors' suite inside workerd, on the Worker's own settings. */
export default defineConfig({
  plugins: [
    cloudflareTest({ wrangler: { configPath: `${import.meta.dirname}/../../wrangler.toml` } }),
  ],
  test: {
    name: 'workerd',
    root: `${import.meta.dirname}/../..`,
    include: ['test/workerd/**/*.test.ts'],
    testTimeout: 20_000,
  },
});
