import { statSync } from 'node:fs';
import { join } from 'node:path';
import { total } from '../load/samples.ts';
import type { ServerUnderLoad } from '../load/server.ts';
import type { SteadyReport } from '../load/steady-sender.ts';

/** What was seen in one interval, of the server unless it says otherwise. */
export interface Sample {
  seconds: number;
  /** In posts that were answered 2xx. */
  events: number;
  others: Record<string, number>;
  latencies: number[];
  /** Bytes after a full collection; null when there was none. */
  heap: number | null;
  rss: number;
  /** Of one core. */
  cpu: number;
  senderCpu: number;
  loopDelayMs: number;
  /** Bytes of stream.db and of its WAL, at the end. */
  file: number;
  wal: number;
  /** Records acknowledged but not folded, or folded but not shown. */
  behind: number;
  /** From the watermark to now, ms; two seconds of it by design. */
  watermarkMs: number;
}

/** Takes samples, each since the one before. */
export class Sampler {
  readonly #server: ServerUnderLoad;
  #at = performance.now();
  #cpu = 0;
  #senderCpu = 0;

  constructor(server: ServerUnderLoad) {
    this.#server = server;
  }

  /** The first begins now. */
  async start({ cpuSeconds }: SteadyReport): Promise<void> {
    this.#cpu = (await this.#server.usage('watch')).cpuSeconds;
    this.#senderCpu = cpuSeconds;
    this.#at = performance.now();
  }

  async take({ events, others, latencies, cpuSeconds }: SteadyReport): Promise<Sample> {
    const usage = await this.#server.usage();
    const now = performance.now();
    const seconds = (now - this.#at) / 1_000;
    const watched = usage.watched!;
    const sample = {
      seconds,
      events,
      others,
      latencies,
      heap: watched.heap,
      rss: usage.rss,
      cpu: (usage.cpuSeconds - this.#cpu) / seconds,
      senderCpu: (cpuSeconds - this.#senderCpu) / seconds,
      loopDelayMs: watched.loopDelayMs,
      ...this.#files(),
      ...(await this.#lag()),
    };
    this.#at = now;
    this.#cpu = usage.cpuSeconds;
    this.#senderCpu = cpuSeconds;
    return sample;
  }

  #files(): { file: number; wal: number } {
    const size = (name: string) =>
      statSync(join(this.#server.folder, 'data', name), { throwIfNoEntry: false })?.size ?? 0;
    return { file: size('stream.db'), wal: size('stream.db-wal') };
  }

  async #lag(): Promise<{ behind: number; watermarkMs: number }> {
    const text = await this.#server.metrics();
    const now = Date.now();
    const acknowledged = total(text, 'meshpulse_records_acknowledged_total');
    const received = total(text, 'meshpulse_events_received_total');
    return {
      behind: Math.max(0, acknowledged - received),
      watermarkMs: now - total(text, 'meshpulse_watermark_seconds') * 1_000,
    };
  }
}
