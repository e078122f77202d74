/** What a caller's token opens, found out from Keystone with that very token, and kept for a while. */
import { LRUCache } from 'lru-cache';
import type { Call } from '../upstream/call.ts';
import type { Upstream } from '../upstream/client.ts';
import type { Endpoint } from '../upstream/endpoint.ts';
import { isUpstreamsOwn, UpstreamFailure } from '../upstream/failures.ts';
import type { Asker } from '../upstream/question.ts';
import { authCatalog } from './auth-catalog.ts';
import { authTokens, type TokenFacts, type TokenScope } from './auth-tokens.ts';
import { chooseEndpoints, type EndpointRules } from './catalog.ts';
import type { Token } from './token.ts';

export interface Access {
  /** Region id -> Image endpoint. */
  readonly endpoints: ReadonlyMap<string, Endpoint>;
  /** As configured, else the first; null when there is none. It need not be among the endpoints. */
  readonly defaultRegion: string | null;
  readonly scope: TokenScope;
  readonly projectId: string | null;
  /** When the token ends, in milliseconds since 1970; infinite when that is not known. */
  readonly expiresAt: number;
  /** By the monotonic clock, in milliseconds. */
  readonly receivedAt: number;
  /** Why it serves although it ran out; null while it is fresh. */
  readonly insteadOf: UpstreamFailure | null;
}

/**
 * Finds out what a token opens.
 *
 * @param token null for a caller without one
 * @param anew whether only what Keystone says from now on will do
 * @throws UpstreamFailure with the service `identity`, as a rejection
 */
export type FindAccess = (token: Token | null, asker: Asker, anew: boolean) => Access | Promise<Access>;

/** The same regions for everybody, as configured: without Keystone nothing is known of a token. */
export function fixedAccess(endpoints: ReadonlyMap<string, Endpoint>, defaultRegion: string | null): FindAccess {
  const access: Access = {
    endpoints,
    defaultRegion: defaultRegion ?? endpoints.keys().next().value ?? null,
    scope: 'UNKNOWN',
    projectId: null,
    expiresAt: Number.POSITIVE_INFINITY,
    receivedAt: Number.POSITIVE_INFINITY,
    insteadOf: null,
  };
  return () => access;
}

export interface CatalogOptions extends EndpointRules {
  readonly upstream: Upstream;
  readonly authEndpoint: Endpoint;
  readonly defaultRegion: string | null;
  readonly deadlineMs: number;
  /** How long an answer serves the same token, in milliseconds; never beyond the token's own end. 0 keeps none. */
  readonly keptMs: number;
  /** How much longer it serves when Keystone fails, in milliseconds. */
  readonly staleMs: number;
  /** Told once of each thing that is odd about a catalog. */
  readonly onProblem: (problem: string) => void;
}

/** Callers beyond this number cost the longest unseen one its place. */
const MAX_KEPT = 10_000;
const MAX_PROBLEMS_TOLD = 100;

export function catalogAccess(options: CatalogOptions): FindAccess {
  const kept = new LRUCache<string, { readonly access: Access; readonly freshUntil: number }>({ max: MAX_KEPT });
  const underWay = new Map<string, Promise<Access>>();
  const told = new Set<string>();

  async function lookUp(token: Token | null, key: string, asker: Asker): Promise<Access> {
    const facts = await askKeystone(options, token, asker);
    const { endpoints, problems } = chooseEndpoints(facts.imageEndpoints, options);
    for (const problem of problems) {
      if (told.has(problem) || told.size >= MAX_PROBLEMS_TOLD) continue;
      told.add(problem);
      options.onProblem(problem);
    }
    const access: Access = {
      endpoints,
      defaultRegion: options.defaultRegion ?? endpoints.keys().next().value ?? null,
      scope: facts.scope,
      projectId: facts.projectId,
      expiresAt: facts.expiresAt,
      receivedAt: performance.now(),
      insteadOf: null,
    };
    const left = facts.expiresAt - Date.now();
    const ttl = Math.min(options.keptMs + options.staleMs, left);
    if (ttl > 0) kept.set(key, { access, freshUntil: access.receivedAt + Math.min(options.keptMs, left) }, { ttl });
    return access;
  }

  function staleFor(key: string, failure: unknown): Access {
    const known = kept.get(key);
    const isOwn = failure instanceof UpstreamFailure && isUpstreamsOwn(failure.reason);
    if (known === undefined || !isOwn || options.staleMs === 0) throw failure;
    return { ...known.access, insteadOf: failure };
  }

  return (token, asker, anew) => {
    const key = token?.digest ?? '';
    const known = kept.get(key);
    if (known !== undefined && !anew && performance.now() < known.freshUntil) return known.access;
    let answer = underWay.get(key);
    if (answer === undefined) {
      answer = lookUp(token, key, asker)
        .catch((failure: unknown) => staleFor(key, failure))
        .finally(() => underWay.delete(key));
      underWay.set(key, answer);
    }
    return answer;
  };
}

async function askKeystone(
  options: CatalogOptions,
  token: Token | null,
  { requestId, tracer }: Asker,
): Promise<TokenFacts> {
  const ask = async <T>(call: Call<T>, aboutToken: boolean) => {
    // Others may be waiting for the same answer, so no caller that goes away ends it.
    const { value } = await options.upstream.answerTo({
      call,
      service: 'identity',
      region: null,
      endpoint: options.authEndpoint,
      token: token?.value ?? null,
      aboutToken,
      requestId,
      tracer,
      askedAt: performance.now(),
      deadlineMs: options.deadlineMs,
    });
    return value;
  };
  try {
    return await ask(authTokens, true);
  } catch (error) {
    if (!isForbidden(error)) throw error;
    const imageEndpoints = await ask(authCatalog, false);
    return { scope: 'UNKNOWN', projectId: null, expiresAt: Number.POSITIVE_INFINITY, imageEndpoints };
  }
}

function isForbidden(error: unknown): boolean {
  return error instanceof UpstreamFailure && error.reason.kind === 'refused' && error.reason.status === 403;
}
