import { expect, test } from 'vitest';
import { openLane } from '../../functions/open-lane.ts';
import { encodeFrame } from '../../src/stream/lane/frame.ts';
import { Lane } from '../../src/stream/lane/lane.ts';
import { RestLane } from '../../src/stream/lane/rest-lane.ts';
import { noLog } from '../../src/telemetry/log.ts';
import { TestSql } from '../stream/lane/sql.ts';

const SOCKETS = { MESHPULSE_KAFKA_BROKERS: '127.0.0.1:1' };
const HTTP = {
  MESHPULSE_SINK: 'kafka-rest',
  MESHPULSE_KAFKA_REST_URL: 'http://127.0.0.1:1',
  MESHPULSE_KAFKA_REST_API: 'v2',
};

const value = new Uint8Array(100);
const frame = encodeFrame([{ topic: 'requests', partition: 0, key: null, value }]);
const frames = [{ topic: 'requests', partition: 0, records: 1, frame }] as const;

function opened(env: Record<string, string>) {
  const asked: number[] = [];
  const errors: unknown[] = [];
  const log = {
    ...noLog,
    error: (event: string, facts?: object) => errors.push({ event, ...facts }),
  };
  const wakeIn = (ms: number) => asked.push(ms);
  const lane = openLane({ sql: new TestSql(), wakeIn, clock: () => 0, log }, env);
  return { lane, asked, errors };
}

test.each([
  ['sockets', SOCKETS, Lane],
  ['HTTP', HTTP, RestLane],
])('over %s a lane has the bound of its settings on what waits in it', async (_, env, type) => {
  const { lane, errors } = opened({ ...env, MESHPULSE_LANE_WAITING_BYTES: '50' });
  expect(lane).toBeInstanceOf(type);
  expect(await lane.append(frames, null)).toMatchObject({
    refused: 'too_large',
    message: expect.stringContaining('at most 50 may wait'),
  });
  expect(errors).toEqual([]);
});

test.each([
  { MESHPULSE_SINK: 'kafka' },
  { ...SOCKETS, MESHPULSE_OUTBOX_BYTES: 'many' },
  { ...HTTP, MESHPULSE_LANE_WAITING_BYTES: '0' },
])('with wrong settings it takes nothing, says so once, and keeps its alarm: %j', async (env) => {
  const { lane, asked, errors } = opened(env);
  expect(await lane.append(frames, null)).toMatchObject({ refused: 'unavailable', inDoubt: false });
  const growth = [{ name: 'meshpulse_requests_refused_total', labels: {}, by: 2 }];
  await lane.count(growth);
  expect(lane.figures()).toMatchObject({ appendedRecords: 0, outboxBytes: 0, growth });
  await lane.wake();
  await lane.wake();
  expect(asked).toEqual([60_000, 60_000]);
  expect(errors).toEqual([
    { event: 'settings_wrong', settings: expect.stringContaining('MESHPULSE_') },
  ]);
});
