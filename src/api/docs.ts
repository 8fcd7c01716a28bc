import type { OpenAPIHono } from '@hono/zod-openapi';
import { z } from '@hono/zod-openapi';
import type { ApiEnv, ApiOptions } from './context.ts';
import { DOCS_POLICY, docsPage } from './docs-page.ts';
import { ingestPaths } from './ingest.ts';
import { area, createRoute } from './route.ts';

type Document = ReturnType<OpenAPIHono<ApiEnv>['getOpenAPI31Document']>;

/** The document of `app`, with these two routes in it, and a page made of it. Made once, when first asked for. */
export function docsRoutes(app: OpenAPIHono<ApiEnv>, { version, authorize, roles }: ApiOptions) {
  let document: Document | null = null;
  const getDocument = () => {
    document ??= app.getOpenAPI31Document({
      openapi: '3.1.0',
      ...ABOUT,
      info: { ...INFO, version },
    });
    return document;
  };

  const openapi = createRoute({
    method: 'get',
    path: '/openapi.json',
    tags: ['Documentation'],
    summary: 'This API as an OpenAPI 3.1 document',
    responses: {
      200: {
        description: 'The document.',
        content: { 'application/json': { schema: z.looseObject({ openapi: z.string() }) } },
      },
    },
  });

  const page = createRoute({
    method: 'get',
    path: '/docs',
    tags: ['Documentation'],
    summary: 'This API as a page; it loads nothing from elsewhere',
    responses: {
      200: { description: 'The page.', content: { 'text/html': { schema: z.string() } } },
    },
  });

  app.openAPIRegistry.registerComponent('securitySchemes', 'bearer', {
    type: 'http',
    scheme: 'bearer',
    description:
      'A token with the scope `query`, or `ingest` to post. Not needed where no tokens are configured.',
  });
  const receives = roles?.includes('receive') ?? true;
  for (const path of receives ? ingestPaths() : []) app.openAPIRegistry.registerPath(path);

  const routes = area();
  routes.get('/openapi', (c) => c.redirect('/openapi.json'));
  return routes
    .openapi(openapi, (c) => c.json(getDocument() as unknown as { openapi: string }, 200))
    .openapi(page, (c) => {
      const { origin } = new URL(c.req.url);
      const headers = { 'content-security-policy': DOCS_POLICY };
      // Without a header only an open server allows it.
      const open = authorize(new Request(origin), 'query').allowed;
      return c.html(docsPage(getDocument(), { origin, open }), 200, headers);
    });
}

const INFO = {
  title: 'Meshpulse',
  description: [
    'Rolling success rate, latency percentiles and circuit-breaker state of the services of a mesh.',
    'Every number comes with its window, its count and the watermark it is true at (`as_of`).',
    'What is not known is `null`, and `null_reasons` beside it says why.',
    'Latencies are in ms, rates are fractions from 0 to 1, instants are RFC 3339 in UTC.',
  ].join(' '),
};

const ABOUT = {
  tags: [
    { name: 'Ingest' },
    { name: 'Services' },
    { name: 'Dependencies' },
    { name: 'Breakers' },
    { name: 'Alerts' },
    { name: 'Live' },
    { name: 'Dead letters' },
    { name: 'Operations' },
    { name: 'Documentation' },
  ],
};
