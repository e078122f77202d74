/** The HTTP server: its limits, security headers, CORS and request log. What it serves is registered by its callers. */
import { createServer } from 'node:http';
import fastifyCors from '@fastify/cors';
import { type FastifyBaseLogger, type FastifyInstance, fastify, LogController } from 'fastify';
import { answerFailuresAsJson, answerUnparsable } from './failures.ts';
import { readJsonAsText } from './json-body.ts';
import type { Lane } from './lane.ts';
import type { Observe } from './observing.ts';

/** The most that the body of a request may have. */
export const MAX_BODY_BYTES = 100_000;

/** An idle one costs some 10 kB. */
const MAX_CONNECTIONS = 20_000;

/** In milliseconds. */
const TIMES = {
  // A request has this long to arrive; a slower one only holds a socket.
  requestTimeout: 30_000,
  // The headers alone are small; a caller that drips them holds a socket for no more than this.
  headersTimeout: 10_000,
  // Where a check is due, to the second, instead of Node's 30 seconds late.
  connectionsCheckingInterval: 1000,
  // Connections that ask nothing are let go a little later than the usual proxies (60 s) do it themselves, lest one is closed
  // just as a proxy sends a request.
  keepAliveTimeout: 65_000,
};

export interface HttpOptions {
  readonly logger: FastifyBaseLogger;
  readonly corsOrigins: readonly string[] | null;
  /** Those whose `X-Forwarded-…` is believed. */
  readonly trustedProxies: readonly string[] | null;
  readonly observe: Observe;
  /** Looks at every request first, unless the server stops; null for none. */
  readonly lane: Lane | null;
}

export async function createHttpServer({
  logger,
  corsOrigins,
  trustedProxies,
  observe,
  lane,
}: HttpOptions): Promise<FastifyInstance> {
  let isStopping = false;
  const app: FastifyInstance = fastify({
    loggerInstance: logger,
    // One line a request, by `observe`, instead of two with the query string in them.
    logController: new LogController({ disableRequestLogging: true }),
    serverFactory: (handler) =>
      createServer(TIMES, (request, response) => {
        if (lane === null || isStopping) handler(request, response);
        else lane(request, response, handler);
      }),
    // A logger for each request costs more than saying the id where something is logged.
    childLoggerFactory: (log) => log,
    bodyLimit: MAX_BODY_BYTES,
    clientErrorHandler: answerUnparsable,
    // What still comes over open connections while the server stops is answered, and the connection closed then.
    return503OnClosing: false,
    trustProxy: trustedProxies === null ? false : [...trustedProxies],
    routerOptions: { ignoreTrailingSlash: true },
  });

  // Beyond, new connections are refused rather than all of memory taken by those that wait.
  app.server.maxConnections = MAX_CONNECTIONS;

  // Callbacks, not promises: they run for each request.
  app.addHook('onRequest', (request, reply, done) => {
    const observed = request.raw.observed ?? observe(request.raw, reply.raw, request.routeOptions.url ?? null);
    reply.header('X-Openstack-Request-Id', observed.id);
    reply.header('X-Content-Type-Options', 'nosniff');
    done();
  });
  answerFailuresAsJson(app);
  readJsonAsText(app);
  app.addHook('preClose', async () => {
    isStopping = true;
  });
  // A connection whose request is answered while the server stops would be kept alive, and the server with it.
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (isStopping) reply.header('Connection', 'close');
    done(null, payload);
  });
  if (corsOrigins !== null) {
    await app.register(fastifyCors, {
      origin: [...corsOrigins],
      methods: ['GET', 'POST'],
      allowedHeaders: [
        'Content-Type',
        'X-Auth-Token',
        'Authorization',
        'X-Openstack-Request-Id',
        'Apollo-Require-Preflight',
      ],
      exposedHeaders: ['X-Openstack-Request-Id'],
      maxAge: 600,
    });
  }
  return app;
}
