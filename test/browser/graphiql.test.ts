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
    await page.locator('.graphiql-editor-tool .view-line').filter({ hasText: 'X-Auth-Token' }).waitFor();
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
    await page.getByText('Sandbox: this gateway uses an embedded Glance').waitFor();

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
    expect(consoleErrors).toEqual([]);
    await page.close();
  });
});
