import type { Usage } from '../glance/usage.ts';
import type { Access } from '../keystone/access.ts';

/** The value behind `ImageUsage`: the quotas, and whose they are. */
export type CallerUsage = Usage & Pick<Access, 'scope' | 'projectId'>;

export function ofCaller<T extends object>(
  usage: T,
  { scope, projectId }: Access,
): T & Pick<Access, 'scope' | 'projectId'> {
  return { ...usage, scope, projectId };
}
