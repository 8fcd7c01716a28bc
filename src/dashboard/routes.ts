import { readFileSync } from 'node:fs';
import { Hono } from 'hono';

/** The page at `/`: its own files only, and a policy that lets the browser load nothing else. */
export function createDashboard(): Hono {
  const app = new Hono();
  for (const [path, file, type] of FILES) {
    const body = readFileSync(new URL(`./static/${file}`, import.meta.url));
    app.get(path, (context) =>
      context.body(body, 200, {
        'content-type': type,
        'content-security-policy': POLICY,
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cache-control': 'no-cache',
      }),
    );
  }
  return app;
}

const POLICY = "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

const SCRIPT = 'text/javascript; charset=utf-8';
const FILES = [
  ['/', 'index.html', 'text/html; charset=utf-8'],
  ['/page/page.css', 'page.css', 'text/css; charset=utf-8'],
  ['/page/icon.svg', 'icon.svg', 'image/svg+xml'],
  ['/page/main.js', 'main.js', SCRIPT],
  ['/page/api.js', 'api.js', SCRIPT],
  ['/page/show.js', 'show.js', SCRIPT],
  ['/page/alerts.js', 'alerts.js', SCRIPT],
  ['/page/delays.js', 'delays.js', SCRIPT],
  ['/page/services.js', 'services.js', SCRIPT],
] as const;
