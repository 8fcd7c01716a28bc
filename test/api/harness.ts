import { onTestFinished } from 'vitest';
import type { ApiOptions } from '../../src/api/context.ts';
import { createApi } from '../../src/api/create-api.ts';
import { ANONYMOUS } from '../../src/auth/tokens.ts';
import type { Timers } from '../../src/model/clock.ts';
import { noLog } from '../../src/telemetry/log.ts';
import { Metrics } from '../../src/telemetry/metrics.ts';
import { openViews } from '../../src/views/open.ts';
import { NOW } from '../views/published-records.ts';
import { streamFixture } from '../views/stream-fixture.ts';

export interface Entry {
  topic: 'state' | 'transitions' | 'alerts' | 'notifications' | 'dead-letters';
  key: string | null;
  value: unknown;
}

export const state = (value: { service: string }): Entry => ({
  topic: 'state',
  key: value.service,
  value,
});
export const partition = (value: { partition: number }): Entry => ({
  topic: 'state',
  key: `@partition/${value.partition}`,
  value,
});
export const moved = (value: { destination: string }): Entry => ({
  topic: 'transitions',
  key: value.destination,
  value,
});
export const alerted = (value: { key: string }): Entry => ({
  topic: 'alerts',
  key: value.key,
  value,
});
export const told = (value: { receiver: string; alertKey: string }): Entry => ({
  topic: 'notifications',
  key: `${value.receiver}/${value.alertKey}`,
  value,
});
export const unread = (value: unknown): Entry => ({ topic: 'dead-letters', key: null, value });

/** An API over a stream that holds these records, caught up, with everything injected. */
export async function apiOver(entries: readonly Entry[], over: Partial<ApiOptions> = {}) {
  const stream = streamFixture();
  const put = async (...more: Entry[]) => {
    for (const { topic, key, value } of more) await stream.put(topic, key, value);
    await stream.settled();
  };
  await put(...entries);
  const views = await openViews({ source: stream.source, log: noLog });
  onTestFinished(() => views.close());
  await views.caughtUp();
  const metrics = new Metrics();
  const timers = manualTimers();
  const app = createApi({
    views,
    authorize: () => ({ allowed: true, principal: ANONYMOUS }),
    metrics,
    version: '0.1.0',
    status: () => [],
    clock: () => NOW,
    timers,
    newId: () => 'request-1',
    log: noLog,
    ...over,
  });
  const get = async (path: string, init?: RequestInit) => {
    const response = await app.request(path, init);
    return { response, status: response.status, body: await response.json() };
  };
  return { app, get, put, views, metrics, timers, stream };
}

/** Time moves only when a test says so. */
export function manualTimers() {
  let now = 0;
  const sleepers = new Set<{ at: number; wake: () => void }>();
  const timers: Timers & { advance(ms: number): Promise<void>; sleeping(): number } = {
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        const sleeper = { at: now + ms, wake: resolve };
        sleepers.add(sleeper);
        signal?.addEventListener('abort', () => {
          sleepers.delete(sleeper);
          resolve();
        });
      }),
    advance: async (ms) => {
      for (const until = now + ms; ; ) {
        const due = [...sleepers].filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0];
        now = due?.at ?? until;
        if (!due) return;
        sleepers.delete(due);
        due.wake();
        await new Promise((resolve) => setImmediate(resolve)); // what it woke goes back to sleep
      }
    },
    sleeping: () => sleepers.size,
  };
  return timers;
}

export type ErrorBody = { error: { code: string; message: string; request_id: string } };
