/** The overview page in a real browser: each panel, at the smallest and a large size, with accessibility checks. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { startGateway, type TestGateway } from '../gateway.ts';
import { realComponents } from '../real-components.ts';
import { replay } from '../recorded.ts';
import { hang, hold, reply, reset, startUpstream } from '../recording-upstream.ts';
import { violationsOf } from './accessibility.ts';
import { launchBrowser, missingBrowser, openPage, transferredBytes } from './browser.ts';

const { skip } = realComponents(missingBrowser);

const SIZES = [
  { width: 360, height: 800 },
  { width: 1600, height: 1000 },
] as const;

describe.skipIf(skip)('the overview', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());

  interface Opened {
    readonly page: Page;
    readonly context: BrowserContext;
    readonly requested: string[];
    readonly consoleErrors: string[];
  }

  async function open(
    gateway: TestGateway,
    options: Parameters<Browser['newContext']>[0] = {},
    url = gateway.url,
  ): Promise<Opened> {
    const context = await browser.newContext({ viewport: SIZES[1], ...options });
    const page = await context.newPage();
    const requested: string[] = [];
    const consoleErrors: string[] = [];
    page.on('request', (request) => requested.push(request.url()));
    page.on('console', (message) => message.type() === 'error' && consoleErrors.push(message.text()));
    page.on('pageerror', (error) => consoleErrors.push(error.message));
    if (url !== 'about:blank') await openPage(page, url);
    return { page, context, requested, consoleErrors };
  }

  /** A panel is named after its title and its region. */
  const panel = (page: Page, title: string) => page.getByRole('region', { name: `${title} Region` });
  const signIn = async (page: Page, token: string) => {
    const change = page.getByRole('button', { name: 'Change token' });
    if (await change.isVisible()) await change.click();
    await page.getByLabel('Keystone token').fill(token);
    await page.getByRole('button', { name: 'Sign in' }).click();
  };
  const screenshot = async (page: Page, name: string) => {
    const folder = process.env.SCREENSHOTS;
    if (folder !== undefined) await page.screenshot({ path: `${folder}/${name}.png`, fullPage: true });
  };
  const expectAccessible = async (page: Page) => {
    const violations = await violationsOf(page);
    expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([]);
    // Nothing overflows horizontally.
    expect(await page.evaluate('document.documentElement.scrollWidth - innerWidth')).toBeLessThanOrEqual(0);
  };

  test.each(
    SIZES.flatMap((viewport) => (['light', 'dark'] as const).map((colorScheme) => ({ viewport, colorScheme }))),
  )('of the sandbox shows everything to an admin at $viewport.width px, $colorScheme', async (options) => {
    await using gateway = await startGateway();
    const { page, context, requested, consoleErrors } = await open(gateway, options);
    await panel(page, 'Import methods').getByText('web-download').waitFor();
    await panel(page, 'Stores').getByText('Ceph, three copies').waitFor();
    await panel(page, 'Stores').getByText('rbd').waitFor();
    await panel(page, 'Quotas').getByText('467 GiB of 500 GiB used').waitFor();
    expect(await panel(page, 'Quotas').getByRole('listitem').first().innerText()).toMatch(/33 GiB\s+left[\s\S]*93 %/);
    await page.getByText('Image API v2.18, since v2.0').waitFor();
    await page.getByRole('region', { name: 'Session' }).getByText(/admin/).first().waitFor();
    await page.getByText(/^expires in /).waitFor();
    await screenshot(page, `overview-${options.viewport.width}-${options.colorScheme}`);
    await expectAccessible(page);
    await panel(page, 'Stores').getByRole('button', { name: 'ceph' }).click();
    await panel(page, 'Stores').getByText('images', { exact: true }).first().waitFor();
    await screenshot(page, `overview-settings-${options.viewport.width}-${options.colorScheme}`);
    await expectAccessible(page);
    expect(consoleErrors).toEqual([]);
    expect(requested.filter((url) => !url.startsWith(`${gateway.url}/`) && !url.startsWith('data:'))).toEqual([]);
    await context.close();
  });

  test('explains to a member what requires an admin token, and shows the rest', async () => {
    await using gateway = await startGateway();
    const { page, context } = await open(gateway);
    await page.getByRole('button', { name: 'sandbox-member' }).click();
    await panel(page, 'Stores').getByText('they need an admin token').waitFor();
    await panel(page, 'Stores').getByText('Ceph, three copies').waitFor();
    await panel(page, 'Quotas').getByText('left').first().waitFor();
    expect(await page.getByRole('alert').filter({ hasText: /./ }).count()).toBe(0);
    await panel(page, 'Stores').getByText('Technical details').click();
    await panel(page, 'Stores').getByText('FORBIDDEN').waitFor();
    await screenshot(page, 'overview-member');
    await expectAccessible(page);
    await context.close();
  });

  test('switches and compares regions, keeps both in its address, and shows the keyboard’s focus', async () => {
    await using gateway = await startGateway();
    const { page, context } = await open(gateway);
    await panel(page, 'Stores').getByText('Ceph, three copies').waitFor();
    await page.getByLabel('Region', { exact: true }).focus();
    await page.keyboard.press('ArrowDown');
    await panel(page, 'Stores').getByText('This cloud has a single store').waitFor();
    await screenshot(page, 'overview-region-two');
    await page.reload();
    await panel(page, 'Stores').getByText('This cloud has a single store').waitFor();
    await page.getByLabel('Compare with another region').selectOption('RegionOne');
    await page.getByRole('article', { name: 'RegionOne' }).getByText('Ceph, three copies').waitFor();
    await page.getByRole('article', { name: 'RegionTwo' }).getByText('a single store').waitFor();
    await screenshot(page, 'overview-compared');
    await expectAccessible(page);
    await page.reload();
    await page.getByRole('article', { name: 'RegionOne' }).getByText('Ceph, three copies').waitFor();
    await page.getByLabel('Region', { exact: true }).focus();
    await page.keyboard.press('Tab');
    expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid');
    await context.close();
  });

  test.each([
    ['10', 'ok', /^Yes, 10 GiB fits/],
    ['4.2 GB', 'ok', /^Yes, 4.2 GB \(3.9 GiB\) fits/],
    ['40 GiB', 'no', /^No, 40 GiB does not fit/],
    ['much', 'invalid', /Enter a size such as/],
  ])('whether an image of "%s" can be uploaded here: %s', async (size, kind, text) => {
    await using gateway = await startGateway();
    const { page, context } = await open(gateway);
    await panel(page, 'Quotas').getByText('left').first().waitFor();
    const upload = panel(page, 'What can I upload here?');
    await upload.getByLabel('Image size').fill(size);
    if (kind === 'invalid') await upload.getByText(text).waitFor();
    else {
      await upload
        .locator(kind === 'ok' ? '.verdict:not(.no)' : '.verdict.no')
        .filter({ hasText: text })
        .waitFor();
      await upload.getByText('ceph (default)').waitFor();
      await expect.poll(() => page.url()).toContain('size=');
    }
    await screenshot(page, `overview-upload-${kind}`);
    await expectAccessible(page);
    await context.close();
  });

  test('of a real cloud starts without a token, trims an entered one, and rejects one with blanks inside', async () => {
    const seen: unknown[] = [];
    await using upstream = await startUpstream((request, response) => {
      seen.push(request.headers['x-auth-token']);
      const behaviour =
        request.headers['x-auth-token'] === 'good'
          ? replay('api-2.16-multistore-member.import')
          : replay('api-2.16-multistore-notoken.import.accept-json');
      behaviour(request, response);
    });
    await using gateway = await startGateway({ GLANCE_URL: upstream.url });
    const { page, context } = await open(gateway);
    // One message for all parts, which have one cause.
    await page.getByText('Sign in with a Keystone token').waitFor();
    expect(await page.getByRole('region', { name: 'Stores Region' }).count()).toBe(0);
    await screenshot(page, 'overview-no-token');
    await expectAccessible(page);
    await signIn(page, 'two words');
    await page.getByText('A token consists of at most 8192 ASCII characters without blanks.').waitFor();
    await signIn(page, '  good\n');
    await panel(page, 'Import methods').getByText('glance-direct').waitFor();
    expect(new Set(seen)).toEqual(new Set([undefined, 'good']));
    // The focus is on the result.
    await expect.poll(() => page.evaluate('document.activeElement.id')).toBe('result');
    // The token survives a reload and is not shared with other tabs.
    await page.reload();
    await panel(page, 'Import methods').getByText('glance-direct').waitFor();
    const other = await context.newPage();
    await other.goto(gateway.url);
    await other.getByText('Sign in with a Keystone token').waitFor();
    expect(await context.cookies()).toEqual([]);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByText('Sign in with a Keystone token').waitFor();
    await context.close();
  });

  test('says once that a token is not accepted', async () => {
    await using gateway = await startGateway();
    const { page, context } = await open(gateway);
    await signIn(page, 'not-a-token-of-the-sandbox');
    await page.getByText('The token is not accepted').waitFor();
    expect(await page.getByText('The token is not accepted').count()).toBe(1);
    await screenshot(page, 'overview-bad-token');
    await expectAccessible(page);
    await context.close();
  });

  test('works without session storage', async () => {
    await using gateway = await startGateway();
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.addInitScript(
      "Object.defineProperty(window, 'sessionStorage', { get() { throw new DOMException('off', 'SecurityError') } })",
    );
    await openPage(page, gateway.url);
    await page.getByRole('button', { name: 'sandbox-member' }).click();
    await panel(page, 'Stores').getByText('Ceph, three copies').waitFor();
    await context.close();
  });

  test('shows fast parts before a slow one, and offers to retry when the region is down', async () => {
    let isDown = false;
    const slow = hold(replay('api-2.16-multistore-member.usage'));
    await using upstream = await startUpstream((request, response) => {
      if (isDown) return reset(request, response);
      if (request.url === '/v2/info/usage') return slow.behaviour(request, response);
      if (request.url === '/v2/info/stores') return replay('api-2.16-multistore-member.stores')(request, response);
      return reply(404, '')(request, response);
    });
    await using gateway = await startGateway({ GLANCE_URL: upstream.url });
    const { page, context } = await open(gateway);
    await panel(page, 'Stores').getByText('default', { exact: true }).waitFor();
    expect(await panel(page, 'Quotas').getAttribute('aria-busy')).toBe('true');
    await screenshot(page, 'overview-slow-usage');
    slow.release();
    await panel(page, 'Quotas').getByText('left').first().waitFor();
    isDown = true;
    await page.reload();
    const failed = page.getByRole('alert').filter({ hasText: 'Nothing is known about' });
    await failed.getByText('can’t be reached').waitFor();
    expect(await page.getByRole('alert').filter({ hasText: 'can’t be reached' }).count()).toBe(1);
    await failed.getByText('Technical details').click();
    await failed.getByText('UPSTREAM_UNAVAILABLE').waitFor();
    await failed.getByText(/^req-[\w-]{36}$/).waitFor();
    await screenshot(page, 'overview-down');
    await expectAccessible(page);
    isDown = false;
    // The circuit breaker may stay open for a second.
    const retry = failed.getByRole('button', { name: 'Try again' });
    await vi.waitFor(async () => {
      if (await retry.isVisible()) await retry.click({ timeout: 2000 });
      await panel(page, 'Stores').getByText('default', { exact: true }).waitFor({ timeout: 2000 });
    }, 30_000);
    await context.close();
  });

  test('aborts upstream calls when the page is closed', async () => {
    const closed = Promise.withResolvers<void>();
    await using upstream = await startUpstream((request, response) => {
      if (request.url !== '/v2/info/usage') return replay('api-2.16-multistore-member.stores')(request, response);
      response.on('close', () => closed.resolve());
      hang(request, response);
    });
    await using gateway = await startGateway({ GLANCE_URL: upstream.url });
    const { page, context } = await open(gateway);
    await expect.poll(() => upstream.seen.some(({ path }) => path === '/v2/info/usage')).toBe(true);
    await page.goto('about:blank');
    await closed.promise;
    await context.close();
  });

  test('leads to a response in GraphiQL, by way of quotas and stores, within eight interactions', async () => {
    await using gateway = await startGateway();
    const { page, context, consoleErrors } = await open(gateway);
    let interactions = 0;
    const act = async (action: Promise<unknown>) => {
      interactions += 1;
      await action;
    };
    await act(page.getByRole('button', { name: 'Change token' }).click());
    await act(page.getByLabel('Keystone token').fill('sandbox-member'));
    await act(page.getByRole('button', { name: 'Sign in' }).click());
    await panel(page, 'Quotas').getByText('33 GiB').waitFor();
    await panel(page, 'Stores').getByText('Ceph, three copies').waitFor();
    await act(panel(page, 'Stores').getByRole('link', { name: 'Open Stores in GraphiQL' }).click());
    await page.locator('.graphiql-query-editor .view-line').filter({ hasText: 'stores' }).first().waitFor();
    await act(page.getByRole('button', { name: 'Execute query (Ctrl-Enter)' }).click());
    await page.locator('.result-window').getByText('"Ceph, three copies"').waitFor();
    expect(interactions).toBeLessThanOrEqual(8);
    expect(page.url()).not.toContain('sandbox-member');
    expect(consoleErrors).toEqual([]);
    await context.close();
  });

  test('requests again what an overloaded gateway or a rate limit rejected', async () => {
    await using gateway = await startGateway({ RATE_LIMIT_PER_TOKEN: '3' });
    const { page, context } = await open(gateway);
    await panel(page, 'Quotas').getByText('33 GiB').waitFor();
    await panel(page, 'Stores').getByText('Ceph, three copies').waitFor();
    await panel(page, 'Import methods').getByText('web-download').waitFor();
    await context.close();
  });

  test('weighs less than 150 kB on the wire', async () => {
    await using gateway = await startGateway();
    const { page, context } = await open(gateway, {}, 'about:blank');
    const bytes = await transferredBytes(page, async () => {
      await page.goto(gateway.url);
      await panel(page, 'Stores').getByText('Ceph, three copies').waitFor();
    });
    expect(bytes).toBeGreaterThan(20_000);
    expect(bytes).toBeLessThan(150_000);
    await context.close();
  });

  test('Escape closes the form for another token, and the focus is where it was', async () => {
    await using gateway = await startGateway();
    const { page, context } = await open(gateway);
    const change = page.getByRole('button', { name: 'Change token' });
    await change.press('Enter');
    await expect.poll(() => page.evaluate('document.activeElement.id')).toBe('token');
    await page.keyboard.type('half a token');
    await page.keyboard.press('Escape');
    await expect.poll(() => page.evaluate('document.activeElement.textContent')).toBe('Change token');
    await context.close();
  });

  test('the time until the token expires goes down while the page is open', async () => {
    await using gateway = await startGateway();
    const context = await browser.newContext();
    const page = await context.newPage();
    await page.clock.install();
    await openPage(page, gateway.url);
    const minutes = async () => {
      const text = await page.getByText(/^expires in /).innerText();
      const [, hours = 0, rest = 0] = /(?:(\d+) h ?)?(?:(\d+) min)?$/.exec(text) ?? [];
      return Number(hours) * 60 + Number(rest);
    };
    await page.getByText(/^expires in /).waitFor();
    const before = await minutes();
    await page.clock.runFor(10 * 60_000);
    await expect.poll(minutes).toBe(before - 10);
    await page.getByText(/Updated 10 min ago/).waitFor();
    await context.close();
  });

  test('the copied command of curl works in a shell, and has no token', async () => {
    await using gateway = await startGateway();
    const { page, context } = await open(gateway, { permissions: ['clipboard-read', 'clipboard-write'] });
    await panel(page, 'Stores').getByText('Ceph, three copies').waitFor();
    await panel(page, 'Stores').getByRole('button', { name: 'Copy Stores as curl' }).click();
    await page.getByText('Copied').first().waitFor();
    const command = String(await page.evaluate('navigator.clipboard.readText()'));
    expect(command).not.toContain('sandbox-');
    const env = { ...process.env, OS_TOKEN: 'sandbox-member' };
    const { stdout } = await promisify(execFile)('sh', ['-c', command], { env });
    expect(JSON.parse(stdout)).toMatchObject({ data: { info: { stores: { length: 6 } } } });
    await context.close();
  });
});
