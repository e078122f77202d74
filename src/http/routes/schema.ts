import type { FastifyInstance } from 'fastify';

/** Serves the SDL of the subgraph at `/schema.graphql`. */
export function serveSchema(app: FastifyInstance, sdl: string): void {
  app.get('/schema.graphql', async (_request, reply) => reply.type('text/plain; charset=utf-8').send(sdl));
}
