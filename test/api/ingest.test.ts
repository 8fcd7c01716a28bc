import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { accessLogAnswer, doorError, otlpAnswer, rpcStatus } from '../../src/api/schemas/ingest.ts';
import { createReceiver } from '../../src/receive/app.ts';
import { createDoors } from '../../src/receive/doors.ts';
import { FAILURES } from '../../src/receive/errors.ts';
import { DEFAULT_LIMITS } from '../../src/receive/limits.ts';
import { MemoryStream } from '../../src/stream/memory/memory-stream.ts';
import { Metrics } from '../../src/telemetry/metrics.ts';
import { apiOver } from './harness.ts';

const LINE =
  '[2026-01-02T03:04:05.678Z] "GET /ratings/0 HTTP/1.1" 200 - 0 48 7 6 "-" "curl" "-" "ratings.default:9080" "10.0.0.7:9080"';

const options = () => ({
  sink: new MemoryStream({ clock: () => 0 }),
  metrics: new Metrics(),
  clock: () => 0,
  ids: () => 'request-1',
});

interface Answer {
  description: string;
  content?: Record<string, { example?: unknown }>;
}
interface Post {
  tags: string[];
  description: string;
  security?: unknown;
  requestBody: { content: Record<string, { example?: unknown }> };
  responses: Record<string, Answer>;
}

async function documented() {
  const { get, app } = await apiOver([]);
  const { paths } = (await get('/openapi.json')).body;
  const posts = Object.entries(paths as Record<string, { post?: Post }>).flatMap(
    ([path, { post }]) => (post ? [[path, post] as const] : []),
  );
  return { app, posts };
}

const postTo = (path: string, body: string, type: string) =>
  createReceiver(options()).request(path, {
    method: 'POST',
    body,
    headers: { 'content-type': type },
  });

test('every door is in the document, at its path and with the token in the path', async () => {
  const { posts } = await documented();
  const { routes } = createDoors(options());
  expect(posts.map(([path]) => path).sort()).toEqual(
    routes.flatMap(({ path }) => [path, `/t/{token}${path}`]).sort(),
  );
  for (const [path, { tags, security }] of posts) {
    expect(tags).toEqual(['Ingest']);
    expect(security === undefined, path).toBe(path.startsWith('/t/'));
  }
});

test('every refusal of a door is told of with its status', async () => {
  const { posts } = await documented();
  for (const [path, { responses }] of posts) {
    const told = Object.entries(responses).flatMap(([status, { description }]) =>
      Number(status) < 400
        ? []
        : [...description.matchAll(/`([a-z_]+)`/g)].map(([, code]) => [code!, Number(status)]),
    );
    const zipkin = path.endsWith('/spans');
    const expected = Object.entries(FAILURES).flatMap(([code, { status }]): [string, number][] => {
      if (code === 'not_found') return [];
      if (zipkin && code === 'unsupported_media_type') return [];
      return [[code, zipkin && status === 415 ? 400 : status]];
    });
    expect(told.sort()).toEqual(expected.sort());
  }
});

test('the limits told of are those in force by default', async () => {
  const { posts } = await documented();
  const { maxBodyBytes, maxInflatedBytes, maxRecords } = DEFAULT_LIMITS;
  for (const [path, { description }] of posts.filter(([path]) => !path.startsWith('/t/'))) {
    expect(description, path).toContain(`${maxBodyBytes / 1024 ** 2} MiB compressed`);
    expect(description, path).toContain(`${maxInflatedBytes / 1024 ** 2} MiB inflated`);
    expect(description, path).toContain(`${maxRecords} records`);
  }
});

test('the answers are of the documented shape', async () => {
  const { posts } = await documented();
  const logs = posts.find(([path]) => path === '/v1/access-logs')![1];
  const line = logs.requestBody.content['text/plain']!.example as string;
  const taken = await postTo('/v1/access-logs', `${line}\n[x\n${LINE}\n`, 'text/plain');
  const body = await taken.json();
  expect(accessLogAnswer.strict().parse(body)).toEqual(body);
  expect(body).toMatchObject({ records: 3, accepted: 2 });

  const refused = await (await postTo('/v1/access-logs', 'x', 'application/msgpack')).json();
  expect(doorError.strict().parse(refused)).toEqual(refused);

  const record = { body: { stringValue: 'GET nothing' } };
  const request = { resourceLogs: [{ scopeLogs: [{ logRecords: [record] }] }] };
  const json = 'application/json';
  const partial = await (await postTo('/v1/logs', JSON.stringify(request), json)).json();
  expect(otlpAnswer.strict().parse(partial)).toEqual(partial);
  expect(partial.partialSuccess.rejectedLogRecords).toBe('1');
  const status = await (await postTo('/v1/logs', '{', json)).json();
  expect(rpcStatus.strict().parse(status)).toEqual(status);

  const spans = await postTo('/api/v2/spans', '[]', json);
  expect([spans.status, await spans.text()]).toEqual([202, '']);
});

test('the page and docs/api.md have a curl for every door', async () => {
  const { app, posts } = await documented();
  const page = await (await app.request('http://mesh.example/docs')).text();
  const text = readFileSync(new URL('../../docs/api.md', import.meta.url), 'utf8');
  for (const [path] of posts) {
    const typed = path.replace('{token}', 'TOKEN');
    expect(page).toContain(`--data-binary @body &#39;http://mesh.example${typed}&#39;`);
    if (path.startsWith('/t/')) continue;
    expect(text).toMatch(
      new RegExp(`curl -s.* --data-binary.* 'http://127\\.0\\.0\\.1:4320${path}'`),
    );
  }
  expect(text).toContain('/t/<token>/');
});
