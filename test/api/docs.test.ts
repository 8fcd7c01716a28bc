import { readFileSync } from 'node:fs';
import type { z } from '@hono/zod-openapi';
import { expect, test } from 'vitest';
import { DOCS_POLICY } from '../../src/api/docs-page.ts';
import { alertList } from '../../src/api/schemas/alert.ts';
import { breakerList, transitionList } from '../../src/api/schemas/breaker.ts';
import { deadLetterList } from '../../src/api/schemas/dead-letter.ts';
import { partitionList } from '../../src/api/schemas/delay.ts';
import { dependencyList } from '../../src/api/schemas/dependency.ts';
import { ERROR_CODES, errorAnswer } from '../../src/api/schemas/errors.ts';
import { health, ready } from '../../src/api/schemas/health.ts';
import { service, serviceList } from '../../src/api/schemas/service.ts';
import { authorize } from '../../src/auth/authorize.ts';
import { TokenTable } from '../../src/auth/tokens.ts';
import { apiOver } from './harness.ts';

const SCHEMAS: Record<string, z.ZodType> = {
  '/api/v1/services': serviceList,
  '/api/v1/services/{service}': service,
  '/api/v1/dependencies': dependencyList,
  '/api/v1/breakers': breakerList,
  '/api/v1/breakers/{key}/transitions': transitionList,
  '/api/v1/alerts': alertList,
  '/api/v1/dead-letters': deadLetterList,
  '/api/v1/partitions': partitionList,
  '/healthz': health,
  '/readyz': ready,
};

interface Operation {
  summary?: string;
  tags?: string[];
  security?: unknown;
  parameters?: { name: string; description?: string; schema: { description?: string } }[];
  responses: Record<string, Answer>;
}
interface Answer {
  description: string;
  content: Record<string, { example?: unknown; schema: unknown }>;
}

test('whoever asks for the document without its ending is sent to it', async () => {
  const { app } = await apiOver([]);
  const answer = await app.request('/openapi');
  expect([answer.status, answer.headers.get('location')]).toEqual([302, '/openapi.json']);
});

async function documented() {
  const { app, get } = await apiOver([]);
  const { status, body } = await get('/openapi.json');
  expect(status).toBe(200);
  const of = (method: 'get' | 'post') =>
    Object.entries(body.paths as Record<string, Partial<Record<typeof method, Operation>>>).flatMap(
      ([path, methods]) => (methods[method] ? [[path, methods[method]] as const] : []),
    );
  return { app, document: body, operations: of('get'), doors: of('post') };
}

test('every route of the app is in the document, and nothing else but the doors is', async () => {
  const { app, operations } = await documented();
  const routes = app.routes
    .filter(({ method, path }) => method !== 'ALL' && path !== '/openapi')
    .map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`);
  expect(operations.map(([path]) => `GET ${path}`).sort()).toEqual([...new Set(routes)].sort());
});

test('it is OpenAPI 3.1, every reference in it leads somewhere, every operation and parameter is described', async () => {
  const { document, operations, doors } = await documented();
  expect(document.openapi).toBe('3.1.0');
  expect(document.info).toMatchObject({ title: 'Meshpulse', version: '0.1.0' });
  for (const [, reference] of JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g)) {
    let at = document;
    for (const step of reference!.split('/')) at = at?.[step];
    expect(at, reference).toBeDefined();
  }
  const tags = document.tags.map(({ name }: { name: string }) => name);
  for (const [path, operation] of [...operations, ...doors]) {
    expect(operation.summary, path).toBeTruthy();
    expect(tags).toContain(operation.tags?.[0]);
    for (const { name, description, schema } of operation.parameters ?? []) {
      expect(description ?? schema.description, `${path} ${name}`).toBeTruthy();
    }
    expect('security' in operation).toBe(/^\/(api|v1)\/|^\/metrics$/.test(path));
  }
});

test('the example of every JSON answer is one its schema takes, to the last field', async () => {
  const { operations } = await documented();
  const checked: string[] = [];
  for (const [path, { responses }] of operations) {
    for (const [status, { content }] of Object.entries(responses)) {
      const example = content['application/json']?.example;
      if (status === '200' && SCHEMAS[path]) {
        expect(SCHEMAS[path].parse(example), path).toEqual(example);
        checked.push(path);
      } else if (path !== '/readyz' && status >= '400') {
        expect(errorAnswer.parse(example), `${path} ${status}`).toEqual(example);
      }
    }
  }
  expect(checked.sort()).toEqual(Object.keys(SCHEMAS).sort());
});

test('every error code is told of by some route, or can come from any', async () => {
  const { operations: told } = await documented();
  const text = JSON.stringify(told);
  const anywhere = ['not_found', 'method_not_allowed', 'internal_error'];
  for (const code of Object.keys(ERROR_CODES)) {
    expect([code, text.includes(`\`${code}\``)]).toEqual([code, !anywhere.includes(code)]);
  }
});

test('a field that may be null says so in the document', async () => {
  const { document } = await documented();
  const { ServiceSummary, Breaker } = document.components.schemas;
  expect(ServiceSummary.properties.breaker.anyOf).toEqual([
    { $ref: '#/components/schemas/Breaker' },
    { type: 'null' },
  ]);
  expect(ServiceSummary.properties.p99_latency.type).toEqual(['number', 'null']);
  expect(Breaker.properties.sequence.type).toEqual(['array', 'null']);
});

test('the page leaves the token out where nobody needs one', async () => {
  const { app } = await documented();
  const page = await (await app.request('http://mesh.example:8080/docs')).text();
  expect(page).toContain('curl -s &#39;http://mesh.example:8080/api/v1/services&#39;');
  expect(page).not.toContain('Authorization: Bearer');
});

test('the page shows every route with a curl and loads nothing', async () => {
  const { operations, doors } = await documented();
  const table = new TokenTable([{ provider: 'a', scopes: ['query'], token: 'of-a' }]);
  const { app } = await apiOver([], {
    authorize: (_, scope) => authorize(table, { authorization: null, pathToken: null }, scope),
  });
  const response = await app.request('http://mesh.example:8080/docs');
  expect(response.headers.get('content-type')).toMatch(/^text\/html; charset=utf-8$/i);
  expect(response.headers.get('content-security-policy')).toBe(DOCS_POLICY);
  expect(DOCS_POLICY).toContain("default-src 'none'");
  const page = await response.text();
  const routes = [...operations, ...doors];
  for (const [path] of routes) expect(page).toContain(`<code>${path}</code>`);
  expect(page).toContain(
    'curl -s -H &quot;Authorization: Bearer $MESHPULSE_TOKEN&quot; &#39;http://mesh.example:8080/api/v1/breakers/inferred%3A*%3Areviews.shop%3A*/transitions&#39;',
  );
  expect(page).toContain('curl -s -N -H');
  expect(page).toContain('curl -s &#39;http://mesh.example:8080/healthz&#39;');
  expect(page.match(/curl -s/g)).toHaveLength(routes.length);
  expect(page).not.toMatch(/<script|<link|<img|<iframe|\ssrc=|@import|url\(|\son\w+=/i);
  for (const [, target] of page.matchAll(/href="([^"]+)"/g)) {
    expect(target).toMatch(/^(#[\w-]+|\/openapi\.json)$/);
    if (target!.startsWith('#')) expect(page).toContain(`id="${target!.slice(1)}"`);
  }
  expect(page).not.toContain('undefined');
  expect(page).not.toContain('[object Object]');
});

test('docs/api.md has a curl for every route and every error code with its meaning', async () => {
  const { operations } = await documented();
  const text = readFileSync(new URL('../../docs/api.md', import.meta.url), 'utf8');
  for (const [path] of operations) {
    const asked = path.replace(/\{\w+\}/g, '[^/\\s]+');
    expect(text, path).toMatch(
      new RegExp(`curl -s.* 'http://127\\.0\\.0\\.1:4320${asked}(\\?[^']*)?'`),
    );
  }
  for (const [code, meaning] of Object.entries(ERROR_CODES)) {
    expect(text).toContain(`| \`${code}\` | ${meaning} |`);
  }
});
