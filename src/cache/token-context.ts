/** The context of a caller's token: its scope and the endpoints available to it. */

import type { OpenStackClient } from '../openstack/client.ts';
import type { Endpoint } from '../openstack/endpoint.ts';
import { type CatalogEndpoint, type EndpointRules, selectEndpoints } from '../openstack/keystone/catalog.ts';
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
  /** In milliseconds of the monotonic clock; infinite when unknown. */
  readonly expiresAt: number;
}

/** Without Keystone: the same endpoints for every caller. */
export function staticContext(endpoints: ReadonlyMap<string, Endpoint>, defaultRegion: string | null): TokenContext {
  return {
    endpoints,
    defaultRegion: defaultRegion ?? endpoints.keys().next().value ?? null,
    scope: 'UNKNOWN',
    projectId: null,
    expiresAt: Number.POSITIVE_INFINITY,
  };
}

/** A context from Keystone. */
export interface CatalogContext extends TokenContext {
  /** Shared by the callers with the same catalog. */
  readonly sizedEndpoints: SizedValue<ReadonlyMap<string, Endpoint>>;
}

export interface ContextOptions extends EndpointRules {
  readonly client: OpenStackClient;
  readonly authEndpoint: Endpoint;
  readonly defaultRegion: string | null;
  readonly ttlMs: number;
  readonly staleIfErrorMs: number;
  readonly timeoutMs: number;
  /** Called once for each problem of a catalog. */
  readonly onProblem: (problem: string) => void;
}

const MAX_REPORTED_PROBLEMS = 100;

export function createContextCall(options: ContextOptions): CachedCall<CatalogContext> {
  const { client, authEndpoint, ttlMs, staleIfErrorMs, timeoutMs } = options;
  const select = createSelection(options);

  function toContext({ imageEndpoints, scope, projectId, expiresAt }: TokenInfo): CatalogContext {
    const sizedEndpoints = select(imageEndpoints);
    const defaultRegion = options.defaultRegion ?? sizedEndpoints.value.keys().next().value ?? null;
    // The clock may be set; from here on the expiry is a time of the monotonic clock.
    const expiry = performance.now() + (expiresAt - Date.now());
    return { endpoints: sizedEndpoints.value, sizedEndpoints, defaultRegion, scope, projectId, expiresAt: expiry };
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
    sharedPart: ({ sizedEndpoints }) => sizedEndpoints,
    expiresAt: ({ expiresAt }) => expiresAt,
    keepsEndpoint: ({ endpoints }, url) => [...endpoints.values()].some((endpoint) => endpoint.url === url),
  };
}

/** The selections from the last different catalogs, in bytes. */
const MAX_SELECTION_BYTES = 1024 * 1024;
const ENDPOINT_BYTES = 300;

/** Equal catalogs give the same endpoints, whose memory is then counted once. */
function createSelection(
  options: ContextOptions,
): (catalog: readonly CatalogEndpoint[]) => SizedValue<ReadonlyMap<string, Endpoint>> {
  const reported = new Set<string>();
  const selections = new Map<string, SizedValue<ReadonlyMap<string, Endpoint>>>();
  let bytes = 0;

  return (catalog) => {
    const key = JSON.stringify(catalog);
    const known = selections.get(key);
    if (known !== undefined) return known;
    const { endpoints, problems } = selectEndpoints(catalog, options);
    for (const problem of problems) {
      if (reported.has(problem) || reported.size >= MAX_REPORTED_PROBLEMS) continue;
      reported.add(problem);
      options.onProblem(problem);
    }
    const selected = new SizedValue(endpoints, endpoints.size * ENDPOINT_BYTES);
    bytes += 2 * key.length + selected.bytes;
    if (bytes > MAX_SELECTION_BYTES) {
      selections.clear();
      bytes = 0;
    } else selections.set(key, selected);
    return selected;
  };
}
