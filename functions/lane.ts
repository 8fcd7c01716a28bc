import { DurableObject, type DurableObjectState } from 'cloudflare:workers';
import { deadLettered } from '../src/packed/dead-letter-part.ts';
import type { LaneAnswer, LaneCalls, LaneFrame } from '../src/stream/lane/calls.ts';
import { Lane as KafkaLane, type LaneFigures } from '../src/stream/lane/lane.ts';
import type { AppendRecord } from '../src/stream/record.ts';
import { kafkaSettings } from './settings/kafka-settings.ts';
import { laneSettings } from './settings/lane-settings.ts';
import { readSettings } from './settings/read.ts';
import { consoleLog } from './worker-log.ts';

/** The Durable Object that holds a Worker's connections to Kafka, and its outbox. */
export class Lane extends DurableObject implements LaneCalls {
  readonly #lane: KafkaLane;

  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env);
    const { storage } = ctx;
    this.#lane = new KafkaLane({
      ...readSettings(kafkaSettings, env),
      ...readSettings(laneSettings, env),
      sql: storage.sql,
      instead,
      wakeIn: (ms) => void storage.setAlarm(Date.now() + ms),
      log: consoleLog,
    });
  }

  append(frames: readonly LaneFrame[]): Promise<LaneAnswer> {
    return this.#lane.append(frames);
  }

  figures(): LaneFigures {
    return this.#lane.figures();
  }

  alarm(): Promise<void> {
    return this.#lane.wake();
  }
}

function instead(record: AppendRecord): AppendRecord | null {
  if (record.topic !== 'requests' || record.value === null) return null;
  const value = deadLettered(record.value, 'too_long');
  return value && { ...record, value };
}
