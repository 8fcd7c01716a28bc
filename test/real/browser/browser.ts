import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';

const SCREENSHOTS = join(import.meta.dirname, '../../../.real-parts/screenshots');

/** A real Chromium that asks nobody anything of its own accord. */
export function launch(executablePath: string): Promise<Browser> {
  return chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** A page of its own context, and all that went wrong in it. */
export interface Watched {
  page: Page;
  /** Addresses it asked for, its own scripts' requests among them. */
  asked: string[];
  /** Errors of scripts, on the console, of the content security policy, and dialogs. */
  wrong: string[];
}

export async function open(browser: Browser, options: PageOptions = {}): Promise<Watched> {
  const { width = 1200, height = 800, dark = false } = options;
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: dark ? 'dark' : 'light',
  });
  const page = await context.newPage();
  const asked: string[] = [];
  const wrong: string[] = [];
  context.on('request', (request) => asked.push(request.url()));
  page.on('pageerror', (error) => wrong.push(`error: ${error.message}`));
  page.on('requestfailed', (request) => {
    // A page that is left ends its stream.
    const why = request.failure()?.errorText ?? '';
    if (why !== 'net::ERR_ABORTED') wrong.push(`${why}: ${request.url()}`);
  });
  page.on('console', (message) => {
    // Violations of the policy are told here too.
    if (['error', 'warning'].includes(message.type())) wrong.push(`console: ${message.text()}`);
  });
  page.on('dialog', (dialog) => {
    wrong.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  return { page, asked, wrong };
}

interface PageOptions {
  width?: number;
  height?: number;
  dark?: boolean;
}

/** For people to look at; what is on it is asserted elsewhere. */
export async function screenshot(
  page: Page,
  name: string,
  { fullPage = true } = {},
): Promise<void> {
  mkdirSync(SCREENSHOTS, { recursive: true });
  await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`), fullPage });
}
