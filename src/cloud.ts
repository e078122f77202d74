/** A cloud: the client of its services, the contexts of tokens, the cached calls, and whether it is reachable. */
import { CallerCache } from './cache/caller-cache.ts';
import { createGlanceCalls, type GlanceCalls, type SharedCache } from './cache/glance-calls.ts';
import { createContextCall, staticContext } from './cache/token-context.ts';
import type { CloudSource } from './config/cloud-source.ts';
import type { Config } from './config/config.ts';
import type { ContextSource } from './graphql/request-services.ts';
import { type Call, publicRequest } from './openstack/call.ts';
import { type ClientOptions, createClient, type OpenStackClient } from './openstack/client.ts';
import { type Endpoint, parseEndpoint } from './openstack/endpoint.ts';
import type { Service } from './openstack/errors.ts';
import { versions } from './openstack/glance/versions.ts';
import { createHostAllowlist } from './openstack/keystone/endpoint-allowlist.ts';
import { identityVersion } from './openstack/keystone/identity-version.ts';
import { startSandbox } from './sandbox/sandbox.ts';
import type { Sandbox } from './sandbox/server.ts';

/** For each call of each endpoint. */
const POOL = { maxConnections: 64, maxWaiting: 500 };
/** The largest response bodies. Glance's have some kilobytes; catalogs of large clouds have megabytes. */
const MAX_BODY_BYTES = { image: 1024 * 1024, identity: 8 * 1024 * 1024 };
/** Of everything that the gateway stores on behalf of callers. */
const MAX_CACHE_BYTES = 36 * 1024 * 1024;
/** How often results that have expired are removed, in milliseconds. */
const CACHE_CLEANUP_INTERVAL_MS = 10_000;

export interface Cloud {
  readonly client: OpenStackClient;
  readonly cache: CallerCache;
  readonly calls: GlanceCalls;
  readonly contexts: ContextSource;
  readonly isSandbox: boolean;
  /** Whether Keystone responds, or any region if there is no Keystone. Needs no token. */
  isReachable(): Promise<boolean>;
  close(): Promise<void>;
}

/**
 * @param onCatalogProblem called once for each problem of an entry in a token's catalog, with a message for the operator
 * @param observer called for upstream calls and circuit breakers
 */
export async function createCloud(
  config: Config,
  onCatalogProblem: (problem: string) => void,
  observer: Pick<ClientOptions, 'onResult' | 'onCircuitChange'> = {},
  sharedCache: SharedCache | null = null,
): Promise<Cloud> {
  const { source, sandbox } = await resolveSource(config.cloud);
  const client = createClient({
    ca: config.certificates,
    verify: config.verify,
    forceIpv4: config.forceIpv4,
    connectTimeoutMs: config.connectTimeoutMs,
    connectByProxy: config.proxies && (await import('./openstack/proxy.ts')).createConnectByProxy(config.proxies),
    maxBodyBytes: MAX_BODY_BYTES,
    ...POOL,
    ...observer,
  });
  const contexts = createContextSource(source, config, client, onCatalogProblem);
  const cache = new CallerCache(MAX_CACHE_BYTES);
  const cleanup = setInterval(() => cache.removeExpired(), CACHE_CLEANUP_INTERVAL_MS).unref();
  return {
    client,
    cache,
    calls: createGlanceCalls({
      client,
      ttlMs: config.ttlMs,
      staleIfErrorMs: config.staleIfErrorMs,
      timeoutMs: config.callTimeoutMs,
      usageTimeoutMs: config.usageTimeoutMs,
      sharedCache,
    }),
    contexts,
    isSandbox: sandbox !== null,
    isReachable: () => isReachable(source, client, config.callTimeoutMs),
    async close() {
      clearInterval(cleanup);
      await client.close();
      await sandbox?.close();
    },
  };
}

type RealSource = Exclude<CloudSource, { kind: 'sandbox' }>;

async function resolveSource(source: CloudSource): Promise<{ source: RealSource; sandbox: Sandbox | null }> {
  if (source.kind !== 'sandbox') return { source, sandbox: null };
  const sandbox = await startSandbox();
  const authEndpoint = parseEndpoint(sandbox.url);
  if (authEndpoint === null) throw new Error(`The sandbox is at ${sandbox.url}`);
  return {
    sandbox,
    source: {
      kind: 'catalog',
      authEndpoint,
      interfaces: ['public'],
      regions: null,
      overrides: new Map(),
      allowHttp: true,
      endpointHosts: null,
    },
  };
}

function createContextSource(
  source: RealSource,
  config: Config,
  client: OpenStackClient,
  onProblem: (problem: string) => void,
): ContextSource {
  if (source.kind === 'endpoints') {
    return { kind: 'static', context: staticContext(source.endpoints, config.defaultRegion) };
  }
  const call = createContextCall({
    ...source,
    isAllowed: createHostAllowlist(source.authEndpoint.origin, source.endpointHosts),
    client,
    defaultRegion: config.defaultRegion,
    ttlMs: config.catalogTtlMs,
    staleIfErrorMs: config.staleIfErrorMs,
    timeoutMs: config.callTimeoutMs,
    onProblem,
  });
  return { kind: 'catalog', call, authEndpoint: source.authEndpoint };
}

async function isReachable(source: RealSource, client: OpenStackClient, timeoutMs: number): Promise<boolean> {
  const probe = <T>(call: Call<T>, service: Service, region: string | null, endpoint: Endpoint) =>
    client.request(publicRequest(call, { service, region, endpoint, requestId: 'req-readiness', timeoutMs }));
  const probes: Promise<unknown>[] =
    source.kind === 'catalog'
      ? [probe(identityVersion, 'identity', null, source.authEndpoint)]
      : [...source.endpoints].map(([region, endpoint]) => probe(versions, 'image', region, endpoint));
  return Promise.any(probes).then(
    () => true,
    () => false,
  );
}
