import type { RequestData } from '../graphql/request-data.ts';

/** The `Cache-Control` of a GraphQL response, and its `Age`. */
export interface CachePolicy {
  readonly cacheControl: string;
  /** Seconds; null for a response that is not fresh for any time. */
  readonly age: number | null;
}

/** The request headers that a response depends on. */
export const VARY_BY_CALLER = 'X-Auth-Token, Authorization, Accept';

const NO_STORE: CachePolicy = { cacheControl: 'private, no-store', age: null };
const NO_CACHE: CachePolicy = { cacheControl: 'private, no-cache', age: null };

export const isCacheable = ({ cacheControl }: CachePolicy) => cacheControl !== NO_STORE.cacheControl;

/**
 * A response is fresh for its caller as long as all results in it are fresh in the gateway's cache. One without results, such as
 * introspection, has to be revalidated.
 */
export function cachePolicyFor(status: number, body: string, data: RequestData): CachePolicy {
  const freshness = data.freshness();
  if (freshness === null || status !== 200 || body.startsWith('{"errors"')) return NO_STORE;
  const { ageMs, remainingMs } = freshness;
  if (remainingMs < 1000 || remainingMs === Number.POSITIVE_INFINITY) return NO_CACHE;
  // Caches subtract `Age` from `max-age`; what remains is the remaining time to live.
  const age = Math.floor(ageMs / 1000);
  return { cacheControl: `private, max-age=${age + Math.floor(remainingMs / 1000)}`, age };
}
