import { noLog } from '../../telemetry/log.ts';
import { EmbeddedStream } from '../embedded/embedded-stream.ts';
import { type RetentionByTopic, retentionOf } from '../embedded/retention.ts';
import { DEFAULT_RETENTION, TOPICS } from '../record.ts';
import { MemoryStore } from './memory-store.ts';

const MIB = 1024 * 1024;

export interface MemoryStreamOptions {
  /** Milliseconds since the epoch; stamps append times. */
  clock: () => number;
  /** Of every topic; default 1. */
  partitions?: number;
  /** Default 64 MiB. */
  maxWaitingBytes?: number;
  /** By topic; where not given the default, but at most 64 MiB of values: this stream lives in memory. */
  retention?: Partial<RetentionByTopic>;
}

/**
 * Both ports in memory, for tests and for where there is no disk; Web APIs only. Durable for as long as the
 * object lives. Appends of one run of microtasks are one group.
 */
export class MemoryStream extends EmbeddedStream {
  constructor(options: MemoryStreamOptions) {
    const retention = retentionOf({ ...inMemory, ...options.retention });
    super(new MemoryStore(options.partitions ?? 1, options.clock, retention), {
      maxWaitingBytes: options.maxWaitingBytes ?? 64 * MIB,
      schedule: (flush) => queueMicrotask(flush),
      hold: null,
      pause: () => new Promise((resolve) => setTimeout(resolve, 0)),
      // Memory can always be read: neither is ever used.
      sleep: async () => {},
      log: noLog,
    });
  }
}

const inMemory = Object.fromEntries(
  TOPICS.map((topic) => {
    const { maxBytes, ...kept } = DEFAULT_RETENTION[topic];
    return [topic, { ...kept, maxBytes: Math.min(maxBytes ?? Infinity, 64 * MIB) }];
  }),
) as RetentionByTopic;
