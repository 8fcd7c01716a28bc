import type { LaneCalls } from '../src/stream/lane/calls.ts';
import type { LaneFigures } from '../src/stream/lane/lane.ts';
import { LaneSink } from '../src/stream/lane/lane-sink.ts';
import { kafkaSettings } from './settings/kafka-settings.ts';
import { laneSettings } from './settings/lane-settings.ts';
import { readSettings } from './settings/read.ts';

/** The lanes as a Worker calls them. */
export interface LaneNamespace {
  getByName(
    name: string,
    options?: { locationHint?: string },
  ): LaneCalls & { figures(): Promise<LaneFigures> };
}

/** @throws WrongSettings, also those of the lanes: who posts should not be the first to find out */
export function laneSink(lanes: LaneNamespace, env: unknown): LaneSink {
  const { kafka, partitions } = readSettings(kafkaSettings, env);
  const { lanes: count, location } = readSettings(laneSettings, env);
  const options = location === undefined ? {} : { locationHint: location };
  return new LaneSink({
    partitions,
    lanes: count,
    lane: (number) => lanes.getByName(`${kafka.prefix}/${number}`, options),
  });
}
