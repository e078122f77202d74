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

export const sharedNewestCloud = (): NewestCloud => attach(inject('newestCloud'));

export function sharedCloud(): Cloud {
  const described = inject('cloud');
  const { brokenDriver, newer } = described;
  return { ...attach(described), brokenDriver: attachService(brokenDriver), newer: attachService(newer) };
}

/** What both clouds have. */
const attach = ({ keystone, adminToken, demoProject, multiStore, singleStore }: DescribedNewestCloud): NewestCloud => ({
  keystone: keystoneOf(attachService(keystone), adminToken),
  demoProject,
  multiStore: attachService(multiStore),
  singleStore: attachService(singleStore),
});
