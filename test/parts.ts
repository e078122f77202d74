/** Parts of a gateway by themselves, for tests of what can't be seen over HTTP. */
import { CallerCache } from '../src/cache/caller-cache.ts';
import { createGlanceCalls, type GlanceCallsOptions } from '../src/cache/glance-calls.ts';
import { staticContext } from '../src/cache/token-context.ts';
import { RequestData } from '../src/graphql/request-data.ts';
import type { RequestServices } from '../src/graphql/request-services.ts';
import type { Call } from '../src/openstack/call.ts';
import { type ClientOptions, createClient } from '../src/openstack/client.ts';
import { type Endpoint, parseEndpoint } from '../src/openstack/endpoint.ts';
import { parseJson } from '../src/openstack/json.ts';
import type { CallerToken } from '../src/openstack/keystone/token.ts';
import type { UpstreamRequest } from '../src/openstack/request.ts';

export const CLIENT_OPTIONS: ClientOptions = {
  ca: null,
  verify: true,
  forceIpv4: false,
  connectTimeoutMs: 1000,
  connectByProxy: null,
  maxConnections: 5,
  maxWaiting: 100,
  maxBodyBytes: { image: 1024 * 1024, identity: 1024 * 1024 },
};

export function endpointAt(url: string): Endpoint {
  const endpoint = parseEndpoint(url);
  if (endpoint === null) throw new Error(`${url} is not an endpoint`);
  return endpoint;
}

/** A request to the Glance at `url`, of a caller without a token. */
export function upstreamRequest<T>(
  { name, path, decode }: Call<T>,
  url: string,
  options: Partial<UpstreamRequest<T>> = {},
): UpstreamRequest<T> {
  return {
    service: 'image',
    call: name,
    path,
    decode: (text) => decode(parseJson(text)),
    endpoint: endpointAt(url),
    region: 'one',
    token: null,
    sendSubjectToken: false,
    requestId: 'req-1',
    tracer: null,
    startedAt: performance.now(),
    timeoutMs: 5000,
    ...options,
  };
}

export interface TestServices {
  readonly services: RequestServices;
  close(): Promise<void>;
}

/** The Glance at `url` is region `one`, without Keystone. Nothing is stored unless `ttlMs` says so. */
export function createServices(
  url: string,
  { ttlMs = 0, timeoutMs = 1000, requestTimeoutMs = 2000, maxCacheBytes = 1024 * 1024 } = {},
): TestServices {
  const client = createClient(CLIENT_OPTIONS);
  const options: GlanceCallsOptions = {
    client,
    ttlMs: { versions: ttlMs, importMethods: ttlMs, stores: ttlMs, storesDetail: ttlMs, usage: ttlMs },
    staleIfErrorMs: 0,
    timeoutMs,
    usageTimeoutMs: null,
    sharedCache: null,
  };
  return {
    services: {
      cache: new CallerCache(maxCacheBytes),
      calls: createGlanceCalls(options),
      contexts: { kind: 'static', context: staticContext(new Map([['one', endpointAt(url)]]), null) },
      requestTimeoutMs,
      onUpstreamError: () => {},
    },
    close: () => client.close(),
  };
}

export function createRequestData(services: RequestServices, token: CallerToken = { kind: 'none' }): RequestData {
  return new RequestData(services, { token, requestId: 'req-1', tracer: null, bypassCache: false });
}
