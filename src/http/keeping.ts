import type { Discovery } from '../graphql/discovery.ts';

/** The `Cache-Control` of an answer to GraphQL, and its `Age` where it has one. */
export interface Keeping {
  readonly cacheControl: string;
  /** Seconds. */
  readonly age: number | null;
}

/** Whose answer it is, and what it depends on. */
export const VARY_BY_CALLER = 'X-Auth-Token, Authorization, Accept';

const NOT_AT_ALL: Keeping = { cacheControl: 'private, no-store', age: null };
const ONCE_ASKED_AGAIN: Keeping = { cacheControl: 'private, no-cache', age: null };

export const mayBeKept = ({ cacheControl }: Keeping) => cacheControl !== NOT_AT_ALL.cacheControl;

/**
 * Says how long the caller itself may keep an answer: for as long as the gateway keeps all of the upstream answers in it.
 * What has no answer of the upstream in it, such as introspection, may be kept but has to be asked for again.
 */
export function keepingOf(status: number, text: unknown, discovery: Discovery): Keeping {
  const freshness = discovery.freshness();
  if (freshness === null || status !== 200 || typeof text !== 'string' || text.startsWith('{"errors"'))
    return NOT_AT_ALL;
  const { ageMs, leftMs } = freshness;
  if (leftMs < 1000 || leftMs === Number.POSITIVE_INFINITY) return ONCE_ASKED_AGAIN;
  // A cache takes `Age` off `max-age`; what remains is what is left.
  const age = Math.floor(ageMs / 1000);
  return { cacheControl: `private, max-age=${age + Math.floor(leftMs / 1000)}`, age };
}
