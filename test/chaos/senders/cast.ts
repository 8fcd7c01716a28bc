import { Random } from '../../random.ts';
import { AccessLog } from '../world/access-log.ts';
import { Spans } from '../world/spans.ts';
import { between, type Weather } from '../world/weather.ts';
import {
  otlpJson,
  otlpProtobuf,
  plainLines,
  shipperRecords,
  zipkinList,
} from '../world/wrappings.ts';
import type { SenderOptions } from './sender.ts';

/** Who sends, each with a token of its own and its own way to fail. */
export function cast(seed: number, weather: Weather, rate: number): SenderOptions[] {
  const everyS = 0.25;
  const regular = 8;
  const units = Math.max(1, Math.round((rate / regular) * everyS));
  const random = (index: number) => new Random(seed * 101 + index);
  const usual = { everyS, units, gzip: false, maxBackoffS: 0.6 };
  const lines = (index: number) => new AccessLog({ random: random(index), weather });
  return [
    {
      ...usual,
      provider: 'envoy',
      caller: 'gateway',
      wrapping: otlpProtobuf,
      source: lines(1),
      retry: 'never',
    },
    {
      ...usual,
      provider: 'collector',
      caller: 'web',
      wrapping: otlpJson,
      source: lines(2),
      retry: 'same',
      gzip: true,
    },
    {
      ...usual,
      provider: 'shipper',
      caller: 'mobile',
      wrapping: shipperRecords,
      source: lines(3),
      retry: 'same',
    },
    {
      ...usual,
      provider: 'tailer',
      caller: 'admin',
      wrapping: shipperRecords,
      source: lines(4),
      retry: 'append',
      gzip: true,
    },
    {
      ...usual,
      provider: 'reporter',
      caller: 'web',
      wrapping: zipkinList,
      source: new Spans(random(5), weather, true),
      retry: 'same',
    },
    {
      ...usual,
      provider: 'regrouper',
      caller: 'web',
      wrapping: zipkinList,
      source: new Spans(random(6), weather, false),
      retry: 'regroup',
    },
    {
      ...usual,
      provider: 'ten-seconds-late',
      caller: 'batch',
      wrapping: shipperRecords,
      source: new AccessLog({ random: random(7), weather, endMs: (now) => now - 10_000 }),
      retry: 'append',
    },
    {
      ...usual,
      // Some seconds ahead, and slow to come again: by then its first copy may not be in the future any more.
      provider: 'fast-clock',
      caller: 'edge',
      wrapping: shipperRecords,
      source: new AccessLog({
        random: random(8),
        weather,
        endMs: (now, dice) => now + between(dice, 0, 40_000),
      }),
      retry: 'append',
      maxBackoffS: 20,
    },
    {
      ...usual,
      provider: 'archive',
      caller: 'batch',
      wrapping: plainLines,
      source: new AccessLog({
        random: random(9),
        weather,
        endMs: (now, dice) => now - between(dice, 600_000, 3_600_000),
        fate: 'late',
      }),
      retry: 'same',
      everyS: 2,
    },
    {
      ...usual,
      // Large enough for two parts: both or neither.
      provider: 'bulk',
      caller: 'batch',
      wrapping: plainLines,
      source: lines(10),
      retry: 'same',
      everyS: 8,
      units: 5_200,
    },
  ];
}
