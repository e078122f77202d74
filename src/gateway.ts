/** Puts the parts together. What embedders and tests call. */
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { Config } from './config.ts';
import { createApollo } from './graphql/apollo.ts';
import type { GatewayContext } from './graphql/context.ts';
import type { Discovery } from './graphql/discovery.ts';
import { createKnownRequests } from './graphql/known-requests.ts';
import { createRendering } from './graphql/rendering.ts';
import { createDiscovery } from './graphql/request-discovery.ts';
import { createSchema, loadSdl } from './graphql/schema.ts';
import { createDocumentResolver } from './graphql/trusted-documents.ts';
import { tokenOf } from './http/caller.ts';
import { serveGraphql } from './http/graphql.ts';
import { serveHealth } from './http/health.ts';
import { createLane } from './http/lane.ts';
import { serveMetrics } from './http/metrics.ts';
import { createObserve, type Observed, observedOf } from './http/observing.ts';
import { servePages } from './http/pages.ts';
import { limitRates } from './http/rate-limit.ts';
import { createHttpServer, MAX_BODY_BYTES } from './http/server.ts';
import { shedLoad, watchLoop } from './http/shedding.ts';
import { type OpenCloud, openCloud } from './open-cloud.ts';
import { SANDBOX_ADMIN_TOKEN, SANDBOX_MEMBER_TOKEN } from './sandbox/cloud.ts';
import type { SharedCache } from './shared-cache/shared-cache.ts';
import type { Log } from './telemetry/log.ts';
import { createMetrics, type Metrics } from './telemetry/metrics.ts';
import type { Tracing } from './telemetry/tracing.ts';
import type { UpstreamFailure } from './upstream/failures.ts';

export interface Gateway {
  /** Listens nowhere yet: call `app.listen`, or `app.inject`. */
  readonly app: FastifyInstance;
  readonly isSandbox: boolean;
  /** Whether there are pages for people. */
  readonly hasPages: boolean;
  /** `/readyz` says 503 from now on, and all else goes on. */
  announceEnd(): void;
  /** Lets requests in flight end, then closes every connection, and the sandbox. */
  close(): Promise<void>;
}

export async function createGateway(config: Config, log: Log): Promise<Gateway> {
  const metrics = createMetrics(versionOfPackage());
  const tracing = await openTracing(config, versionOfPackage());
  const shared = await openSharedCache(config, log, metrics);
  const observer: Parameters<typeof openCloud>[2] = {
    onAnswer: ({ service, region, call }, result, ms) =>
      metrics.upstreamAnswers({ service, region, call, result, seconds: ms / 1000 }),
    onBreaker({ service, region }, state) {
      metrics.breakerChanges(service, region, state);
      log[state === 'open' ? 'warn' : 'info']({ service, region, state }, 'circuit breaker');
    },
  };
  const cloud = await openCloud(config, (message) => log.warn(message), observer, shared);
  const sdl = loadSdl();
  const schema = createSchema(sdl);
  const rendering = config.plainExecution ? null : createRendering(schema);
  const reuse = rendering && { rendering, known: createKnownRequests(rendering) };
  const { introspection, trustedDocuments, logQueries, corsOrigins, trustedProxies, ratePerToken } = config;
  const hasPages = introspection && !trustedDocuments?.only;
  const apollo = await createApollo(schema, {
    rendering,
    introspection,
    logQueries,
    persistedQueries: shared?.persistedQueries ?? null,
  });
  const loop = watchLoop();
  const observe = createObserve({ log, metrics, tracing });
  const openDiscovery = discoveryOpener(cloud, config, log);
  const isLaneOpen = corsOrigins === null && ratePerToken === null && tracing === null;
  const lane =
    reuse && isLaneOpen
      ? createLane({
          observe,
          known: reuse.known,
          maxBodyBytes: MAX_BODY_BYTES,
          openDiscovery,
          isClosed: loop.isBehind,
          onFault: (err, requestId) => log.error({ requestId, err }, 'A known request failed for a reason of our own'),
        })
      : null;
  const app = await createHttpServer({ logger: log, corsOrigins, trustedProxies, observe, lane });
  shedLoad(app, loop);
  if (ratePerToken !== null) await limitRates(app, ratePerToken);
  serveGraphql(app, {
    apollo,
    reuse,
    resolveDocument: trustedDocuments && createDocumentResolver(trustedDocuments),
    hasPages,
    openDiscovery,
    contextOf: async (request, discovery) => contextFor(observedOf(request), discovery, log),
  });
  let isEnding = false;
  serveHealth(app, { isEnding: () => isEnding, isOverloaded: loop.isLasting, isReachable: cloud.isReachable });
  serveMetrics(app, metrics);
  if (hasPages)
    await servePages(app, { sandboxTokens: cloud.isSandbox ? [SANDBOX_ADMIN_TOKEN, SANDBOX_MEMBER_TOKEN] : [] });
  if (introspection) {
    app.get('/schema.graphql', async (_request, reply) => reply.type('text/plain; charset=utf-8').send(sdl));
  }

  return {
    app,
    isSandbox: cloud.isSandbox,
    hasPages,
    announceEnd() {
      isEnding = true;
    },
    async close() {
      await app.close();
      loop.end();
      await apollo.stop();
      await cloud.close();
      shared?.close();
      await tracing?.shutdown();
    },
  };
}

/** What traces is loaded only where there is somebody to send them to. */
async function openTracing({ tracesEndpoint, serviceName }: Config, version: string): Promise<Tracing | null> {
  if (tracesEndpoint === null) return null;
  const { createTracing } = await import('./telemetry/tracing.ts');
  return createTracing({ endpoint: tracesEndpoint, serviceName, version });
}

/** Loaded only where there is one. */
async function openSharedCache(
  { sharedCacheUrl: url }: Config,
  log: Log,
  metrics: Metrics,
): Promise<SharedCache | null> {
  if (url === null) return null;
  const { createSharedCache } = await import('./shared-cache/shared-cache.ts');
  return createSharedCache({
    url,
    onLook: metrics.sharedCacheLooks,
    onReachable(isReachable, cause) {
      if (isReachable) log.info('The shared cache (CACHE_URL) is reached');
      else log.warn({ err: cause }, 'The shared cache (CACHE_URL) is out of reach; the gateway does without');
    },
  });
}

function discoveryOpener(
  { answers, findAccess }: OpenCloud,
  { callTimeoutMs, usageTimeoutMs, requestTimeoutMs }: Config,
  log: Log,
): (request: IncomingMessage, observed: Observed) => Discovery {
  const deadlines = { callMs: callTimeoutMs, usageMs: usageTimeoutMs ?? callTimeoutMs, requestMs: requestTimeoutMs };
  const onFailure = (failure: UpstreamFailure, requestId: string) => logFailure(log, requestId, failure);
  return (request, observed) => {
    const { id: requestId, trace: tracer } = observed;
    const token = tokenOf(request);
    const anew = /\bno-cache\b/i.test(request.headers['cache-control'] ?? '');
    const options = { answers, findAccess, token, anew, requestId, tracer, deadlines, onFailure };
    observed.discovery = createDiscovery(options);
    return observed.discovery;
  };
}

function contextFor({ id: requestId }: Observed, discovery: Discovery, log: Log): GatewayContext {
  return {
    requestId,
    discovery,
    reportFault: (error) => log.error({ requestId, err: error }, 'A field failed for a reason of our own'),
  };
}

/** The whole cause, addresses included, stands in the log alone; the request id leads here from the answer. */
function logFailure(log: Log, requestId: string, { asked, reason, cause }: UpstreamFailure): void {
  const { service, call, region } = asked;
  const { kind, ...details } = reason;
  const isNews = reason.kind === 'refused' ? reason.status >= 500 : reason.kind !== 'broken';
  const level = isNews ? 'warn' : 'info';
  log[level]({ requestId, service, call, region, failure: kind, ...details, err: cause }, 'upstream call failed');
}

function versionOfPackage(): string {
  // As far from src/ as from the published dist/.
  const { version }: { version: string } = JSON.parse(
    readFileSync(new URL('../package.json', import.meta.url), 'utf8'),
  );
  return version;
}
