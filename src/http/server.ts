/** The HTTP server: its limits, its request log, the format of its errors, and CORS. Routes are registered by the caller. */
import type { IncomingMessage } from 'node:http';
import fastifyCors from '@fastify/cors';
import { type FastifyInstance, type FastifyRequest, fastify } from 'fastify';
import { standardHeaders } from './headers.ts';
import { CONTENT_CODING, readJsonAsText } from './json-body.ts';
import { HttpError, handleFrameworkError, methodNotAllowed, registerErrorHandlers } from './plugins/errors.ts';
import { handleProtocolErrors } from './plugins/protocol-errors.ts';
import { type LoggingOptions, requestState, trackRequests } from './plugins/request-logging.ts';
import { limitUnsentBytes } from './slow-callers.ts';

/** The largest body of a request, in bytes. */
const MAX_BODY_BYTES = 100_000;

/** An idle connection takes about 10 kB, and one with almost complete headers 20 kB. */
const MAX_CONNECTIONS = 10_000;

/** In milliseconds. */
const TIMEOUTS = {
  // For a whole request; a slower one only holds a socket.
  requestTimeout: 30_000,
  // For the headers alone, which are small.
  headersTimeout: 10_000,
  // Node would notice both up to 30 seconds late.
  connectionsCheckingInterval: 1000,
  // A little longer than proxies keep idle connections (60 s), so that a proxy does not send a request on one that is being closed.
  keepAliveTimeout: 65_000,
};

/** The response headers that pages of other origins may read, beside those that browsers always allow. */
const EXPOSED_HEADERS = [
  'X-Openstack-Request-Id',
  'Retry-After',
  'Age',
  'ETag',
  'X-RateLimit-Limit',
  'X-RateLimit-Remaining',
  'X-RateLimit-Reset',
].join(', ');

export interface HttpOptions extends LoggingOptions {
  readonly corsOrigins: readonly string[] | null;
  /** The proxies that are trusted to set `X-Forwarded-…` headers. */
  readonly trustedProxies: readonly string[] | null;
  /** Removes the path of a proxy from a URL. Null where URLs are used as they are. */
  readonly rewriteUrl: ((request: IncomingMessage) => string) | null;
}

export interface HttpServer {
  readonly app: FastifyInstance;
  /** Whether the server is closing: connections are closed after their current response. */
  isClosing(): boolean;
}

/** Fastify loads its default compilers of JSON Schemas, 120 modules, unless it is given others. */
function noSchemas(): never {
  throw new Error('No route has a JSON Schema');
}

export async function createHttpServer(options: HttpOptions): Promise<HttpServer> {
  const { logger, corsOrigins, trustedProxies, rewriteUrl } = options;
  let isClosing = false;
  const protocolErrors = handleProtocolErrors(options);
  const app: FastifyInstance = fastify({
    // `trackRequests` writes one line a request. Fastify would create a logger for each and write two lines, with the query string.
    logger: false,
    // Node's own response to a missing Host has no body.
    http: { ...TIMEOUTS, requireHostHeader: false },
    requestTimeout: TIMEOUTS.requestTimeout,
    keepAliveTimeout: TIMEOUTS.keepAliveTimeout,
    bodyLimit: MAX_BODY_BYTES,
    clientErrorHandler: protocolErrors.onClientError,
    frameworkErrors: (error, request, reply) => {
      tracker.track(request, reply);
      handleFrameworkError(error, request, reply);
    },
    // Requests on open connections are served while the server closes.
    return503OnClosing: false,
    trustProxy: trustedProxies === null ? false : [...trustedProxies],
    ...(rewriteUrl !== null && { rewriteUrl }),
    routerOptions: { ignoreTrailingSlash: true },
    schemaController: { compilersFactory: { buildValidator: noSchemas, buildSerializer: noSchemas } },
  });

  // Further connections are refused, and idle ones are closed, so that the next ones are not.
  app.server.maxConnections = MAX_CONNECTIONS;
  const closeIdleConnections = app.server.closeIdleConnections.bind(app.server);
  app.server.on('drop', closeIdleConnections);

  protocolErrors.listen(app.server);

  const tracker = trackRequests(app, options);
  // When a server closes, Node closes connections as idle although their last response is not written completely.
  app.server.closeIdleConnections = () => tracker.whenIdle(closeIdleConnections);
  const onBody = limitUnsentBytes(MAX_BODY_BYTES);
  // A callback, not a promise: it runs for each request.
  app.addHook('onRequest', (request, reply, done) => {
    // Node parses what it has read from a connection to the end, also after the connection was closed.
    if (request.raw.socket.destroyed) return;
    tracker.track(request, reply);
    onBody(request.raw);
    const { headers, httpVersion } = request.raw;
    if (headers.host !== undefined || httpVersion !== '1.1') done();
    else done(new HttpError({ status: 400, code: 'BAD_REQUEST', message: 'A request must have a Host header.' }));
  });
  registerErrorHandlers(app, (err, state) =>
    logger.error({ requestId: state?.id, trace_id: state?.trace?.traceId, err }, 'internal error'),
  );
  readJsonAsText(app, MAX_BODY_BYTES);
  app.addHook('onListen', (done) => {
    logger.info({ address: app.listeningOrigin }, 'listening');
    done();
  });
  app.addHook('preClose', async () => {
    isClosing = true;
  });
  app.addHook('onSend', (request, reply, payload, done) => {
    for (const [name, value] of standardHeaders(requestState(request).id, isClosing)) reply.header(name, value);
    if (reply.statusCode === 415) reply.header('Accept-Encoding', CONTENT_CODING);
    done(null, payload);
  });
  if (corsOrigins !== null) {
    // The plugin would respond with a text.
    app.addHook('onRequest', (request, reply, done) => {
      if (request.method !== 'OPTIONS' || isPreflight(request)) done();
      else if (request.routeOptions.url === '*') reply.callNotFound();
      else done(methodNotAllowed(request, reply));
    });
    await app.register(fastifyCors, {
      origin: [...corsOrigins],
      methods: ['GET', 'HEAD', 'POST'],
      // Every request header is allowed: clients and tracers have their own, and the origins are trusted.
      exposedHeaders: EXPOSED_HEADERS,
      maxAge: 600,
    });
  }
  return { app, isClosing: () => isClosing };
}

/** Of a browser's CORS protocol; other OPTIONS requests are not. */
function isPreflight({ headers }: FastifyRequest): boolean {
  return headers.origin !== undefined && headers['access-control-request-method'] !== undefined;
}
