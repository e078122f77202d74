import { readFileSync } from 'node:fs';
import fastify from 'fastify';
import mercurius from 'mercurius';
import { Pool } from 'undici';
import { createResolvers } from '../resolvers.js';

const pool = new Pool(process.env.UPSTREAM, { connections: 50 });
const app = fastify();
await app.register(mercurius, {
  schema: readFileSync(new URL('../schema.graphql', import.meta.url), 'utf8'),
  resolvers: createResolvers(async (path, { token }) => {
    const { statusCode, body } = await pool.request({ method: 'GET', path, headers: { 'X-Auth-Token': token } });
    if (statusCode !== 200) throw new Error(`${statusCode}`);
    return body.json();
  }),
  jit: 1,
  context: (request) => ({ token: request.headers['x-auth-token'] }),
});
await app.listen({ host: '127.0.0.1', port: Number(process.env.PORT) });
