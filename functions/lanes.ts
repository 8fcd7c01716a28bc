import type { LaneCalls } from '../src/stream/lane/calls.ts';
import type { LaneFigures } from '../src/stream/lane/lane-figures.ts';
import { LaneSink } from '../src/stream/lane/lane-sink.ts';
import type { Metrics } from '../src/telemetry/metrics.ts';
import { topicSettings } from './settings/kafka-settings.ts';
import { laneSettings } from './settings/lane-settings.ts';
import { readSettings } from './settings/read.ts';
import { kafkaTarget } from './settings/sink-settings.ts';

/** The lanes as a Worker calls them. */
export interface LaneNamespace {
  getByName(name: string, options?: { locationHint?: string }): LaneStub;
}

export type LaneStub = LaneCalls & { figures(): Promise<LaneFigures> };

export interface LanesOptions {
  lanes: LaneNamespace;
  env: unknown;
  /** Of this isolate. */
  metrics: Metrics;
  recordsPerSecond: ReadonlyMap<string, number>;
}

/** A Worker's lanes: where its records go, and who can say what its isolates have counted. */
export class Lanes {
  readonly sink: LaneSink;
  readonly #count: number;
  readonly #lane: (number: number) => LaneStub;
  readonly #metrics: Metrics;
  #tellsMs = 0;

  /** @throws WrongSettings, also those of the lanes: who posts should not be the first to find out */
  constructor({ lanes, env, metrics, recordsPerSecond }: LanesOptions) {
    kafkaTarget(env);
    const topics = readSettings(topicSettings, env);
    const partitions = topics.MESHPULSE_KAFKA_PARTITIONS;
    const { lanes: count, location } = readSettings(laneSettings, env);
    const hint = location === undefined ? {} : { locationHint: location };
    this.#count = count;
    this.#lane = (number) => lanes.getByName(`${topics.MESHPULSE_KAFKA_PREFIX}/${number}`, hint);
    this.#metrics = metrics;
    this.sink = new LaneSink({
      partitions,
      lanes: count,
      lane: this.#lane,
      recordsPerSecond,
    });
  }

  /**
   * Tells a lane what was counted, once a second at most: a flood of refused requests must not become one of calls. Null when
   * another request does.
   */
  tellSoon(nowMs: number): Promise<void> | null {
    if (Math.abs(nowMs - this.#tellsMs) < TELL_AFTER_MS) return null;
    this.#tellsMs = nowMs;
    const passed = new Promise((resolve) => setTimeout(resolve, TELL_AFTER_MS));
    return passed.then(() => this.#tell());
  }

  async #tell(): Promise<void> {
    const growth = this.#metrics.takeGrowth();
    if (growth.length === 0) return;
    try {
      await this.#lane(0).count(growth);
    } catch {
      this.#metrics.putBack(growth);
    }
  }

  /** Of all lanes, each with its number: a lane that is made anew begins to count anew. */
  async exposition(): Promise<string> {
    const all = await Promise.all(
      Array.from({ length: this.#count }, async (_, number) => this.#lane(number).figures()),
    );
    const shown = this.#metrics.empty();
    const { records, outbox, waiting, connected } = laneFamilies(shown);
    for (const [number, figures] of all.entries()) {
      const lane = String(number);
      records.set({ lane, to: 'brokers' }, figures.appendedRecords);
      records.set({ lane, to: 'outbox' }, figures.spilledRecords);
      outbox.set({ lane }, figures.outboxBytes);
      waiting.set({ lane }, figures.waitingBytes);
      connected.set({ lane }, Number(figures.connected));
      shown.add(figures.growth, { lane });
    }
    return shown.exposition();
  }
}

const TELL_AFTER_MS = 1_000;

function laneFamilies(metrics: Metrics) {
  return {
    records: metrics.counter(
      'meshpulse_lane_records_total',
      'Stream records that a lane has acknowledged, by where they went first.',
    ),
    outbox: metrics.gauge(
      'meshpulse_lane_outbox_bytes',
      "Acknowledged bytes that wait in a lane's outbox for the brokers.",
    ),
    waiting: metrics.gauge(
      'meshpulse_lane_waiting_bytes',
      'Bytes in a lane that are not acknowledged yet.',
    ),
    connected: metrics.gauge(
      'meshpulse_lane_connected',
      '1 while a lane has connections to brokers.',
    ),
  };
}
