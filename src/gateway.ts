/** Composes the gateway. The package's public API. */
import type { FastifyInstance } from 'fastify';
import type { RedisCache } from './cache/redis.ts';
import { createCloud } from './cloud.ts';
import { connectCollector } from './collector.ts';
import { type Config, ConfigError, type Environment, loadConfig } from './config/config.ts';
import { basePath as basePathParser } from './config/parsers.ts';
import { createApolloServer } from './graphql/apollo-server.ts';
import { createExecute, type Execute } from './graphql/execute.ts';
import { createOperationCache, type OperationState } from './graphql/fast-path/operation-cache.ts';
import { createPersistedQueries } from './graphql/persisted-queries.ts';
import { RequestData } from './graphql/request-data.ts';
import type { RequestCaller, RequestServices } from './graphql/request-services.ts';
import { createSchema, loadSdl, toApiSdl } from './graphql/schema.ts';
import { createBasePath } from './http/base-path.ts';
import { shedLoad } from './http/plugins/load-shedding.ts';
import { limitRates } from './http/plugins/rate-limit.ts';
import { serveGraphql } from './http/routes/graphql.ts';
import { serveHealth } from './http/routes/health.ts';
import { createMetricsApp, serveMetrics } from './http/routes/metrics.ts';
import { servePages } from './http/routes/pages.ts';
import { serveSchema } from './http/routes/schema.ts';
import { createHttpServer } from './http/server.ts';
import { limitUnreadBytes } from './http/slow-callers.ts';
import type { ClientOptions } from './openstack/client.ts';
import type { UpstreamError } from './openstack/errors.ts';
import { SANDBOX_ADMIN_TOKEN, SANDBOX_MEMBER_TOKEN } from './sandbox/cloud.ts';
import { createLogger, type Logger } from './telemetry/logger.ts';
import { createMetrics, type Metrics } from './telemetry/metrics.ts';
import type { TrustedDocuments } from './trusted-documents.ts';
import { VERSION } from './version.ts';

export { type Config, ConfigError, createLogger, type Environment, type Logger, loadConfig };

export interface Gateway {
  /** Does not listen yet: call `app.listen`, or `app.inject`. */
  readonly app: FastifyInstance;
  /** Serves `/metrics` alone, to listen at `METRICS_PORT`. Null where `app` serves it. */
  readonly metricsApp: FastifyInstance | null;
  readonly isSandbox: boolean;
  /** Whether the overview and GraphiQL are served. */
  readonly hasPages: boolean;
  /** `/readyz` responds with 503 from now on; everything else is still served. */
  beginDrain(): void;
  /** Completes requests in flight, then closes every connection, and the sandbox. */
  close(): Promise<void>;
}

export async function createGateway(config: Config, logger: Logger): Promise<Gateway> {
  const metrics = createMetrics(VERSION, logger.droppedLines);
  const collector = await connectCollector(config.telemetry, logger, metrics);
  const redis = await openRedis(config, logger, metrics);
  for (const warning of config.warnings) logger.warn(warning);
  const onCatalogProblem = (problem: string) => logger.warn(`Service catalog: ${problem}`);
  const cloud = await createCloud(config, onCatalogProblem, observe(metrics, logger), redis);
  const { introspection, persistedDocuments, fastPath, logQueries, ratePerToken } = config;
  const hasPages = introspection && !persistedDocuments?.only;
  const persistedQueries = createPersistedQueries(redis?.persistedQueries ?? null);
  const sdl = loadSdl();
  const schema = createSchema(sdl);
  const apollo = await createApolloServer(schema, { fastPath, introspection, logQueries, persistedQueries });
  const services: RequestServices = {
    ...cloud,
    requestTimeoutMs: config.requestTimeoutMs,
    onUpstreamError: (error, { requestId, tracer }) =>
      logUpstreamError(logger, { requestId, trace_id: tracer?.traceId }, error),
  };
  const { rewriteUrl, publicPath } = createBasePath({ ...config, parse: basePathParser.parse });
  const { tracing } = collector;
  const { app, isClosing } = await createHttpServer({ ...config, logger, metrics, tracing, rewriteUrl });
  const isOverloadSustained = shedLoad(app, metrics.requestsInFlight);
  if (ratePerToken !== null) await limitRates(app, ratePerToken);
  const createContext = async (data: RequestData, operation: OperationState) => {
    const { requestId, tracer } = data;
    const reportError = (err: Error) => logger.error({ requestId, trace_id: tracer?.traceId, err }, 'internal error');
    return { data, operation, reportError };
  };
  const openExecute = () => {
    const operationCache = fastPath ? createOperationCache() : null;
    return createExecute({ apollo, operationCache, persistedQueries, createContext });
  };
  const documents = await loadTrustedDocuments(config, logger, openExecute);
  const execute = documents?.execute ?? openExecute();
  const createRequestData = (caller: RequestCaller) => new RequestData(services, caller);
  const onWritten = limitUnreadBytes();
  serveGraphql(app, {
    execute,
    createRequestData,
    resolveDocument: documents?.resolveDocument ?? null,
    hasPages,
    isClosing,
    onWritten,
  });
  if (config.mcp) {
    // Loaded only where it is on.
    const { serveMcp } = await import('./http/routes/mcp.ts');
    serveMcp(app, {
      schema,
      sdl: introspection ? toApiSdl(sdl) : null,
      version: VERSION,
      corsOrigins: config.corsOrigins ?? [],
      execute,
      createRequestData,
      onWritten,
    });
  }
  let isDraining = false;
  serveHealth(app, {
    isDraining: () => isDraining,
    isOverloadSustained,
    isReachable: cloud.isReachable,
  });
  const metricsApp = config.metricsPort === null ? null : createMetricsApp(metrics, logger);
  if (metricsApp === null) serveMetrics(app, metrics);
  if (hasPages)
    await servePages(
      app,
      {
        sandboxTokens: cloud.isSandbox ? [SANDBOX_ADMIN_TOKEN, SANDBOX_MEMBER_TOKEN] : [],
        cloudName: config.cloudName,
      },
      publicPath,
    );
  if (introspection) serveSchema(app, sdl);

  return {
    app,
    metricsApp,
    isSandbox: cloud.isSandbox,
    hasPages,
    beginDrain() {
      isDraining = true;
    },
    async close() {
      await app.close();
      await metricsApp?.close();
      documents?.close();
      await apollo.stop();
      await cloud.close();
      redis?.close();
      await collector.shutdown();
    },
  };
}

function observe(metrics: Metrics, logger: Logger): Pick<ClientOptions, 'onResult' | 'onCircuitChange'> {
  return {
    onResult: (callInfo, result, ms) => metrics.upstreamRequestFinished(callInfo, result, ms / 1000),
    onCircuitChange(callInfo, state) {
      metrics.circuitBreakerChanged(callInfo, state);
      const { service, region, call } = callInfo;
      logger[state === 'open' ? 'warn' : 'info']({ service, region, call, state }, 'circuit breaker');
    },
  };
}

async function loadTrustedDocuments(
  { persistedDocuments }: Config,
  logger: Logger,
  createExecute: () => Execute,
): Promise<TrustedDocuments | null> {
  if (persistedDocuments === null) return null;
  const { createTrustedDocuments } = await import('./trusted-documents.ts');
  return createTrustedDocuments({ ...persistedDocuments, createExecute, logger });
}

/** The Redis client is loaded only where a server is configured. */
async function openRedis(
  { sharedCacheUrl: url, sharedCacheTimeoutMs }: Config,
  logger: Logger,
  metrics: Metrics,
): Promise<RedisCache | null> {
  if (url === null) return null;
  const { createRedisCache } = await import('./cache/redis.ts');
  return createRedisCache({
    url,
    lookupTimeoutMs: sharedCacheTimeoutMs,
    onLookup: metrics.sharedCacheLookup,
    onReachable(isReachable, cause) {
      if (isReachable) logger.info('The shared cache (CACHE_URL) is reachable');
      else logger.warn({ err: cause }, 'The shared cache (CACHE_URL) is unreachable; the gateway continues without it');
    },
    onRejected: (command, err) => logger.warn({ command, err }, 'The shared cache (CACHE_URL) rejects a command'),
  });
}

/** The log has the whole cause, addresses included; the request id of a response leads here. */
function logUpstreamError(
  logger: Logger,
  request: { requestId: string; trace_id: string | undefined },
  { callInfo, reason, cause }: UpstreamError,
): void {
  const { service, call, region, requestId: upstreamId } = callInfo;
  const upstreamRequestId = upstreamId === request.requestId ? undefined : upstreamId;
  const { kind, ...details } = reason;
  logger[levelOf(reason)](
    { ...request, upstreamRequestId, service, call, region, reason: kind, ...details, err: cause },
    'upstream call failed',
  );
}

/** What the caller causes, or what is logged already, is not a warning. */
function levelOf(reason: UpstreamError['reason']): 'warn' | 'info' | 'debug' {
  if (reason.kind === 'aborted') return 'debug';
  if (reason.kind === 'http_error') return reason.status >= 500 ? 'warn' : 'info';
  return reason.kind === 'circuit_open' || reason.kind === 'access_denied' ? 'info' : 'warn';
}
