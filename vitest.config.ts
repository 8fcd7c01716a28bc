import { defineConfig } from 'vitest/config';
import node from './test/vitest.node.ts';
import workerd from './test/workerd/vitest.workerd.ts';

/** Inline: as paths, vitest takes project files only by its own names for them. */
export default defineConfig({ test: { projects: [node, workerd] } });
