import { DurableObject, type DurableObjectState } from 'cloudflare:workers';
import { deadLettered } from '../src/packed/dead-letter-part.ts';
import { KafkaRestSink } from '../src/stream/kafka-rest/kafka-rest-sink.ts';
import type { Bounded, LaneAnswer, LaneCalls, LaneFrame } from '../src/stream/lane/calls.ts';
import { Lane as KafkaLane } from '../src/stream/lane/lane.ts';
import type { LaneFigures } from '../src/stream/lane/lane-figures.ts';
import { RestLane } from '../src/stream/lane/rest-lane.ts';
import type { AppendRecord } from '../src/stream/record.ts';
import type { Growth } from '../src/telemetry/metrics.ts';
import { laneSettings } from './settings/lane-settings.ts';
import { readSettings } from './settings/read.ts';
import { kafkaTarget } from './settings/sink-settings.ts';
import { consoleLog } from './worker-log.ts';

/** The Durable Object that a Worker hands its records to: it has the connections to Kafka, and an outbox. */
export class Lane extends DurableObject implements LaneCalls {
  readonly #lane: KafkaLane | RestLane;

  constructor(ctx: DurableObjectState, env: unknown) {
    super(ctx, env);
    const { storage } = ctx;
    const target = kafkaTarget(env);
    const log = consoleLog;
    const clock = Date.now;
    this.#lane =
      target.over === 'http'
        ? new RestLane(new KafkaRestSink({ ...target, log }), clock)
        : new KafkaLane({
            ...target,
            ...readSettings(laneSettings, env),
            sql: storage.sql,
            instead,
            wakeIn: (ms) => void storage.setAlarm(clock() + ms),
            clock,
            log,
          });
  }

  append(frames: readonly LaneFrame[], bounded: Bounded | null): Promise<LaneAnswer> {
    return this.#lane.append(frames, bounded);
  }

  count(growth: readonly Growth[]): Promise<void> {
    return this.#lane.count(growth);
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
