/** Apollo Server's own suite for HTTP integrations, against our HTTP server and our route. */
import { ApolloServer } from '@apollo/server';
import { defineIntegrationTestSuite } from '@apollo/server-integration-testsuite';
import { pino } from 'pino';
import { serveGraphql } from '../../src/http/graphql.ts';
import { createHttpServer } from '../../src/http/server.ts';

defineIntegrationTestSuite(async (options, { context = async () => ({}) } = {}) => {
  const server = new ApolloServer(options);
  await server.start();
  const app = await createHttpServer({ logger: pino({ level: 'silent' }), corsOrigins: null });
  serveGraphql(app, server, context);
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  return { server, url: `${url}/graphql`, extraCleanup: () => app.close() };
});
