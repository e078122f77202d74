/** The overview page before a real cloud, for an admin, a member, and nobody that it knows. */
import { mkdirSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { launchBrowser, missingBrowser } from '../browser/browser.ts';
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
    await page.goto(gateway.url);
  });
  afterAll(async () => {
    await browser?.close();
    await gateway?.close();
    await cloud?.[Symbol.asyncDispose]();
  });

  const part = (title: string) => page.getByRole('region', { name: title, exact: true });
  const enter = async (token: string) => {
    await page.getByLabel('Keystone token').fill(token);
    await page.getByRole('button', { name: 'Ask with it' }).click();
  };
  const screenshot = async (name: string) => {
    const folder = process.env.SCREENSHOTS;
    if (folder === undefined) return;
    mkdirSync(folder, { recursive: true });
    await page.screenshot({ path: `${folder}/real-${name}.png`, fullPage: true });
  };

  test('an admin sees stores, drivers and quotas', async () => {
    await enter(cloud.keystone.adminToken);
    await part('Stores').getByText('NVMe, single copy').waitFor();
    await part('Stores in detail').getByText('file').first().waitFor();
    await part('Quotas').getByRole('paragraph').filter({ hasText: 'of 1,000 MiB used' }).first().waitFor();
    await part('Import methods').getByText('glance-direct').waitFor();
    await part('API versions').getByText('current').waitFor();
    await screenshot('admin');
  });

  test('a member sees that drivers take an admin', async () => {
    await enter(await cloud.keystone.token('demo', projectScope('demo')));
    await part('Stores').getByText('NVMe, single copy').waitFor();
    await part('Stores in detail').getByText('need an admin token').waitFor();
    await screenshot('member');
  });

  test('the other region has a single store and no quotas', async () => {
    await page.getByLabel('Region').selectOption('RegionTwo');
    await part('Stores').getByText('This cloud has a single store').waitFor();
    await part('Quotas').getByText('enforces no quotas').waitFor();
    await screenshot('region-two');
  });

  test('a bad token is refused in each part, in Keystone’s own words', async () => {
    await enter('gAAAA-is-none-that-keystone-knows');
    await part('Stores').getByText('UNAUTHENTICATED').waitFor();
    await part('Stores').getByText('missing, wrong or expired').waitFor();
    await screenshot('bad-token');
    expect(await page.getByRole('alert').filter({ hasText: 'UPSTREAM' }).count()).toBe(0);
  });

  test('a region that is down says so, and the other goes on', async () => {
    await enter(cloud.keystone.adminToken);
    await part('Stores').getByText('NVMe, single copy').waitFor();
    await cloud.multiStore[Symbol.asyncDispose]();
    await page.reload();
    await part('Stores').getByRole('alert').getByText('UPSTREAM_UNAVAILABLE').waitFor();
    await screenshot('region-down');
    await page.getByLabel('Region').selectOption('RegionTwo');
    await part('Import methods').getByText('glance-direct').waitFor();
  });
});
