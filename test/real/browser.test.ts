import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { until } from '../stream/until.ts';
import { launch, open, screenshot } from './browser/browser.ts';
import { keepPosting, post } from './browser/shop.ts';
import { type Meshpulse, startMeshpulse } from './meshpulse.ts';
import { describePart } from './parts.ts';

const SERVICES = ['reviews.shop', 'ratings.shop', 'details.shop'];
const MARKUP = '<img src=x onerror=alert(1)>';
const SENDER = 'token-of-the-sender';
const READER = 'token-of-the-reader';

describePart('chromium', 'The page in a real browser', (binary) => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launch(binary);
  });
  afterAll(async () => {
    await browser?.close();
  });

  describe('of a server that asks for no token', () => {
    let meshpulse: Meshpulse;
    beforeAll(async () => {
      meshpulse = await startMeshpulse();
    });
    afterAll(async () => {
      // A stream that a browser holds open must not hold up the end.
      expect(await meshpulse?.stop()).toBe(0);
    });

    test('shows how to begin, then services live, a trip, and one service by a click', async () => {
      const { page, asked, wrong } = await open(browser);
      await page.goto(meshpulse.url);
      await page.getByText('No requests yet').waitFor();
      await screenshot(page, '1-empty');

      const posting = keepPosting(meshpulse.url, SERVICES);
      try {
        for (const service of SERVICES) await page.getByRole('link', { name: service }).waitFor();
        expect(await row(page, 'ratings.shop').getByText('CLOSED').count()).toBe(1);
        await changesLive(page);
        await screenshot(page, '2-live');
      } finally {
        await posting.stop();
      }

      await post(meshpulse.url, 'ratings.shop', 2000, { code: 503 });
      await row(page, 'ratings.shop').getByText('OPEN').waitFor();
      const alerts = page.getByRole('region', { name: 'Firing alerts' });
      await alerts.getByText('Breaker open: ratings.shop').waitFor();
      await until('the title says so', async () => (await page.title()) === '(1) Meshpulse');
      await screenshot(page, '3-open');

      await row(page, 'ratings.shop').getByRole('link').click();
      await page.getByRole('heading', { name: /ratings\.shop.*OPEN/ }).waitFor();
      for (const heading of ['Callers', 'Breakers', 'Examples']) {
        await page.getByRole('heading', { name: heading }).waitFor();
      }
      await page.getByRole('link', { name: 'frontend.shop' }).first().waitFor();
      await screenshot(page, '4-service');

      await page.getByRole('link', { name: 'all services' }).click();
      await row(page, 'details.shop').waitFor();
      await page.context().close();
      expect(wrong).toEqual([]);
      expect(elsewhere(asked, meshpulse.url)).toEqual([]);
    });

    test('shows names with markup as text, wherever they stand', async () => {
      await post(meshpulse.url, 'reviews.shop', 20, { code: 503, request_id: MARKUP });
      const { page, asked, wrong } = await open(browser);
      await page.goto(`${meshpulse.url}/#/services/reviews.shop`);
      await page.getByText(MARKUP).first().waitFor();

      // The doors let no such name through; the page must not rely on that.
      await page.route('**/api/v1/**', async (route) => {
        if (route.request().url().endsWith('/stream')) return route.continue();
        const answer = await route.fetch();
        const body = JSON.parse(await answer.text(), (key, value) =>
          typeof value === 'string' && !UNTOUCHED.test(key) ? MARKUP : value,
        );
        await route.fulfill({ response: answer, json: body });
      });
      await page.getByRole('heading', { name: MARKUP }).waitFor();
      await page.goto(`${meshpulse.url}/#/`);
      await row(page, MARKUP).first().waitFor();
      await screenshot(page, '5-markup');
      expect(await page.locator('img').count()).toBe(0);
      await page.context().close();
      expect(wrong).toEqual([]);
      expect(elsewhere(asked, meshpulse.url)).toEqual([]);
    });

    test('keeps what has the focus or is selected while its numbers change', async () => {
      const { page } = await open(browser, { dark: true });
      await page.goto(meshpulse.url);
      const link = row(page, 'ratings.shop').getByRole('link');
      await link.focus();
      const posting = keepPosting(meshpulse.url, SERVICES);
      try {
        await changesLive(page);
        expect(await link.evaluate((node) => node === node.ownerDocument.activeElement)).toBe(true);
      } finally {
        await posting.stop();
      }
      await screenshot(page, '6-dark');
      await page.context().close();
    });

    test('says how late its numbers are, and of which services, only while they are', async () => {
      await post(meshpulse.url, 'details.shop', 10);
      const { page, wrong } = await open(browser);
      await page.goto(meshpulse.url);
      await row(page, 'details.shop').waitFor();
      const delayed = page.getByText('delayed');
      expect(await delayed.count()).toBe(0);

      const delay = { partition: 3, reason: 'not_read', seconds: 12.3, lag: 2400 };
      await page.route(/\/api\/v1\/(services|alerts)/, async (route) => {
        const answer = await route.fetch();
        const body = (await answer.json()) as { services?: { service: string }[] };
        const services = body.services?.map((one) =>
          one.service === 'details.shop' ? { ...one, health: 'delayed', delay } : one,
        );
        await route.fulfill({ response: answer, json: { ...body, services, delays: [delay] } });
      });
      await page
        .getByText(
          'Data delayed by 12 s (partition 3, 2,400 records to go): nobody counts what comes',
        )
        .waitFor();
      await row(page, 'details.shop').getByText('delayed by 12 s').waitFor();
      expect(await page.locator('tbody').getByText('delayed by').count()).toBe(1);
      await screenshot(page, '15-delayed', { fullPage: false });
      await page.unrouteAll({ behavior: 'wait' });
      await until('it no longer says so', async () => (await delayed.count()) === 0);
      await page.context().close();
      expect(wrong).toEqual([]);
    });

    test('lists many services worst first, and finds others by a filter that keeps the focus', async () => {
      await post(meshpulse.url, 'details.shop', 10);
      const { page, wrong } = await open(browser);
      await page.route('**/api/v1/services?*', async (route) => {
        const answer = await route.fetch();
        const body = (await answer.json()) as { services: { service: string }[] };
        const healthy = body.services.find(({ service }) => service === 'details.shop')!;
        const services = Array.from({ length: 340 }, (_, i) => ({
          ...healthy,
          service: `s${String(i).padStart(3, '0')}.shop`,
          health: i === 339 ? 'failing' : i === 338 ? 'degraded' : 'healthy',
          requests_per_second: i === 337 ? 900 : 1,
        }));
        await route.fulfill({ response: answer, json: { ...body, services } });
      });
      await page.goto(meshpulse.url);
      await page.getByText('the worst 200 of 340 services').waitFor();
      const names = () => page.locator('tbody td:first-child').allInnerTexts();
      expect((await names()).slice(0, 4)).toEqual(
        ['s339', 's338', 's337', 's000'].map((name) => `${name}.shop`),
      );
      expect(await names()).toHaveLength(200);
      await screenshot(page, '14-many', { fullPage: false });

      const field = page.getByLabel('Filter services');
      await field.click();
      await field.pressSequentially('S31');
      await page.getByText('10 of 340 services').waitFor();
      expect(await names()).toHaveLength(10);
      await post(meshpulse.url, 'details.shop', 10);
      await page.waitForResponse(/services\?/);
      await field.pressSequentially('9');
      await page.getByText('1 of 340 services').waitFor();
      expect(await field.inputValue()).toBe('S319');
      expect(await field.evaluate((node) => node === node.ownerDocument.activeElement)).toBe(true);
      await screenshot(page, '15-filter');
      await page.context().close();
      expect(wrong).toEqual([]);
    });

    test('says what became of a breaker whose alert still fires, and folds many alerts', async () => {
      const { page } = await open(browser);
      await page.route('**/api/v1/alerts?*', async (route) => {
        const answer = await route.fetch();
        const body = (await answer.json()) as { alerts: object[] };
        await route.fulfill({
          response: answer,
          json: { ...body, alerts: Array.from({ length: 12 }, () => body.alerts[0]) },
        });
      });
      const become = { state: 'HALF_OPEN', stale: true };
      await page.route('**/api/v1/breakers?*', async (route) => {
        const answer = await route.fetch();
        const body = (await answer.json()) as { breakers: object[] };
        const breakers = body.breakers.map((one) => ({ ...one, ...become }));
        await route.fulfill({ response: answer, json: { ...body, breakers } });
      });
      await page.goto(meshpulse.url);
      const alerts = page.getByRole('region', { name: 'Firing alerts' });
      await alerts.getByText('half-open, waiting for calls').first().waitFor();
      expect(await alerts.getByText('Breaker open').count()).toBe(5);
      await alerts.getByText('and 7 more').waitFor();
      await until('the title counts all', async () => (await page.title()) === '(12) Meshpulse');
      await screenshot(page, '16-alerts');
      become.state = 'OPEN';
      await alerts.getByText('still open, no calls to judge').first().waitFor();
      await page.context().close();
    });

    test('fits a telephone', async () => {
      const { page } = await open(browser, { width: 375, height: 700 });
      for (const [name, hash] of [
        ['7-phone', ''],
        ['8-phone-service', '#/services/ratings.shop'],
      ] as const) {
        await page.goto(`${meshpulse.url}/${hash}`);
        await page.getByRole('cell').first().waitFor();
        await screenshot(page, name);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth);
        expect(wide).toBeLessThanOrEqual(375);
        for (const heading of await page.getByRole('columnheader', { name: 'success' }).all()) {
          const { x, width } = (await heading.boundingBox())!;
          expect(x + width).toBeLessThanOrEqual(375);
        }
      }
      await page.context().close();
    });

    test('says that a service was not seen, and that the server does not answer', async () => {
      const { page, asked } = await open(browser);
      await page.goto(`${meshpulse.url}/#/services/nobody`);
      await page.getByText('No service called nobody was seen in the last hour').waitFor();
      expect(await page.getByRole('alert').isVisible()).toBe(false);
      const ofAlerts = () => asked.filter((one) => one.includes('/alerts')).length;
      await until('it was drawn thrice', () => ofAlerts() > 2);
      expect(asked.filter((one) => one.endsWith('/nobody'))).toHaveLength(1);
      await screenshot(page, '13-nobody');
      await page.getByRole('link', { name: 'all services' }).click();
      await row(page, 'details.shop').waitFor();
      await page.context().setOffline(true);
      await page.getByText('does not answer').waitFor();
      await screenshot(page, '9-offline');
      await page.context().close();
    });

    test('shows what no record names as not known, and leads to it', async () => {
      const nowhere = { upstream_cluster: 'PassthroughCluster', authority: '10.9.9.9' };
      await post(meshpulse.url, 'nobody', 2000, { code: 503, ...nowhere });
      const { page, wrong } = await open(browser);
      await page.goto(meshpulse.url);
      await row(page, 'not known').getByText('OPEN').waitFor();
      const alerts = page.getByRole('region', { name: 'Firing alerts' });
      await alerts.getByText('Breaker open: not known').waitFor();
      await page.getByLabel('Filter services').fill('not kn');
      await until('one is left', async () => (await page.getByRole('row').count()) === 2);
      await screenshot(page, '17-not-known');
      await row(page, 'not known').getByRole('link').click();
      await page.getByRole('heading', { name: /not known.*OPEN/ }).waitFor();
      await page.getByRole('link', { name: 'frontend.shop' }).first().waitFor();
      await page.context().close();
      expect(wrong).toEqual([]);
    });

    test('has a page of its API that loads nothing and leads nowhere in vain', async () => {
      const { page, asked, wrong } = await open(browser, { height: 900 });
      await page.goto(`${meshpulse.url}/docs`);
      await page.getByRole('heading', { name: 'Meshpulse API' }).waitFor();
      await screenshot(page, '10-docs', { fullPage: false });
      const targets = await page
        .locator('a[href^="#"]')
        .evaluateAll((links) => links.map((link) => link.getAttribute('href')!.slice(1)));
      const ids = await page.locator('[id]').evaluateAll((nodes) => nodes.map((node) => node.id));
      expect(targets.length).toBeGreaterThan(20);
      expect(targets.filter((target) => !ids.includes(target))).toEqual([]);
      await page.context().close();
      expect(asked).toEqual([`${meshpulse.url}/docs`]);
      expect(wrong).toEqual([]);
    });
  });

  describe('of a server that asks for a token', () => {
    let meshpulse: Meshpulse;
    beforeAll(async () => {
      const env = { MESHPULSE_TOKENS: `mesh:ingest:${SENDER},people:query:${READER}` };
      meshpulse = await startMeshpulse({ env, token: READER });
      await post(meshpulse.url, 'reviews.shop', 120, { token: SENDER });
    });
    afterAll(async () => {
      expect(await meshpulse?.stop()).toBe(0);
    });

    test('asks for one that may read, and works with it for this tab', async () => {
      const { page, asked, wrong } = await open(browser);
      await page.goto(meshpulse.url);
      const field = page.getByLabel('wants a token');
      await field.waitFor();
      await screenshot(page, '11-token');
      expect(await page.getByRole('alert').isVisible()).toBe(false);

      for (const [token, answer] of [
        ['token-of-nobody-at-all', /token/i],
        [SENDER, /query/],
      ] as const) {
        await field.fill(token);
        await page.getByRole('button').click();
        await page.getByRole('alert').getByText(answer).waitFor();
        expect(await row(page, 'reviews.shop').count()).toBe(0);
      }
      await screenshot(page, '12-token-refused');

      await field.fill(READER);
      await page.getByRole('button').click();
      await row(page, 'reviews.shop').waitFor();
      expect(await field.isVisible()).toBe(false);
      await page.reload();
      await row(page, 'reviews.shop').waitFor();

      const other = await page.context().newPage();
      await other.goto(meshpulse.url);
      await other.getByLabel('wants a token').waitFor();
      await page.context().close();
      // Chromium itself says on the console that an answer was 401 or 403.
      expect(wrong.filter((one) => !/status of 40[13]/.test(one))).toEqual([]);
      expect(elsewhere(asked, meshpulse.url)).toEqual([]);
      expect(asked.filter((one) => one.includes('token'))).toEqual([]);
    });
  });
});

/** What the page reads as an instant, a number's name or a cursor, and not as a name to show. */
const UNTOUCHED =
  /^(as_of|at|since|starts_at|first_seen|last_seen|next_cursor|state|circuit_breaker_health|health|basis)$/;

const row = (page: Page, service: string) => page.getByRole('row').filter({ hasText: service });

/** Until requests per second has had three values and p99 is known. */
async function changesLive(page: Page): Promise<void> {
  const cell = (column: number) => row(page, 'ratings.shop').getByRole('cell').nth(column);
  const seen = new Set<string>();
  await until('the numbers change before our eyes', async () => {
    seen.add(await cell(4).innerText());
    return seen.size > 2;
  });
  await until('p99 is known', async () => /ms$/.test(await cell(3).innerText()));
}

const elsewhere = (asked: readonly string[], url: string) =>
  asked.filter((one) => !one.startsWith(`${url}/`));
