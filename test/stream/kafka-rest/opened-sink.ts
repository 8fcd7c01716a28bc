import { onTestFinished } from 'vitest';
import { KafkaRestSink } from '../../../src/stream/kafka-rest/kafka-rest-sink.ts';
import type { KafkaRestOptions, Timing } from '../../../src/stream/kafka-rest/options.ts';
import type { Log } from '../../../src/telemetry/log.ts';
import { CLUSTER, RestServer, type RestServerOptions } from './rest-server.ts';

/** Time passes only while something sleeps. */
export class TestTiming implements Timing {
  readonly slept: number[] = [];
  time = 0;

  now(): number {
    return this.time;
  }

  async sleep(ms: number): Promise<void> {
    this.slept.push(ms);
    this.time += ms;
  }
}

export class RecordingLog implements Log {
  readonly entries: string[] = [];
  debug = () => {};
  info = (event: string) => this.entries.push(event);
  warn = (event: string) => this.entries.push(event);
  error = (event: string) => this.entries.push(event);
}

export function optionsFor(url: string, version: 'v2' | 'v3', partitions = 1): KafkaRestOptions {
  return {
    api: {
      url,
      version: version === 'v3' ? { name: 'v3', cluster: CLUSTER } : { name: 'v2' },
      auth: null,
    },
    prefix: 't',
    partitionsOf: () => partitions,
    log: new RecordingLog(),
  };
}

/** A server and a sink that speaks to it, for this test only. */
export async function openedSink(
  server: RestServerOptions,
  options: Partial<KafkaRestOptions> = {},
) {
  const rest = await RestServer.start(server);
  const timing = new TestTiming();
  const log = new RecordingLog();
  const sink = new KafkaRestSink({
    ...optionsFor(rest.url, server.version, server.partitions),
    timing,
    log,
    ...options,
  });
  onTestFinished(async () => {
    await sink.close();
    await rest.stop();
  });
  return { rest, sink, timing, log: log.entries };
}
