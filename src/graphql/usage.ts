import type { Usage } from '../glance/usage.ts';
import type { Access } from '../keystone/access.ts';

/** Whose quotas they are. */
export type Owner = Pick<Access, 'scope' | 'projectId'>;

/** The value behind `ImageUsage`. */
export type CallerUsage = Usage & Owner;

export function ofCaller<T extends object>(usage: T, { scope, projectId }: Owner): T & Owner {
  return { ...usage, scope, projectId };
}
