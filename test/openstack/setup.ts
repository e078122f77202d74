/** Starts the clouds once for all tests of this folder, both at the same time. */
import type { TestProject } from 'vitest/node';
import { missingComponents, startCloud } from './cloud.ts';
import { missingNewest, startNewestCloud } from './newest-cloud.ts';
import type { DescribedCloud, DescribedNewestCloud } from './shared-cloud.ts';

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  await using started = new AsyncDisposableStack();
  const starting = await Promise.allSettled([provideCloud(project, started), provideNewestCloud(project, started)]);
  for (const result of starting) if (result.status === 'rejected') throw result.reason;
  const all = started.move();
  return () => all.disposeAsync();
}

/** Tests of components that are not installed are skipped. */
async function provideCloud(project: TestProject, started: AsyncDisposableStack): Promise<void> {
  if (missingComponents.length > 0) return;
  const { keystone, demoProject, multiStore, singleStore, brokenDriver, newer } = started.use(await startCloud());
  const described: DescribedCloud = {
    keystone: keystone.start,
    adminToken: keystone.adminToken,
    demoProject,
    multiStore: multiStore.start,
    singleStore: singleStore.start,
    brokenDriver: brokenDriver.start,
    newer: newer.start,
  };
  project.provide('cloud', described);
}

async function provideNewestCloud(project: TestProject, started: AsyncDisposableStack): Promise<void> {
  if (missingNewest.length > 0) return;
  const { keystone, demoProject, multiStore, singleStore } = started.use(await startNewestCloud());
  const described: DescribedNewestCloud = {
    keystone: keystone.start,
    adminToken: keystone.adminToken,
    demoProject,
    multiStore: multiStore.start,
    singleStore: singleStore.start,
  };
  project.provide('newestCloud', described);
}
