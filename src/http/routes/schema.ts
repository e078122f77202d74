import type { FastifyInstance } from 'fastify';
import { toApiSdl } from '../../graphql/schema.ts';

/** Serves the schema for clients at `/schema.graphql`, and the SDL of the subgraph, for routers, at `/subgraph.graphql`. */
export function serveSchema(app: FastifyInstance, subgraphSdl: string): void {
  const texts = { '/schema.graphql': toApiSdl(subgraphSdl), '/subgraph.graphql': subgraphSdl };
  for (const [path, text] of Object.entries(texts)) {
    app.get(path, async (_request, reply) => reply.type('text/plain; charset=utf-8').send(text));
  }
}
