import type { ApolloServer, BaseContext } from '@apollo/server';
import { fastifyApolloHandler } from '@as-integrations/fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';

/**
 * Serves GraphQL over HTTP at `/graphql`. A person who opens it in a browser is sent to GraphiQL, with the query that the
 * address may hold.
 */
export function serveGraphql<Context extends BaseContext>(
  app: FastifyInstance,
  apollo: ApolloServer<Context>,
  createContext: (request: FastifyRequest, reply: FastifyReply) => Promise<Context>,
): void {
  const answer = fastifyApolloHandler(apollo, { context: createContext });
  app.route({
    method: ['PUT', 'PATCH', 'DELETE', 'OPTIONS'],
    url: '/graphql',
    handler: async (_request, reply) => {
      reply.header('Allow', 'GET, POST');
      throw Object.assign(new Error('GraphQL is spoken by GET and POST.'), { statusCode: 405 });
    },
  });
  app.route({
    method: ['GET', 'POST'],
    url: '/graphql',
    handler: async (request, reply) => {
      reply.header('Vary', [reply.getHeader('Vary'), 'X-Auth-Token, Authorization, Accept'].filter(Boolean).join(', '));
      if (request.method === 'GET' && /\btext\/html\b/i.test(request.headers.accept ?? '')) {
        return reply.redirect(`/graphiql${new URL(request.url, 'http://gateway').search}`);
      }
      reply.header('Cache-Control', 'private, no-store');
      return answer.call(app, request, reply);
    },
  });
}

/** Aborts when the caller hangs up before its answer is written. */
export function goneSignal(reply: FastifyReply): AbortSignal {
  const gone = new AbortController();
  reply.raw.once('close', () => {
    if (!reply.raw.writableFinished) gone.abort();
  });
  return gone.signal;
}
