import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: ['test/vitest.node.ts', 'test/workerd/vitest.workerd.ts'],
  },
});
