import { join } from 'node:path';
import type { Config } from '../../../config/config.ts';
import { freePort } from '../kafka/ports.ts';
import { LocalWorker } from './local-worker.ts';
import { bundleWorker } from './worker-bundle.ts';

export interface WorkerReceiverOptions {
  /** Temporary: the bundle and the outboxes. */
  folder: string;
  /** With Kafka as the stream. */
  config: Config;
  /** Gives up. */
  signal: AbortSignal;
  /** It has ended, and nobody had asked it to. */
  onEnded(error: Error): void;
}

/** The Worker as the receiver of a Meshpulse on Kafka. Resolves when it answers. */
export async function startWorker(options: WorkerReceiverOptions): Promise<LocalWorker> {
  const { folder, config, signal, onEnded } = options;
  const worker = new LocalWorker({
    script: await bundleWorker(join(folder, 'bundle'), signal),
    folder,
    port: await freePort(),
    settings: workerSettings(config),
    onEnded,
  });
  await worker.start(signal);
  return worker;
}

/** What wrangler.toml or a dashboard would say. */
export function workerSettings({ stream: { kafka } }: Pick<Config, 'stream'>) {
  if (kafka === undefined) throw new Error('the stream is not Kafka');
  const { connection, topics } = kafka;
  return {
    MESHPULSE_KAFKA_BROKERS: connection.brokers.join(','),
    MESHPULSE_KAFKA_PREFIX: connection.prefix,
    MESHPULSE_KAFKA_PARTITIONS: `${topics.partitions}`,
  };
}

export function workerLines({ pid, url }: LocalWorker): string[] {
  return [
    `${'worker'.padStart(12)}  pid ${pid}  ${url}  instead of the receive process`,
    `${' '.repeat(14)}in workerd, Cloudflare's runtime; its lane, a Durable Object, holds`,
    `${' '.repeat(14)}the connections to Kafka, and an outbox in SQLite for when they fail`,
  ];
}
