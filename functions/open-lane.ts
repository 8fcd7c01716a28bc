import { deadLettered } from '../src/packed/dead-letter-part.ts';
import { KafkaRestSink } from '../src/stream/kafka-rest/kafka-rest-sink.ts';
import { Lane } from '../src/stream/lane/lane.ts';
import type { Sql } from '../src/stream/lane/outbox.ts';
import { RestLane } from '../src/stream/lane/rest-lane.ts';
import type { AppendRecord } from '../src/stream/record.ts';
import type { Log } from '../src/telemetry/log.ts';
import { laneSettings } from './settings/lane-settings.ts';
import { readSettings, WrongSettings } from './settings/read.ts';
import { kafkaTarget } from './settings/sink-settings.ts';
import { UnsetLane } from './unset-lane.ts';

/** What a lane has of its object. */
export interface LanePlace {
  sql: Sql;
  /** Asks for an alarm in so many ms. */
  wakeIn(ms: number): void;
  /** Wall clock, ms since the epoch. */
  clock: () => number;
  log: Log;
}

/** The lane that the settings name. An object that cannot be made would lose the alarm that empties its outbox. */
export function openLane(place: LanePlace, env: unknown): Lane | RestLane | UnsetLane {
  try {
    return laneOf(place, env);
  } catch (error) {
    if (!(error instanceof WrongSettings)) throw error;
    place.log.error('settings_wrong', { settings: String(error) });
    return new UnsetLane(place.wakeIn);
  }
}

function laneOf(place: LanePlace, env: unknown): Lane | RestLane {
  const target = kafkaTarget(env);
  const { maxWaitingBytes, maxOutboxBytes } = readSettings(laneSettings, env);
  if (target.over === 'sockets') {
    return new Lane({ ...target, ...place, maxWaitingBytes, maxOutboxBytes, instead });
  }
  const sink = new KafkaRestSink({ ...target, maxWaitingBytes, log: place.log });
  return new RestLane({ ...place, sink, instead });
}

function instead(record: AppendRecord): AppendRecord | null {
  if (record.topic !== 'requests' || record.value === null) return null;
  const value = deadLettered(record.value, 'too_long');
  return value && { ...record, value };
}
