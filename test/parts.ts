/** Parts of a gateway by themselves, for tests of what can't be seen from outside. */
import { createAnswers, type KeptMs } from '../src/glance/answers.ts';
import type { DiscoveryOptions } from '../src/graphql/request-discovery.ts';
import { fixedAccess } from '../src/keystone/access.ts';
import type { Upstream, UpstreamOptions } from '../src/upstream/client.ts';
import { type Endpoint, parseEndpoint } from '../src/upstream/endpoint.ts';

export const UPSTREAM_OPTIONS: UpstreamOptions = {
  ca: null,
  verify: true,
  connectTimeoutMs: 1000,
  connections: 5,
  maxConnections: 5,
  maxWaiting: 100,
  maxBodyBytes: 1024 * 1024,
};

export const NOTHING_KEPT_MS: KeptMs = { versions: 0, importMethods: 0, stores: 0, storesDetail: 0, usage: 0 };

export function endpointAt(url: string): Endpoint {
  const endpoint = parseEndpoint(url);
  if (endpoint === null) throw new Error(`${url} is no endpoint`);
  return endpoint;
}

/** For a caller without a token, of whom the Glance there is region `one`; nothing is kept. */
export function discoveryOptions(upstream: Upstream, url: string): DiscoveryOptions {
  return {
    answers: createAnswers({ upstream, keptMs: NOTHING_KEPT_MS, staleMs: 0, shared: null }),
    token: { kind: 'none' },
    requestId: 'req-1',
    tracer: null,
    deadlines: { callMs: 1000, usageMs: 1000, requestMs: 2000 },
    anew: false,
    findAccess: fixedAccess(new Map([['one', endpointAt(url)]]), null),
    onFailure: () => {},
  };
}
