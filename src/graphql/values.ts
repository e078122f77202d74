/** The values behind types of the schema, where these are not the upstream's values alone. */
import type { TokenContext } from '../cache/token-context.ts';
import type { Store } from '../openstack/glance/stores.ts';
import type { Usage } from '../openstack/glance/usage.ts';

/** Behind `Region`, `Info` and `InfoAvailability`. */
export interface RegionRef {
  /** Empty for the default region when Keystone fails: every field then fails with the reason. */
  readonly id: string;
}

/** Behind `ImageStore`. */
export interface RegionalStore extends Store {
  readonly region: RegionRef;
}

/** The owner of the quotas. */
export type ProjectScope = Pick<TokenContext, 'scope' | 'projectId'>;

/** Behind `ImageUsage`. */
export type ScopedUsage = Usage & ProjectScope;

export function withProjectScope<T extends object>(usage: T, { scope, projectId }: ProjectScope): T & ProjectScope {
  return { ...usage, scope, projectId };
}
