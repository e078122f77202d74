/** Puts the parts together. What embedders and tests call. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from 'pino';
import type { Config } from './config.ts';
import { parseEndpoint } from './glance/endpoint.ts';
import { versions } from './glance/versions.ts';
import { createApollo } from './graphql/apollo.ts';
import type { GatewayContext } from './graphql/context.ts';
import { createDiscovery } from './graphql/discovery.ts';
import { createSchema, loadSdl } from './graphql/schema.ts';
import { tokenOf } from './http/caller.ts';
import { goneSignal, serveGraphql } from './http/graphql.ts';
import { serveHealth } from './http/health.ts';
import { servePages } from './http/pages.ts';
import { createHttpServer } from './http/server.ts';
import type { Access } from './keystone/access.ts';
import { DEMO_CLOUD, SANDBOX_ADMIN_TOKEN } from './sandbox/cloud.ts';
import { startSandbox } from './sandbox/glance.ts';
import { createUpstream, type Upstream } from './upstream/client.ts';
import type { UpstreamFailure } from './upstream/failures.ts';

/** Connections to one upstream, as many as a Glance with the default number of workers answers at once. */
const UPSTREAM_CONNECTIONS = 50;
/** The largest answer that is read. Real ones have some kilobytes. */
const MAX_ANSWER_BYTES = 1024 * 1024;

export interface Gateway {
  /** Listens nowhere yet: call `app.listen`, or `app.inject`. */
  readonly app: FastifyInstance;
  readonly isSandbox: boolean;
  /** Lets requests in flight end, then closes every connection, and the sandbox. */
  close(): Promise<void>;
}

export async function createGateway(config: Config, logger: Logger): Promise<Gateway> {
  const sandbox = config.glanceEndpoint === null ? await startSandbox(DEMO_CLOUD) : null;
  const endpoint = sandbox === null ? config.glanceEndpoint : parseEndpoint(sandbox.url);
  if (endpoint === null) throw new Error('There is no upstream');
  const access: Access = {
    endpoints: new Map([[config.defaultRegion, endpoint]]),
    defaultRegion: config.defaultRegion,
    scope: 'UNKNOWN',
    projectId: null,
  };
  const upstream = createUpstream({
    ca: config.certificates,
    connectTimeoutMs: config.connectTimeoutMs,
    connections: UPSTREAM_CONNECTIONS,
    maxBodyBytes: MAX_ANSWER_BYTES,
  });

  const sdl = loadSdl();
  const apollo = await createApollo(createSchema(sdl));
  const app = await createHttpServer({ logger, corsOrigins: config.corsOrigins });
  serveGraphql(app, apollo, async (request, reply) =>
    createContext(request, reply, { upstream, access, deadlineMs: config.callTimeoutMs }),
  );
  serveHealth(app, () => isReachable(upstream, access, config.callTimeoutMs));
  await servePages(app, { token: sandbox === null ? null : SANDBOX_ADMIN_TOKEN });
  app.get('/schema.graphql', async (_request, reply) => reply.type('text/plain; charset=utf-8').send(sdl));

  return {
    app,
    isSandbox: sandbox !== null,
    async close() {
      await app.close();
      await apollo.stop();
      await upstream.close();
      await sandbox?.close();
    },
  };
}

function createContext(
  request: FastifyRequest,
  reply: FastifyReply,
  { upstream, access, deadlineMs }: { upstream: Upstream; access: Access; deadlineMs: number },
): GatewayContext {
  return {
    requestId: request.id,
    discovery: createDiscovery({
      upstream,
      token: tokenOf(request.raw),
      requestId: request.id,
      deadlineMs,
      signal: goneSignal(reply),
      findAccess: async () => access,
      onFailure: (failure) => logFailure(request, failure),
    }),
    reportFault: (error) => request.log.error({ err: error }, 'A field failed for a reason of our own'),
  };
}

/** The whole cause, addresses included, stands in the log alone; the request id leads here from the answer. */
function logFailure(request: FastifyRequest, { asked, reason, cause }: UpstreamFailure): void {
  const level = reason.kind === 'refused' && reason.status < 500 ? 'info' : 'warn';
  const { kind, ...details } = reason;
  request.log[level](
    { service: asked.service, call: asked.call, region: asked.region, failure: kind, ...details, err: cause },
    'upstream call failed',
  );
}

async function isReachable(upstream: Upstream, access: Access, deadlineMs: number): Promise<boolean> {
  const endpoint = access.endpoints.get(access.defaultRegion);
  if (endpoint === undefined) return false;
  const asked = {
    service: 'image',
    call: versions.name,
    region: access.defaultRegion,
    requestId: 'req-readiness',
  } as const;
  try {
    await upstream.ask({
      asked,
      origin: endpoint.origin,
      path: endpoint.basePath + versions.path,
      token: null,
      deadlineMs,
      signal: AbortSignal.timeout(deadlineMs),
      decode: versions.decode,
    });
    return true;
  } catch {
    return false;
  }
}
