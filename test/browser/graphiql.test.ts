/** GraphiQL in a real browser. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGateway, type TestGateway } from '../gateway.ts';
import { realComponents } from '../real-components.ts';
import { replay } from '../recorded.ts';
import { startUpstream } from '../recording-upstream.ts';
import { launchBrowser, missingBrowser, openPage } from './browser.ts';

const { skip } = realComponents(missingBrowser);

describe.skipIf(skip)('GraphiQL', () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchBrowser();
  });
  afterAll(() => browser?.close());

  async function open(
    gateway: TestGateway,
    path: string,
  ): Promise<{ page: Page; requested: string[]; consoleErrors: string[] }> {
    const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
    const requested: string[] = [];
    const consoleErrors: string[] = [];
    page.on('request', (request) => requested.push(request.url()));
    page.on('console', (message) => message.type() === 'error' && consoleErrors.push(message.text()));
    page.on('pageerror', (error) => consoleErrors.push(error.message));
    await openPage(page, gateway.url + path);
    // The execute button does nothing until the editors are loaded.
    await page.locator('.graphiql-query-editor .view-line').filter({ hasText: 'info' }).waitFor();
    return { page, requested, consoleErrors };
  }

  const screenshot = async (page: Page, name: string) => {
    const folder = process.env.SCREENSHOTS;
    if (folder !== undefined) await page.screenshot({ path: `${folder}/${name}.png` });
  };

  test('of the sandbox runs its first example with a prefilled token, and makes no request to other hosts', async () => {
    await using gateway = await startGateway();
    const { page, requested, consoleErrors } = await open(gateway, '/graphql');
    expect(new URL(page.url()).pathname).toBe('/graphiql');
    await page.getByText('an embedded Glance with example data').waitFor();

    await page.getByRole('button', { name: 'Execute query (Ctrl-Enter)' }).click();
    const response = page.locator('.result-window');
    await response.getByText('"Ceph, three copies"').waitFor();
    await screenshot(page, 'graphiql');

    // The documentation comes from /schema.graphql.
    await page.getByRole('button', { name: 'Show Documentation Explorer' }).click();
    const documentation = page.locator('.graphiql-doc-explorer');
    await documentation.getByText('Info', { exact: true }).waitFor();
    expect(await documentation.innerText()).not.toMatch(/_Any|_Entity|_Service|link__|federation__/);
    await documentation.getByText('Query', { exact: true }).click();
    await page.getByText('The regions that have an Image service').first().waitFor();
    expect(await documentation.innerText()).not.toMatch(/_entities|_service/);
    await screenshot(page, 'graphiql-docs');

    expect(consoleErrors).toEqual([]);
    expect(requested.length).toBeGreaterThan(5);
    const foreign = requested.filter(
      (url) =>
        !url.startsWith(`${gateway.url}/`) && !url.startsWith('data:') && !url.startsWith(`blob:${gateway.url}/`),
    );
    expect(foreign).toEqual([]);
    await page.close();
  });

  test('of a real cloud has no prefilled token, and shows the error of a missing one', async () => {
    await using upstream = await startUpstream(replay('api-2.16-multistore-notoken.import.accept-json'));
    await using gateway = await startGateway({ GLANCE_URL: upstream.url });
    const { page, consoleErrors } = await open(gateway, '/graphiql');
    expect(await page.content()).not.toContain('sandbox-admin');
    await page.getByLabel('Keystone token').waitFor();
    await page.getByRole('button', { name: 'Execute query (Ctrl-Enter)' }).click();
    await page.locator('.result-window').getByText('"UNAUTHENTICATED"').first().waitFor();
    expect(consoleErrors).toEqual([]);
    await page.close();
  });

  test('opens with the query of its URL', async () => {
    await using gateway = await startGateway();
    const { page, consoleErrors } = await open(
      gateway,
      `/graphql?query=${encodeURIComponent('{ info { region { id } } }')}`,
    );
    await page.getByRole('button', { name: 'Execute query (Ctrl-Enter)' }).click();
    await page.locator('.result-window').getByText('"RegionOne"').waitFor();
    // The linked query has a tab of its own.
    await page.getByRole('tab').first().waitFor();
    expect(await page.getByRole('tab').count()).toBe(2);
    expect(consoleErrors).toEqual([]);
    await page.close();
  });

  test('keeps the query in its address, which a reload opens', async () => {
    await using gateway = await startGateway();
    const { page } = await open(gateway, '/graphiql');
    await page.locator('.graphiql-query-editor .view-lines').click();
    await page.keyboard.press('Control+A');
    await page.keyboard.insertText('{ imageRegions { id } }');
    // The editor has closed the bracket itself.
    await page.keyboard.press('Delete');
    await expect.poll(() => page.url(), { timeout: 10_000 }).toContain('imageRegions');
    await page.reload();
    await page.locator('.graphiql-query-editor .view-line').filter({ hasText: 'imageRegions' }).waitFor();
    await page.getByRole('button', { name: 'Execute query (Ctrl-Enter)' }).click();
    await page.locator('.result-window').getByText('"RegionTwo"').waitFor();
    await page.close();
  });

  test('keeps the token in the session storage of its tab and nowhere else, after every feature was used', async () => {
    await using gateway = await startGateway();
    const canary = 'canary-token-8d1f4c2b7a';
    const { page } = await open(gateway, '/graphiql');
    await page.getByRole('button', { name: 'Change token' }).click();
    await page.getByLabel('Keystone token').fill(canary);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('button', { name: 'Execute query (Ctrl-Enter)' }).click();
    await page.locator('.result-window').getByText('"UNAUTHENTICATED"').first().waitFor();
    await page.locator('.graphiql-tab-add').click();
    await page.getByRole('button', { name: 'Examples' }).click();
    await page.getByRole('menuitem').first().click();
    await page.getByRole('button', { name: 'Execute query (Ctrl-Enter)' }).click();
    await page.getByRole('button', { name: 'Show History' }).click();
    await page.locator('.graphiql-history-item').first().waitFor();
    await page.getByRole('link', { name: 'Overview' }).click();
    await page.getByText('The token is not accepted').waitFor();
    const read = async (script: string) => JSON.stringify(await page.evaluate(script));
    expect(await read('({ ...sessionStorage })')).toContain(canary);
    const elsewhere = await read('[{ ...localStorage }, document.cookie, location.href, history.state]');
    // The history plugin keeps what was executed.
    expect(elsewhere).toContain('ImageOptions');
    expect(elsewhere).not.toContain(canary);
    expect(await read('indexedDB.databases()')).toBe('[]');
    for (const _step of [1, 2]) {
      await page.goBack();
      expect(page.url()).not.toContain(canary);
    }
    await page.close();
  });

  test('stacks its panes on a narrow screen', async () => {
    await using gateway = await startGateway();
    const { page } = await open(gateway, '/graphiql');
    await page.setViewportSize({ width: 360, height: 740 });
    await page.getByRole('button', { name: 'Execute query (Ctrl-Enter)' }).click();
    await page.locator('.result-window').getByText('"glance-direct"').first().waitFor();
    const editor = await page.locator('.graphiql-query-editor').boundingBox();
    const response = await page.locator('.result-window').boundingBox();
    await screenshot(page, 'graphiql-360');
    expect(response?.y).toBeGreaterThanOrEqual((editor?.y ?? 0) + (editor?.height ?? 0) - 1);
    expect(response?.width).toBeGreaterThan(250);
    await page.close();
  });
});
