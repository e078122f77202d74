import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { createSchema, createYoga } from 'graphql-yoga';
import { createResolvers, getByFetch } from '../resolvers.js';

const yoga = createYoga({
  schema: createSchema({
    typeDefs: readFileSync(new URL('../schema.graphql', import.meta.url), 'utf8'),
    resolvers: createResolvers(getByFetch),
  }),
  context: ({ request }) => ({ token: request.headers.get('x-auth-token') }),
  logging: 'error',
});
createServer(yoga).listen(Number(process.env.PORT), '127.0.0.1');
