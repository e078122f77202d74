import { LRUCache } from 'lru-cache';
import type { Plan } from './rendering-plan.ts';

/** Requests are known up to so many bytes; beyond, the longest unseen goes. */
const MAX_KNOWN_BYTES = 8 * 1024 * 1024;
/** Longer ones are not worth their place. */
const MAX_REQUEST_CHARACTERS = 20_000;

/** What a request came to the last time: the same to the byte comes to the same plan and the same negotiated type. */
export interface KnownRequest {
  readonly plan: Plan;
  readonly contentType: string;
  /** For the log, as the report of the first time had them. */
  readonly operation: string | null;
  readonly fields: readonly string[];
}

/**
 * The lane around Apollo, for requests that Apollo has answered from a plan before.
 *
 * It skips what Apollo would do again to the same effect: parsing body and document, validation, coercion of variables,
 * negotiation of the media type, the walk through its plug-ins. That is safe as all of it depends on the body's bytes, the
 * `Accept` header and settings that never change while the process lives, and the first two are the whole key. A caller's
 * headers other than these decide nothing in Apollo for a POST of `application/json`, which is no simple request for CSRF's
 * sake. What depends on the caller (token, region, upstream calls, limits by token) is not skipped.
 */
export interface KnownRequests {
  find(accept: string | undefined, body: string): KnownRequest | undefined;
  learn(accept: string | undefined, body: string, request: KnownRequest): void;
}

export function createKnownRequests(): KnownRequests {
  const known = new LRUCache<string, KnownRequest>({
    maxSize: MAX_KNOWN_BYTES,
    // As much again, four times over, for the plan and the documents of its parts.
    sizeCalculation: (_request, key) => key.length * 5,
  });
  const keyOf = (accept = '', body: string) => `${accept}\n${body}`;
  return {
    find: (accept, body) => known.get(keyOf(accept, body)),
    learn(accept, body, request) {
      const key = keyOf(accept, body);
      if (key.length <= MAX_REQUEST_CHARACTERS) known.set(key, request);
    },
  };
}
