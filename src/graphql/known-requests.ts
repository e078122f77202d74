import { ApolloServerErrorCode } from '@apollo/server/errors';
import { LRUCache } from 'lru-cache';
import type { RequestReport } from '../telemetry/report.ts';
import type { Discovery } from './discovery.ts';
import type { Rendering } from './rendering.ts';
import { PLAN_BYTES_A_CHARACTER, type Plan } from './rendering-plan.ts';

/** Requests are known up to so many bytes; beyond, the longest unseen goes. */
const MAX_KNOWN_BYTES = 6 * 1024 * 1024;
/** Longer ones are not worth their place. */
const MAX_REQUEST_CHARACTERS = 20_000;

/** What a request came to the last time: the same to the byte comes to the same. */
export interface KnownRequest {
  /** How to answer it, or the whole answer to a document that is none. */
  readonly answer: Plan | string;
  readonly status: number;
  /** As negotiated. */
  readonly contentType: string;
  /** For log and metrics. */
  readonly facts: Pick<RequestReport, 'operation' | 'query' | 'fields' | 'outcome' | 'codes'>;
}

/** Refusals of a document for its own sake, whoever sends it. */
const REFUSALS: ReadonlySet<string> = new Set([
  ApolloServerErrorCode.GRAPHQL_PARSE_FAILED,
  ApolloServerErrorCode.GRAPHQL_VALIDATION_FAILED,
]);

export function isRefusal({ codes }: Pick<RequestReport, 'codes'>): boolean {
  return codes.length > 0 && codes.every((code) => REFUSALS.has(code));
}

/**
 * The lane around Apollo, for requests that Apollo has answered from a plan before, or refused for their document.
 *
 * It skips what Apollo would do again to the same effect: parsing body and document, validation, coercion of variables,
 * negotiation of the media type, the walk through its plug-ins. That is safe as all of it depends on the body's bytes, the
 * `Accept` header and settings that never change while the process lives, and the first two are the whole key. A caller's
 * headers other than these decide nothing in Apollo for a POST of `application/json`, which is no simple request for CSRF's
 * sake. What depends on the caller (token, region, upstream calls, limits by token) is not skipped.
 */
export interface KnownRequests {
  find(accept: string | undefined, body: string): KnownRequest | undefined;
  /** Null when a call failed: execution tells how, with the answers that are there. */
  answer(request: KnownRequest, discovery: Discovery): KnownAnswer | null | Promise<KnownAnswer | null>;
  learn(accept: string | undefined, body: string, request: KnownRequest): void;
}

/** A whole answer, but for what depends on the caller alone. */
export interface KnownAnswer extends Pick<KnownRequest, 'status' | 'contentType'> {
  readonly text: string;
}

export function createKnownRequests({ render }: Pick<Rendering, 'render'>): KnownRequests {
  const known = new LRUCache<string, KnownRequest>({
    maxSize: MAX_KNOWN_BYTES,
    sizeCalculation: ({ answer }, key) =>
      2 * key.length + (typeof answer === 'string' ? 2 * answer.length : PLAN_BYTES_A_CHARACTER * key.length),
  });
  const keyOf = (accept = '', body: string) => `${accept}\n${body}`;
  return {
    find: (accept, body) => known.get(keyOf(accept, body)),
    answer(request, discovery) {
      const { answer } = request;
      const text = typeof answer === 'string' ? answer : render(answer, discovery);
      return text instanceof Promise
        ? text.then((rendered) => finish(request, rendered, discovery))
        : finish(request, text, discovery);
    },
    learn(accept, body, request) {
      const key = keyOf(accept, body);
      if (key.length <= MAX_REQUEST_CHARACTERS) known.set(key, request);
    },
  };
}

function finish(
  { status, contentType, facts }: KnownRequest,
  text: string | null,
  { report }: Discovery,
): KnownAnswer | null {
  if (text === null) return null;
  Object.assign(report, facts);
  return { text, status, contentType };
}
