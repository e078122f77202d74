/** The clouds of `setup.ts`, which all test files of this folder share: a file that stops a service starts it again. */
import { inject } from 'vitest';
import type { Cloud } from './cloud.ts';
import { keystoneOf } from './keystone.ts';
import type { NewestCloud } from './newest-cloud.ts';
import { attachService, type Start } from './processes.ts';

/** Test files run in other processes, so they get a cloud as plain data. */
export type DescribedCloud = Described<Cloud>;
export type DescribedNewestCloud = Described<NewestCloud>;

type Described<SomeCloud> = Readonly<Record<ServicesOf<SomeCloud>, Start>> & {
  readonly adminToken: string;
  readonly demoProject: string;
};
type ServicesOf<SomeCloud> = Exclude<keyof SomeCloud, 'demoProject'>;

declare module 'vitest' {
  interface ProvidedContext {
    cloud: DescribedCloud;
    newestCloud: DescribedNewestCloud;
  }
}

export function sharedCloud(): Cloud {
  const { adminToken, demoProject, ...starts } = inject('cloud');
  return {
    keystone: keystoneOf(attachService(starts.keystone), adminToken),
    demoProject,
    multiStore: attachService(starts.multiStore),
    singleStore: attachService(starts.singleStore),
    brokenDriver: attachService(starts.brokenDriver),
    newer: attachService(starts.newer),
  };
}

export function sharedNewestCloud(): NewestCloud {
  const { adminToken, demoProject, ...starts } = inject('newestCloud');
  return {
    keystone: keystoneOf(attachService(starts.keystone), adminToken),
    demoProject,
    multiStore: attachService(starts.multiStore),
    singleStore: attachService(starts.singleStore),
  };
}
