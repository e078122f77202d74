/** The pages under a path of a real nginx, in a real browser. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGateway } from '../gateway.ts';
import { missingNginx, startNginx } from '../proxies/nginx.ts';
import { realComponents } from '../real-components.ts';
import { launchBrowser, missingBrowser, openPage } from './browser.ts';

const { skip } = realComponents([...missingBrowser, ...missingNginx]);

describe.skipIf(skip)('under a path', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());

  test.each([
    ['keeps the path', 'location /glance/ { proxy_pass GATEWAY; }', { BASE_PATH: '/glance' }, '/glance/'],
    ['removes the path', 'location /glance/ { proxy_pass GATEWAY/; }', {}, '/glance/'],
    [
      'removes the path, and serves the overview without a slash',
      'location /glance { rewrite ^/glance/?(.*)$ /$1 break; proxy_set_header X-Forwarded-Prefix /glance; proxy_pass GATEWAY; }',
      { TRUST_PROXY: '127.0.0.1' },
      '/glance',
    ],
  ])(
    'of an nginx that %s, a person signs in, switches the region and runs a query',
    async (_title, server, env, path) => {
      await using gateway = await startGateway(env);
      await using nginx = await startNginx({ server: server.replace('GATEWAY', gateway.url) });
      const context = await browser.newContext({ permissions: ['clipboard-read', 'clipboard-write'] });
      const page = await context.newPage();
      const problems: string[] = [];
      page.on('request', (request) => {
        const url = request.url();
        if (!url.startsWith(`${nginx.url}/glance`) && !/^(data|blob):/.test(url)) problems.push(url);
      });
      page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
      page.on('pageerror', (error) => problems.push(error.message));
      const stores = page.getByRole('region', { name: 'Stores Region' });
      const address = () => page.url().slice(nginx.url.length);

      await openPage(page, nginx.url + path);
      await page.getByRole('button', { name: 'Change token' }).click();
      await page.getByLabel('Keystone token').fill('sandbox-member');
      await page.getByRole('button', { name: 'Sign in' }).click();
      await stores.getByText('they need an admin token').waitFor();

      await page.getByLabel('Region', { exact: true }).selectOption('RegionTwo');
      await stores.getByText('This cloud has a single store').waitFor();
      await expect.poll(address).toBe(`${path}?region=RegionTwo`);
      // A link within the page does not leave it.
      await page.getByRole('link', { name: 'Skip to the content' }).focus();
      await page.keyboard.press('Enter');
      await expect.poll(() => page.evaluate('document.activeElement.id')).toBe('result');
      expect(address()).toBe(`${path}?region=RegionTwo`);
      await page.reload();
      await stores.getByText('This cloud has a single store').waitFor();

      await stores.getByRole('button', { name: 'curl' }).click();
      await stores.getByRole('button', { name: 'Copied' }).waitFor();
      expect(await page.evaluate('navigator.clipboard.readText()')).toContain(`curl -s '${nginx.url}/glance/graphql'`);

      await stores.getByRole('link', { name: 'GraphiQL' }).click();
      const shown = page.locator('.graphiql-query-editor .view-line').filter({ hasText: 'stores' }).first();
      await shown.waitFor();
      expect(new URL(page.url()).pathname).toBe('/glance/graphiql');
      await page.reload();
      await shown.waitFor();
      await page.getByRole('button', { name: 'Execute query (Ctrl-Enter)' }).click();
      // The region has a single store, so that the token, which the pages share, was accepted.
      await page.locator('.result-window').getByText('"NOT_FOUND"').first().waitFor();
      expect(address()).toMatch(/^\/glance\/graphiql\?query=/);
      await page.getByRole('button', { name: 'Show Documentation Explorer' }).click();
      await page.locator('.graphiql-doc-explorer').getByText('Query', { exact: true }).waitFor();

      await page.getByRole('link', { name: 'Overview' }).click();
      await stores.getByText('they need an admin token').waitFor();
      expect(address()).toBe('/glance/');
      expect(problems).toEqual([]);
      await context.close();
    },
  );

  test('a token of one gateway is not used for another under the same host', async () => {
    await using one = await startGateway({ BASE_PATH: '/one' });
    await using other = await startGateway({ BASE_PATH: '/other' });
    await using nginx = await startNginx({
      server: `location /one/ { proxy_pass ${one.url}; } location /other/ { proxy_pass ${other.url}; }`,
    });
    const context = await browser.newContext();
    const page = await context.newPage();
    const sent: string[] = [];
    page.on('request', (request) => {
      const token = request.headers()['x-auth-token'];
      if (token !== undefined) sent.push(`${new URL(request.url()).pathname} ${token}`);
    });
    await openPage(page, `${nginx.url}/one/`);
    await page.getByRole('button', { name: 'sandbox-member' }).click();
    await page.getByText('they need an admin token').waitFor();
    await openPage(page, `${nginx.url}/other/`);
    // Which a member does not see.
    await page.getByText('rbd').first().waitFor();
    await openPage(page, `${nginx.url}/one/`);
    await page.getByText('they need an admin token').waitFor();
    expect(sent).toContain('/one/graphql sandbox-member');
    expect(sent).toContain('/other/graphql sandbox-admin');
    expect(sent).not.toContain('/other/graphql sandbox-member');
    await context.close();
  });
});
