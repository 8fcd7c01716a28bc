import { expect, onTestFinished, test } from 'vitest';
import { alert as alertSchema } from '../../src/api/schemas/alert.ts';
import { transition as transitionSchema } from '../../src/api/schemas/breaker.ts';
import { serviceSummary } from '../../src/api/schemas/service.ts';
import { eventStream, HEARTBEAT_MS, LIFETIME_MS } from '../../src/api/sse/event-stream.ts';
import { alert, partitionState, serviceState, transition } from '../views/published-records.ts';
import { alerted, apiOver, moved, partition, state } from './harness.ts';

interface Event {
  event?: string;
  id?: string;
  data?: string;
  comment?: boolean;
}

/** Reads a stream by the rules of text/event-stream, one event or comment at a time. */
function reader(body: ReadableStream<Uint8Array>) {
  const chunks = body.getReader();
  onTestFinished(() => chunks.cancel());
  const decoder = new TextDecoder();
  let text = '';
  const next = async (): Promise<Event | null> => {
    for (let end = text.indexOf('\n\n'); end < 0; end = text.indexOf('\n\n')) {
      const { done, value } = await chunks.read();
      if (done) return null;
      text += decoder.decode(value, { stream: true });
    }
    const end = text.indexOf('\n\n');
    const lines = text.slice(0, end).split('\n');
    text = text.slice(end + 2);
    const event: Event = {};
    for (const line of lines) {
      if (line.startsWith(':')) event.comment = true;
      const field = /^(event|id|data): (.*)$/.exec(line);
      if (field) event[field[1] as 'event' | 'id' | 'data'] = field[2]!;
    }
    return event;
  };
  return { next, cancel: () => chunks.cancel() };
}

async function connected(api: Awaited<ReturnType<typeof apiOver>>) {
  const response = await api.app.request('/api/v1/stream');
  expect(response.status).toBe(200);
  return { response, ...reader(response.body!) };
}

test('the first event is a snapshot of the services and the alerts that fire', async () => {
  const resolved = alert({ key: 'other', status: 'resolved', endsAt: 0 });
  const api = await apiOver([
    state(serviceState()),
    partition(partitionState()),
    alerted(alert()),
    alerted(resolved),
  ]);
  const { response, next } = await connected(api);
  expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
  expect(response.headers.get('cache-control')).toBe('no-store');
  expect(response.headers.get('x-request-id')).toBe('request-1');
  const first = await next();
  expect(first).toMatchObject({ event: 'snapshot', id: '101-1' });
  const data = JSON.parse(first!.data!);
  expect(data).toMatchObject({ as_of: '2026-01-02T03:04:05.678Z', dropped: 0 });
  const listed = (await api.get('/api/v1/services')).body.services;
  expect(data.services).toEqual(listed);
  expect(data.alerts.map(({ key }: { key: string }) => key)).toEqual([alert().key]);
});

test('then what changes comes in order, each with its sequence as id', async () => {
  const api = await apiOver([]);
  const { next } = await connected(api);
  await next();
  await api.put(moved(transition()));
  await api.put(alerted(alert()));
  await api.put(state(serviceState({ sequence: [102, 0] })));
  const events = [await next(), await next(), await next()];
  expect(events.map((event) => [event?.event, event?.id])).toEqual([
    ['transition', '101-0'],
    ['alert', '101-1'],
    ['state', '102-0'],
  ]);
  const [first, second, third] = events.map((event) => JSON.parse(event!.data!));
  expect(transitionSchema.parse(first)).toEqual(first);
  expect(alertSchema.parse(second)).toEqual(second);
  expect(serviceSummary.parse(third)).toEqual(third);
});

test('what is not news is not sent', async () => {
  const api = await apiOver([state(serviceState())]);
  const { next } = await connected(api);
  await next();
  await api.put(state(serviceState()), state(serviceState({ sequence: [1, 0] })));
  await api.put(moved(transition()));
  expect((await next())?.event).toBe('transition');
});

test('names with line breaks cannot forge an event', async () => {
  const api = await apiOver([]);
  const { next } = await connected(api);
  await next();
  const service = 'a\n\nevent: alert\ndata: {}\n\n';
  await api.put(state(serviceState({ service })));
  const event = await next();
  expect(event?.event).toBe('state');
  expect(JSON.parse(event!.data!).service).toBe(service);
});

test('a slow client gets a fresh snapshot, is told what it missed, and the drop is counted', async () => {
  const api = await apiOver([]);
  let dropped = 0;
  const body = eventStream({
    views: api.views,
    timers: api.timers,
    maxWaiting: 2,
    dropped: (count) => {
      dropped += count;
    },
    closed: () => {},
  });
  const { next } = reader(body);
  expect((await next())?.event).toBe('snapshot');
  for (const offset of [1, 2, 3, 4]) await api.put(moved(transition({ sequence: [offset, 0] })));
  await api.put(state(serviceState({ sequence: [5, 0] })));
  const second = await next();
  expect(second?.event).toBe('snapshot');
  const data = JSON.parse(second!.data!);
  expect(data.dropped).toBe(3);
  expect(data.services).toHaveLength(1);
  expect(dropped).toBe(3);
  await api.put(moved(transition({ sequence: [6, 0] })));
  expect(await next()).toMatchObject({ event: 'transition', id: '6-0' });
});

test('a comment comes every fifteen seconds, and the stream ends after five minutes', async () => {
  expect([HEARTBEAT_MS, LIFETIME_MS]).toEqual([15_000, 300_000]);
  const api = await apiOver([]);
  const { next } = await connected(api);
  expect((await next())?.event).toBe('snapshot');
  for (let beat = 0; beat < 19; beat++) {
    await api.timers.advance(15_000);
    expect(await next()).toEqual({ comment: true });
  }
  await api.timers.advance(15_000);
  expect(await next()).toBe(null);
  expect(api.timers.sleeping()).toBe(0);
});

test('streams are bounded, counted, and a client that leaves makes room', async () => {
  const api = await apiOver([], { maxStreams: 1 });
  const first = await connected(api);
  expect(api.metrics.exposition()).toContain('meshpulse_event_streams 1\n');
  const refused = await api.get('/api/v1/stream');
  expect([refused.status, refused.body.error.code]).toEqual([503, 'too_many_streams']);
  expect(refused.response.headers.get('retry-after')).toBe('10');
  await first.cancel();
  expect(api.metrics.exposition()).toContain('meshpulse_event_streams 0\n');
  expect(api.timers.sleeping()).toBe(0);
  const second = await connected(api);
  expect((await second.next())?.event).toBe('snapshot');
});

test('HEAD opens no stream', async () => {
  const api = await apiOver([], { maxStreams: 1 });
  for (let i = 0; i < 3; i++) {
    expect((await api.app.request('/api/v1/stream', { method: 'HEAD' })).status).toBe(200);
  }
  const { next } = await connected(api);
  expect((await next())?.event).toBe('snapshot');
});

test('a client that stopped reading is let go when its time is over', async () => {
  const api = await apiOver([], { maxStreams: 1 });
  const { next } = await connected(api);
  await next();
  await api.timers.advance(LIFETIME_MS);
  expect(api.metrics.exposition()).toContain('meshpulse_event_streams 0\n');
  expect((await api.app.request('/api/v1/stream', { method: 'HEAD' })).status).toBe(200);
});

test('a client that goes away before it reads leaves nothing behind', async () => {
  const api = await apiOver([]);
  const response = await api.app.request('/api/v1/stream');
  await response.body!.cancel();
  expect(api.metrics.exposition()).toContain('meshpulse_event_streams 0\n');
});

test('closing the views ends every stream', async () => {
  const api = await apiOver([]);
  const { next } = await connected(api);
  await next();
  const waiting = next();
  await api.views.close();
  expect(await waiting).toBe(null);
  const late = await connected(api);
  expect(await late.next()).toBe(null);
  expect(api.metrics.exposition()).toContain('meshpulse_event_streams 0\n');
});
