/** The overview page of a real cloud, for an admin, a member and an invalid token. */
import { mkdirSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchBrowser, missingBrowser, openPage } from '../browser/browser.ts';
import { startGateway, type TestGateway } from '../gateway.ts';
import { realComponents } from '../real-components.ts';
import { type Cloud, missingComponents, startCloud } from './cloud.ts';
import { projectScope } from './keystone.ts';

const { skip } = realComponents([...missingBrowser, ...missingComponents]);

describe.skipIf(skip)('the overview of a real cloud', () => {
  let cloud: Cloud;
  let gateway: TestGateway;
  let browser: Browser;
  let page: Page;
  beforeAll(async () => {
    cloud = await startCloud();
    gateway = await startGateway({ OS_AUTH_URL: `${cloud.keystone.url}/v3` });
    browser = await launchBrowser();
    page = await browser.newPage({ viewport: { width: 1600, height: 1000 } });
    await openPage(page, gateway.url);
  });
  afterAll(async () => {
    await browser?.close();
    await gateway?.close();
    await cloud?.[Symbol.asyncDispose]();
  });

  const panel = (title: string) => page.getByRole('region', { name: title, exact: true });
  const enterToken = async (token: string) => {
    await page.getByLabel('Keystone token').fill(token);
    await page.getByRole('button', { name: 'Use token' }).click();
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
    await panel('Stores in detail').getByText('file').first().waitFor();
    await panel('Quotas').getByRole('paragraph').filter({ hasText: 'of 1,000 MiB used' }).first().waitFor();
    await panel('Import methods').getByText('glance-direct').waitFor();
    await panel('API versions').getByText('current').waitFor();
    await screenshot('admin');
  });

  test('explains to a member that drivers require an admin token', async () => {
    await enterToken(await cloud.keystone.token('demo', projectScope('demo')));
    await panel('Stores').getByText('NVMe, single copy').waitFor();
    await panel('Stores in detail').getByText('require an admin token').waitFor();
    await screenshot('member');
  });

  test('shows that the other region has a single store and no quotas', async () => {
    await page.getByLabel('Region').selectOption('RegionTwo');
    await panel('Stores').getByText('This cloud has a single store').waitFor();
    await panel('Quotas').getByText('enforces no image quotas').waitFor();
    await screenshot('region-two');
  });

  test('shows UNAUTHENTICATED with Keystone’s message for an invalid token', async () => {
    await enterToken('gAAAA-is-not-a-token-of-keystone');
    await panel('Stores').getByText('UNAUTHENTICATED').waitFor();
    await panel('Stores').getByText('missing, invalid or expired').waitFor();
    await screenshot('bad-token');
    expect(await page.getByRole('alert').filter({ hasText: 'UPSTREAM' }).count()).toBe(0);
  });

  test('shows that a region is down, and the data of the other', async () => {
    await enterToken(cloud.keystone.adminToken);
    await panel('Stores').getByText('NVMe, single copy').waitFor();
    await cloud.multiStore[Symbol.asyncDispose]();
    await page.reload();
    await panel('Stores').getByRole('alert').getByText('UPSTREAM_UNAVAILABLE').waitFor();
    await screenshot('region-down');
    await page.getByLabel('Region').selectOption('RegionTwo');
    await panel('Import methods').getByText('glance-direct').waitFor();
  });
});
