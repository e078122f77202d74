/** The HTTP server: its limits, security headers, CORS and request log. What it serves is registered by its callers. */
import fastifyCors from '@fastify/cors';
import { type FastifyBaseLogger, type FastifyInstance, fastify, LogController } from 'fastify';
import { requestIdOf } from './caller.ts';
import { answerFailuresAsJson, answerUnparsable } from './failures.ts';

/** The most that the body of a request may have. */
export const MAX_BODY_BYTES = 100_000;

export interface HttpOptions {
  readonly logger: FastifyBaseLogger;
  readonly corsOrigins: readonly string[] | null;
}

export async function createHttpServer({ logger, corsOrigins }: HttpOptions): Promise<FastifyInstance> {
  const app: FastifyInstance = fastify({
    loggerInstance: logger,
    // One line a request, below, instead of two with the query string in them.
    logController: new LogController({ disableRequestLogging: true, requestIdLogLabel: 'requestId' }),
    genReqId: requestIdOf,
    bodyLimit: MAX_BODY_BYTES,
    // A request has this long to arrive; a slower one only holds a socket.
    requestTimeout: 30_000,
    clientErrorHandler: answerUnparsable,
    // What still comes over open connections while the server stops is answered, and the connection closed then.
    return503OnClosing: false,
    routerOptions: { ignoreTrailingSlash: true },
  });

  answerFailuresAsJson(app);
  parseJsonStrictly(app);
  // Callbacks, not promises: they run for each request.
  app.addHook('onRequest', (request, reply, done) => {
    reply.header('X-Openstack-Request-Id', request.id);
    reply.header('X-Content-Type-Options', 'nosniff');
    done();
  });
  closeConnectionsWhenStopping(app);
  app.addHook('onResponse', (request, reply, done) => {
    const path = request.url.split('?', 1)[0];
    const ms = Math.round(reply.elapsedTime * 10) / 10;
    request.log.info({ method: request.method, path, status: reply.statusCode, ms }, 'request');
    done();
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

/** A connection whose request is answered while the server stops would be kept alive, and the server with it. */
function closeConnectionsWhenStopping(app: FastifyInstance): void {
  let stopping = false;
  app.addHook('preClose', async () => {
    stopping = true;
  });
  app.addHook('onSend', (_request, reply, payload, done) => {
    if (stopping) reply.header('Connection', 'close');
    done(null, payload);
  });
}

/** Fastify's JSON parser, behind a check that the bytes are UTF-8: decoding would replace in silence those that are not. */
function parseJsonStrictly(app: FastifyInstance): void {
  const parseJson = app.getDefaultJsonParser('error', 'error');
  const utf8 = new TextDecoder('utf-8', { fatal: true });
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    let text: string;
    try {
      text = utf8.decode(Buffer.from(body));
    } catch {
      return done(Object.assign(new Error('The body is not UTF-8.'), { statusCode: 400 }));
    }
    parseJson(request, text, done);
  });
}
