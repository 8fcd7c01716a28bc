import { defineConfig } from 'vitest/config';
import node from './test/vitest.node.ts';
import workerd from './test/workerd/vitest.workerd.ts';

/** Inline: as paths, vitest takes project files only by its own names for them. */
export default defineConfig({
  // By default one core of two stays idle while servers are waited for.
  test: { projects: [node, workerd], maxWorkers: '100%' },
});
