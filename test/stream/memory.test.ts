import { MemoryStream } from '../../src/stream/memory/memory-stream.ts';
import type { StreamFactory } from './contract/under-test.ts';
import { streamContract } from './contract.ts';

const withPartitions =
  (partitions: number): StreamFactory =>
  async (options) => {
    const stream = new MemoryStream({ clock: Date.now, partitions, ...options });
    return {
      sink: stream,
      source: stream,
      retain: () => stream.retain(),
      dispose: async () => {},
    };
  };

streamContract('the memory stream with one partition', withPartitions(1));
streamContract('the memory stream with three partitions', withPartitions(3));
