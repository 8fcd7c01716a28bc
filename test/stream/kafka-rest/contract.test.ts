import { describe } from 'vitest';
import { KafkaRestSink } from '../../../src/stream/kafka-rest/kafka-rest-sink.ts';
import { modelContract } from '../contract/model.ts';
import { sinkContract } from '../contract/sink.ts';
import type { StreamFactory } from '../contract/under-test.ts';
import { optionsFor } from './opened-sink.ts';
import { RestServer } from './rest-server.ts';

/** What is written through the API is read from the stream behind it. */
const through =
  (version: 'v2' | 'v3', partitions: number): StreamFactory =>
  async ({ maxWaitingBytes }) => {
    const server = await RestServer.start({ version, partitions });
    const sink = new KafkaRestSink({
      ...optionsFor(server.url, version, partitions),
      ...(maxWaitingBytes !== undefined && { maxWaitingBytes }),
      // 16 MiB on a machine that does other things too.
      requestMs: 30_000,
    });
    return { sink, source: server.stream, retain: async () => {}, dispose: () => server.stop() };
  };

describe('the sink over REST v3', () => {
  sinkContract(through('v3', 3));
  modelContract(through('v3', 3));
});

describe('the sink over REST v2', () => {
  sinkContract(through('v2', 3), { keepsHeaders: false });
  modelContract(through('v2', 3));
});
