import { expect, test, vi } from 'vitest';
import { deadLetterList } from '../../src/api/schemas/dead-letter.ts';
import { noLog } from '../../src/telemetry/log.ts';
import { openViews } from '../../src/views/open.ts';
import { deadLetter } from '../views/published-records.ts';
import { streamFixture } from '../views/stream-fixture.ts';
import { apiOver, unread } from './harness.ts';

test('shows samples of what could not be read, newest first', async () => {
  const hostile = '"GET /<script>\u0000\ufffd';
  const { get } = await apiOver([
    unread(deadLetter()),
    unread(deadLetter({ reason: 'malformed_json', sample: hostile })),
  ]);
  const { status, body } = await get('/api/v1/dead-letters');
  expect(status).toBe(200);
  expect(deadLetterList.parse(body)).toEqual(body);
  expect(body.dead_letters).toEqual([
    {
      received_at: '2026-01-02T03:04:05.678Z',
      provider: 'mesh-a',
      input: 'access_logs',
      reason: 'malformed_json',
      sample: hostile,
    },
    expect.objectContaining({ reason: 'wrong_field_count' }),
  ]);
  expect((await get('/api/v1/dead-letters?limit=1')).body.dead_letters).toHaveLength(1);
});

test('refuses to read more than a hundred', async () => {
  const { get } = await apiOver([]);
  const { status, body } = await get('/api/v1/dead-letters?limit=101');
  expect([status, body.error.code]).toEqual([400, 'invalid_request']);
});

test('answers 503 when the stream cannot be read', async () => {
  const { source } = streamFixture();
  const range = vi.fn(() => Promise.reject(new Error('disk gone')));
  const views = await openViews({ source: { ...source, range }, log: noLog });
  const { get } = await apiOver([], { views });
  const { status, response, body } = await get('/api/v1/dead-letters');
  expect([status, body.error.code]).toEqual([503, 'stream_unavailable']);
  expect(response.headers.get('retry-after')).toBe('5');
  await views.close();
});
