/** The overview page of a real cloud, for an admin, a member and an invalid token. */
import { mkdirSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchBrowser, missingBrowser, openPage } from '../browser/browser.ts';
import { startGateway, type TestGateway } from '../gateway.ts';
import { realComponents } from '../real-components.ts';
import { type Cloud, missingComponents } from './cloud.ts';
import { projectScope } from './keystone-client.ts';
import { withoutService } from './processes.ts';
import { sharedCloud } from './shared-cloud.ts';

const { skip } = realComponents([...missingBrowser, ...missingComponents]);

describe.skipIf(skip)('the overview of a real cloud', () => {
  let cloud: Cloud;
  let gateway: TestGateway;
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    cloud = sharedCloud();
    gateway = await startGateway({ OS_AUTH_URL: `${cloud.keystone.url}/v3` });
    browser = await launchBrowser();
    page = await browser.newPage({ viewport: { width: 1600, height: 1000 } });
    await openPage(page, gateway.url);
  });
  afterAll(async () => {
    await browser?.close();
    await gateway?.close();
  });

  const panel = (title: string) => page.getByRole('region', { name: `${title} Region` });
  const enterToken = async (token: string) => {
    const change = page.getByRole('button', { name: 'Change token' });
    if (await change.isVisible()) await change.click();
    await page.getByLabel('Keystone token').fill(token);
    await page.getByRole('button', { name: 'Sign in' }).click();
  };
  const screenshot = async (name: string) => {
    const folder = process.env.SCREENSHOTS;
    if (folder === undefined) return;
    mkdirSync(folder, { recursive: true });
    await page.screenshot({ path: `${folder}/real-${name}.png`, fullPage: true });
  };

  test('shows stores, drivers and quotas to an admin', async () => {
    await enterToken(cloud.keystone.adminToken);
    await panel('Stores').getByText('NVMe, single copy').waitFor();
    await panel('Stores').getByText('file').first().waitFor();
    await panel('Quotas').getByText('of 1,000 MiB used').first().waitFor();
    await panel('Import methods').getByText('glance-direct').waitFor();
    await page.getByText(/^Image API/).waitFor();
    await page.getByRole('region', { name: 'Session' }).getByText('admin').first().waitFor();
    await screenshot('admin');
  });

  test('explains to a member that drivers require an admin token', async () => {
    await enterToken(await cloud.keystone.token('demo', projectScope('demo')));
    await panel('Stores').getByText('NVMe, single copy').waitFor();
    await panel('Stores').getByText('they need an admin token').waitFor();
    await screenshot('member');
  });

  test('shows that the other region has a single store and no quotas', async () => {
    await page.getByLabel('Region', { exact: true }).selectOption('RegionTwo');
    await panel('Stores').getByText('This cloud has a single store').waitFor();
    await panel('Quotas').getByText('enforces no image quotas').waitFor();
    await screenshot('region-two');
  });

  test('shows UNAUTHENTICATED with Keystone’s message for an invalid token', async () => {
    await enterToken('gAAAA-is-not-a-token-of-keystone');
    await page.getByText('The token is not accepted').waitFor();
    await page.getByText('Technical details').click();
    await page.getByText('UNAUTHENTICATED').waitFor();
    await screenshot('bad-token');
    expect(await page.getByRole('alert').filter({ hasText: 'UPSTREAM' }).count()).toBe(0);
  });

  test('shows that a region is down, and the data of the other', async () => {
    await enterToken(cloud.keystone.adminToken);
    // The address keeps the region.
    await page.getByLabel('Region', { exact: true }).selectOption('RegionOne');
    await panel('Stores').getByText('NVMe, single copy').waitFor();
    await withoutService(cloud.multiStore, async () => {
      await page.reload();
      const failed = page.getByRole('alert').filter({ hasText: 'Nothing is known about' });
      await failed.getByText('Technical details').click();
      await failed.getByText('UPSTREAM_UNAVAILABLE').waitFor();
      await screenshot('region-down');
      await page.getByLabel('Region', { exact: true }).selectOption('RegionTwo');
      await panel('Import methods').getByText('glance-direct').waitFor();
    });
  });
});
