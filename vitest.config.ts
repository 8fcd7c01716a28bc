import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import node from './test/vitest.node.ts';
import workerd from './test/workerd/vitest.workerd.ts';

/** Inline: as paths, vitest takes project files only by its own names for them. */
export default defineConfig({
  // More than there are cores: many tests wait for servers and timers.
  test: { projects: [node, workerd], maxWorkers: availableParallelism() + 1 },
});
