import { describe, expect, test, vi } from 'vitest';
import { errorAnswer } from '../../src/api/schemas/errors.ts';
import { authorize } from '../../src/auth/authorize.ts';
import { TokenTable } from '../../src/auth/tokens.ts';
import { noLog } from '../../src/telemetry/log.ts';
import { serviceState } from '../views/published-records.ts';
import { apiOver, state } from './harness.ts';

const OPEN = ['/healthz', '/readyz', '/openapi.json', '/docs'];

async function securedApi() {
  const table = new TokenTable([
    { provider: 'grafana', scopes: ['query'], token: 'query-token' },
    { provider: 'mesh-a', scopes: ['ingest'], token: 'ingest-token' },
  ]);
  const api = await apiOver([state(serviceState())], {
    authorize: ({ headers }, scope) =>
      authorize(table, { authorization: headers.get('authorization'), pathToken: null }, scope),
  });
  const { paths: documented } = (await api.get('/openapi.json')).body;
  const paths = Object.keys(documented)
    .filter((path) => 'get' in documented[path])
    .map((path) =>
      path.replace('{service}', 'reviews.shop').replace('{key}', 'inferred:*:reviews.shop:*'),
    );
  return { ...api, paths };
}
const bearing = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

describe('with tokens configured', () => {
  test('every route but health and documentation needs one', async () => {
    const { get, app, paths } = await securedApi();
    expect(paths).toHaveLength(14);
    for (const path of paths) {
      if (OPEN.includes(path)) {
        expect((await app.request(path)).status, path).toBe(200);
        continue;
      }
      const { status, response, body } = await get(path);
      expect([path, status, body.error.code]).toEqual([path, 401, 'unauthenticated']);
      expect(response.headers.get('www-authenticate')).toContain('Bearer');
      expect((await get(path, bearing('wrong'))).status).toBe(401);
    }
  });

  test('a token without the scope query is not enough, one with it is', async () => {
    const { get, app, paths } = await securedApi();
    for (const path of paths.filter((path) => !OPEN.includes(path))) {
      const { status, body } = await get(path, bearing('ingest-token'));
      expect([path, status, body.error.code]).toEqual([path, 403, 'insufficient_scope']);
      const allowed = await app.request(path, bearing('query-token'));
      expect([path, allowed.status]).toEqual([path, 200]);
      await allowed.body?.cancel();
    }
  });

  test('nobody learns without one which services there are, or what is wrong with a question', async () => {
    const { get } = await securedApi();
    for (const path of ['/services/reviews.shop', '/services/nobody', '/services?limit=x']) {
      expect((await get(`/api/v1${path}`)).body.error.code).toBe('unauthenticated');
    }
  });
});

test('every answer forbids caching and sniffing and carries a request id, given or made', async () => {
  const { app } = await apiOver([]);
  for (const path of [
    '/api/v1/services',
    '/api/v1/services/x',
    '/healthz',
    '/metrics',
    '/docs',
    '/x',
  ]) {
    const { headers } = await app.request(path);
    expect(headers.get('cache-control'), path).toBe('no-store');
    expect(headers.get('x-content-type-options'), path).toBe('nosniff');
    expect(headers.get('x-request-id'), path).toBe('request-1');
  }
  const given = await app.request('/x', { headers: { 'x-request-id': 'abc-1' } });
  expect((await given.json()).error.request_id).toBe('abc-1');
  const bad = await app.request('/x', { headers: { 'x-request-id': '"><script>' } });
  expect((await bad.json()).error.request_id).toBe('request-1');
});

test.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])(
  '%s where only GET is answered is 405 and says what is allowed',
  async (method) => {
    const { get } = await apiOver([]);
    for (const path of ['/api/v1/services', '/api/v1/services/a.b', '/metrics', '/docs']) {
      const { status, response, body } = await get(path, { method });
      expect([path, status]).toEqual([path, 405]);
      expect(response.headers.get('allow')).toBe('GET, HEAD');
      expect(errorAnswer.parse(body).error.code).toBe('method_not_allowed');
    }
  },
);

test('an unknown route is 404, whatever the method, in the shape of every error', async () => {
  const { get } = await apiOver([]);
  for (const [path, method] of [
    ['/api/v1/nothing', 'GET'],
    ['/api/v1/services/', 'GET'],
    ['/api/v1/nothing', 'POST'],
    ['/%ff%', 'GET'],
  ] as const) {
    const { status, body } = await get(path, { method });
    expect(status).toBe(404);
    expect(errorAnswer.parse(body).error.code).toBe('not_found');
  }
});

test('a defect is 500 without its details, which are in the log under the request id', async () => {
  const error = vi.fn();
  const api = await apiOver([], { log: { ...noLog, error } });
  const views = {
    ...api.views,
    services: () => {
      throw new Error('secret detail');
    },
  };
  const { get } = await apiOver([], { views, log: { ...noLog, error } });
  const { status, body } = await get('/api/v1/services');
  expect([status, errorAnswer.parse(body).error.code]).toEqual([500, 'internal_error']);
  expect(JSON.stringify(body)).not.toContain('secret');
  expect(error).toHaveBeenCalledWith(
    'api_defect',
    expect.objectContaining({ request_id: 'request-1', error: expect.stringContaining('secret') }),
  );
});
