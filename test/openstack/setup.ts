/** Starts the clouds once for all tests of this folder, both at the same time. */
import type { TestProject } from 'vitest/node';
import { missingComponents, startCloud } from './cloud.ts';
import { missingNewest, type NewestCloud, startNewestCloud } from './newest-cloud.ts';
import type { DescribedNewestCloud } from './shared-cloud.ts';

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
  const cloud = started.use(await startCloud());
  const { brokenDriver, newer } = cloud;
  project.provide('cloud', { ...describe(cloud), brokenDriver: brokenDriver.start, newer: newer.start });
}

async function provideNewestCloud(project: TestProject, started: AsyncDisposableStack): Promise<void> {
  if (missingNewest.length > 0) return;
  project.provide('newestCloud', describe(started.use(await startNewestCloud())));
}

/** What both clouds have. */
const describe = ({ keystone, demoProject, multiStore, singleStore }: NewestCloud): DescribedNewestCloud => ({
  keystone: keystone.start,
  adminToken: keystone.adminToken,
  demoProject,
  multiStore: multiStore.start,
  singleStore: singleStore.start,
});
