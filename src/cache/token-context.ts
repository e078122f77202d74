/** The context of a caller's token: its scope and the endpoints available to it. */

import type { OpenStackClient } from '../openstack/client.ts';
import type { Endpoint } from '../openstack/endpoint.ts';
import type { AccessRule } from '../openstack/keystone/access-rules.ts';
import { type EndpointRules, selectEndpoints } from '../openstack/keystone/catalog.ts';
import type { TokenInfo, TokenScope } from '../openstack/keystone/token-info.ts';
import { lookUpToken } from '../openstack/keystone/token-lookup.ts';
import type { CachedCall } from './cached-call.ts';
import { SizedValue } from './sized-value.ts';

export interface TokenContext {
  /** Region id -> Image endpoint. */
  readonly endpoints: ReadonlyMap<string, Endpoint>;
  /** As configured, else the first one; null when there is none. It need not be among the endpoints. */
  readonly defaultRegion: string | null;
  readonly scope: TokenScope;
  /** Null unless the scope is `PROJECT`. */
  readonly projectId: string | null;
  /** Null when the token may make every request; an empty list allows none. */
  readonly accessRules: readonly AccessRule[] | null;
  /** In milliseconds of the monotonic clock; infinite when unknown. */
  readonly expiresAt: number;
  /** For the token's owner. Null without Keystone. */
  readonly access: TokenAccess | null;
}

/** What Keystone reports about a token. */
export interface TokenAccess extends Omit<TokenInfo, 'imageCatalog' | 'expiresAt'> {
  /** Null when it is unknown. */
  readonly expiresAt: Date | null;
}

/** Without Keystone: the same endpoints for every caller. */
export function staticContext(endpoints: ReadonlyMap<string, Endpoint>, defaultRegion: string | null): TokenContext {
  return {
    endpoints,
    defaultRegion: defaultRegion ?? endpoints.keys().next().value ?? null,
    scope: 'UNKNOWN',
    projectId: null,
    accessRules: null,
    expiresAt: Number.POSITIVE_INFINITY,
    access: null,
  };
}

type InternedPart = Pick<TokenContext, 'endpoints' | 'accessRules'>;

/** A context from Keystone. */
export interface CatalogContext extends TokenContext {
  /** Shared by the callers with the same catalog and access rules. */
  readonly internedPart: SizedValue<InternedPart>;
}

export interface ContextOptions extends EndpointRules {
  readonly client: OpenStackClient;
  readonly authEndpoint: Endpoint;
  readonly ttlMs: number;
  readonly staleIfErrorMs: number;
  readonly timeoutMs: number;
  /** Called once for each problem of a catalog. */
  readonly onProblem: (problem: string) => void;
}

const MAX_REPORTED_PROBLEMS = 100;

export function createContextCall(options: ContextOptions): CachedCall<CatalogContext> {
  const { client, authEndpoint, ttlMs, staleIfErrorMs, timeoutMs } = options;
  const intern = createInterning(options);

  function toContext(info: TokenInfo): CatalogContext {
    const { scope, projectId, projectName, roles } = info;
    const internedPart = intern(info);
    const { endpoints, accessRules } = internedPart.value;
    const defaultRegion = options.defaultRegion ?? endpoints.keys().next().value ?? null;
    // The clock may be set; from here on the expiry is a time of the monotonic clock.
    const expiresAt = performance.now() + (info.expiresAt - Date.now());
    const expiryDate = info.expiresAt === Number.POSITIVE_INFINITY ? null : new Date(info.expiresAt);
    const access = { scope, projectId, projectName, roles, accessRules, expiresAt: expiryDate };
    return { endpoints, accessRules, internedPart, defaultRegion, scope, projectId, expiresAt, access };
  }

  return {
    name: 'authTokens',
    ttlMs,
    staleIfErrorMs,
    timeoutMs,
    start: (target, receiver) =>
      lookUpToken(
        {
          client,
          authEndpoint,
          context: target.context,
          startedAt: target.startedAt,
          timeoutMs,
          onCall: (call, result, ms) => target.recordCall(call, result, ms),
        },
        {
          onResponse: (lookup) => receiver.onResponse(toContext(lookup)),
          onError: (error) => receiver.onError(error),
        },
      ),
    internedPart: ({ internedPart }) => internedPart,
    ownBytes: ({ access }) => 2 * [access?.projectId, access?.projectName, ...(access?.roles ?? [])].join().length,
    expiresAt: ({ expiresAt }) => expiresAt,
    keepsEndpoint: ({ endpoints }, url) => [...endpoints.values()].some((endpoint) => endpoint.url === url),
  };
}

/** The parts made from the last different catalogs and rules, in bytes. */
const MAX_PARTS_BYTES = 1024 * 1024;
const ENDPOINT_BYTES = 300;
const ACCESS_RULE_BYTES = 800;

function bytesOf({ endpoints, accessRules }: InternedPart): number {
  let bytes = (accessRules?.length ?? 0) * ACCESS_RULE_BYTES;
  // The origin, the path and both together.
  for (const [region, { url }] of endpoints) bytes += ENDPOINT_BYTES + 2 * (region.length + 2 * url.length);
  return bytes;
}

/** Equal catalogs and rules give the same part, so its memory is counted once. */
function createInterning(options: ContextOptions): (info: TokenInfo) => SizedValue<InternedPart> {
  const reported = new Set<string>();
  const parts = new Map<string, SizedValue<InternedPart>>();
  let bytes = 0;

  return ({ imageCatalog, accessRules }) => {
    const key = JSON.stringify([imageCatalog, accessRules]);
    const known = parts.get(key);
    if (known !== undefined) return known;
    const { endpoints, problems } = selectEndpoints(imageCatalog.endpoints, options);
    for (const problem of [...imageCatalog.problems, ...problems]) {
      if (reported.has(problem) || reported.size >= MAX_REPORTED_PROBLEMS) continue;
      reported.add(problem);
      options.onProblem(problem);
    }
    const part = new SizedValue({ endpoints, accessRules }, bytesOf({ endpoints, accessRules }));
    bytes += 2 * key.length + part.bytes;
    if (bytes > MAX_PARTS_BYTES) {
      parts.clear();
      bytes = 0;
    } else parts.set(key, part);
    return part;
  };
}
