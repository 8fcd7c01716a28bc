import { createHash } from 'node:crypto';
import { html, raw } from 'hono/html';
import { boundsText, type SchemaView, typeText } from './docs-schema.ts';
import { STYLE } from './docs-style.ts';

/** No script, no image, nothing from anywhere: only the page's own style. */
export const DOCS_POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

interface DocumentView {
  info: { title: string; version: string; description?: string };
  tags?: { name: string }[];
  paths?: Record<string, { get?: OperationView; post?: OperationView }>;
  components?: { schemas?: Record<string, SchemaView> };
}

interface OperationView {
  tags?: string[];
  summary?: string;
  description?: string;
  security?: unknown[];
  parameters?: ParameterView[];
  requestBody?: { content: Record<string, { example?: unknown }> };
  responses: Record<
    string,
    { description: string; content?: Record<string, { example?: unknown }> }
  >;
}

interface ParameterView {
  name: string;
  in: string;
  description?: string;
  example?: unknown;
  schema?: SchemaView & { example?: unknown };
}

interface Operation extends OperationView {
  method: 'get' | 'post';
  path: string;
}

/** The server the examples ask. */
export interface Asked {
  /** `http://127.0.0.1:4320` */
  origin: string;
  /** Nobody needs a token there. */
  open: boolean;
}

/** The document as a page for people, with a curl for every route. */
export function docsPage(document: object, asked: Asked): string {
  const { info, tags = [], paths = {}, components } = document as DocumentView;
  const operations = Object.entries(paths).flatMap(([path, { get, post }]): Operation[] => [
    ...(get ? [{ method: 'get' as const, path, ...get }] : []),
    ...(post ? [{ method: 'post' as const, path, ...post }] : []),
  ]);
  const areas = tags
    .map(({ name }) => ({ name, operations: operations.filter((of) => of.tags?.includes(name)) }))
    .filter((area) => area.operations.length > 0);
  const schemas = Object.entries(components?.schemas ?? {}).filter(([, of]) => of.properties);

  return String(html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${info.title} API</title>
<style>${raw(STYLE)}</style>
</head>
<body>
<div class="page">
<nav aria-label="Routes">
<a href="#top"><strong>${info.title}</strong> ${info.version}</a>
${areas.map(
  (area) => html`<h2>${area.name}</h2>
${area.operations.map(({ path }) => html`<a href="#${anchor(path)}">${path}</a>`)}`,
)}
<h2>Answers</h2>
${schemas.map(([name]) => html`<a href="#schema-${name}">${name}</a>`)}
</nav>
<main id="top">
<h1>${info.title} API</h1>
<p>${marked(info.description)}</p>
<p>For programs: <a href="/openapi.json">openapi.json</a>, OpenAPI 3.1.</p>
${areas.map(
  (area) => html`<h2 class="area">${area.name}</h2>
${area.operations.map((operation) => routeSection(operation, asked))}`,
)}
<h2 class="area">Answers</h2>
${schemas.map(([name, schema]) => schemaSection(name, schema))}
</main>
</div>
</body>
</html>
`);
}

function routeSection(operation: Operation, asked: Asked) {
  const { method, path, summary, description, parameters = [], responses } = operation;
  const content = Object.values(responses['200']?.content ?? {})[0];
  return html`<section id="${anchor(path)}">
<h3><span class="method">${method}</span><code>${path}</code></h3>
<p>${marked(summary)}</p>
${description ? html`<p class="soft">${marked(description)}</p>` : ''}
<pre tabindex="0">${curl(operation, asked)}</pre>
${parameters.length > 0 ? parameterTable(parameters) : ''}
<h4>Answers</h4>
<div class="wide"><table><tbody>
${Object.entries(responses).map(
  ([status, answer]) =>
    html`<tr><td class="${status < '300' ? 'ok' : 'fail'}">${status}</td><td>${marked(answer.description)}</td></tr>`,
)}
</tbody></table></div>
${content?.example === undefined ? '' : html`<details><summary>Example</summary><pre tabindex="0">${exampleText(content.example)}</pre></details>`}
</section>`;
}

function parameterTable(parameters: readonly ParameterView[]) {
  return html`<h4>Parameters</h4>
<div class="wide"><table><tbody>
${parameters.map(
  ({ name, in: where, description, schema = {} }) => html`<tr>
<td><code>${name}</code></td>
<td class="soft">${where === 'path' ? 'in the path' : typeText(schema)}</td>
<td>${marked(description ?? schema.description)} <span class="soft">${boundsText(schema)}</span></td>
</tr>`,
)}
</tbody></table></div>`;
}

function schemaSection(name: string, { description, properties = {} }: SchemaView) {
  return html`<section id="schema-${name}">
<h3>${name}</h3>
${description ? html`<p>${marked(description)}</p>` : ''}
<div class="wide"><table><tbody>
${Object.entries(properties).map(
  ([field, schema]) =>
    html`<tr><td><code>${field}</code></td><td class="soft">${typeText(schema)}</td><td>${marked(describe(schema))}</td></tr>`,
)}
</tbody></table></div>
</section>`;
}

/** The document's texts are Markdown; of that they use only `code`. */
function marked(text = '') {
  return text.split('`').map((part, i) => (i % 2 === 0 ? part : html`<code>${part}</code>`));
}

function describe(schema: SchemaView): string {
  if (schema.description) return schema.description;
  const parts = [...(schema.allOf ?? []), ...(schema.anyOf ?? []), ...(schema.oneOf ?? [])];
  return parts
    .map(({ description }) => description ?? '')
    .join(' ')
    .trim();
}

/** What to type to ask this server, with the examples of the path's parameters. */
export function curl(
  { path, parameters = [], security, requestBody, responses }: Operation,
  { origin, open }: Asked,
): string {
  const filled = path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const parameter = parameters.find((of) => of.in === 'path' && of.name === name);
    return encodeURIComponent(String(parameter?.example ?? parameter?.schema?.example ?? name));
  });
  const streamed = responses['200']?.content?.['text/event-stream'] ? ' -N' : '';
  const token = security && !open ? ` -H "Authorization: Bearer $MESHPULSE_TOKEN"` : '';
  const [type] = Object.keys(requestBody?.content ?? {});
  const body = type === undefined ? '' : ` -H 'Content-Type: ${type}' --data-binary @body`;
  return `curl -s${streamed}${token}${body} '${origin}${filled}'`;
}

function exampleText(example: unknown): string {
  return typeof example === 'string' ? example : JSON.stringify(example, null, 2);
}

function anchor(path: string): string {
  return path.replace(/[^\w]+/g, '-').replace(/^-|-$/g, '');
}
