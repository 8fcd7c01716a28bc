import { expect, test } from 'vitest';
import { health, notReady, ready } from '../../src/api/schemas/health.ts';
import type { RecordSource } from '../../src/stream/source.ts';
import { noLog } from '../../src/telemetry/log.ts';
import { openViews } from '../../src/views/open.ts';
import { streamFixture } from '../views/stream-fixture.ts';
import { apiOver } from './harness.ts';

test('a living process says so, with its version', async () => {
  const { get } = await apiOver([]);
  const { status, body } = await get('/healthz');
  expect(status).toBe(200);
  expect(health.parse(body)).toEqual({ status: 'ok', version: '0.1.0' });
});

test('it is ready when the views have caught up and every role says so', async () => {
  const { get } = await apiOver([]);
  const { status, body } = await get('/readyz');
  expect([status, ready.parse(body)]).toEqual([200, { status: 'ready' }]);
});

test('it says which role is missing', async () => {
  const missing = [{ part: 'aggregate', why: 're-reading' }];
  const { get } = await apiOver([], { status: () => missing });
  const { status, body } = await get('/readyz');
  expect([status, notReady.parse(body)]).toEqual([503, { status: 'not_ready', missing }]);
});

test('while the views catch up it is not ready, and queries are told to come again', async () => {
  const views = await openViews({ source: streamFixture().source, log: noLog });
  const { get } = await apiOver([], { views });
  expect((await get('/healthz')).status).toBe(200);
  await views.caughtUp();
  const late = { ...views, ready: () => false };
  const catching = await apiOver([], { views: late });
  const { status, body } = await catching.get('/readyz');
  expect([status, body.missing[0].part]).toEqual([503, 'views']);
  for (const path of [
    '/services',
    '/services/x',
    '/dependencies',
    '/breakers',
    '/alerts',
    '/stream',
  ]) {
    const query = await catching.get(`/api/v1${path}`);
    expect([query.status, query.body.error.code]).toEqual([503, 'catching_up']);
    expect(query.response.headers.get('retry-after')).toBe('1');
  }
  await views.close();
});

test('when reading the stream has failed for good it is not ready, and no old numbers are given out', async () => {
  const { source } = streamFixture();
  const fail: ((error: unknown) => void)[] = [];
  const follow: RecordSource['follow'] = (topic, from, onRecords, onFailed) => {
    fail.push(onFailed!);
    return source.follow(topic, from, onRecords, onFailed);
  };
  const views = await openViews({ source: { ...source, follow }, log: noLog });
  await views.caughtUp();
  const { get } = await apiOver([], { views });
  fail[0]!(new Error('disk gone'));
  expect((await get('/readyz')).body.missing[0].why).toContain('failed');
  const { status, body } = await get('/api/v1/services');
  expect([status, body.error.code]).toEqual([503, 'stream_unavailable']);
  expect(JSON.stringify(body)).not.toContain('disk gone');
  await views.close();
});

test('whoever looks for the page where it is not is told where it is', async () => {
  const roles = ['receive', 'aggregate'];
  const { get } = await apiOver([], { views: null, roles });
  const { status, body } = await get('/');
  expect([status, body.error.message]).toEqual([
    404,
    'nothing is at GET /; this process has the roles receive, aggregate; the page and the API are where the role api runs',
  ]);
  const withPage = await apiOver([], { roles: ['api'] });
  expect((await withPage.get('/nowhere')).body.error.message).toContain('; /docs lists what');
});

test('the doors are documented where they are', async () => {
  const paths = async (roles: string[]) => {
    const { get } = await apiOver([], { roles });
    return Object.keys((await get('/openapi.json')).body.paths);
  };
  expect(await paths(['receive', 'api'])).toContain('/v1/logs');
  expect(await paths(['api'])).not.toContain('/v1/logs');
});

test('without views it serves health and metrics, and every query is 404', async () => {
  const { get, app } = await apiOver([], { views: null });
  expect((await get('/readyz')).status).toBe(200);
  expect((await app.request('/metrics')).status).toBe(200);
  expect((await get('/api/v1/services')).body.error.code).toBe('not_found');
  const { paths } = (await get('/openapi.json')).body;
  expect(Object.keys(paths).filter((path) => 'get' in paths[path])).toEqual([
    '/healthz',
    '/readyz',
    '/metrics',
    '/openapi.json',
    '/docs',
  ]);
});
