/** Apollo Server's own suite for HTTP integrations, against our HTTP server and our route. */
import { ApolloServer } from '@apollo/server';
import { defineIntegrationTestSuite } from '@apollo/server-integration-testsuite';
import { pino } from 'pino';
import { createDiscovery } from '../../src/graphql/discovery.ts';
import { serveGraphql } from '../../src/http/graphql.ts';
import { createHttpServer } from '../../src/http/server.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { createUpstream } from '../../src/upstream/client.ts';
import { discoveryOptions, UPSTREAM_OPTIONS } from '../parts.ts';

/** The suite brings a schema of its own, in which nothing is asked of a cloud. */
const NOBODY = discoveryOptions(createUpstream(UPSTREAM_OPTIONS), 'http://127.0.0.1:1');

defineIntegrationTestSuite(async (options, { context = async () => ({}) } = {}) => {
  const server = new ApolloServer(options);
  await server.start();
  const app = await createHttpServer({
    logger: pino({ level: 'silent' }),
    corsOrigins: null,
    trustedProxies: null,
    metrics: createMetrics('0'),
    tracing: null,
  });
  serveGraphql(app, {
    apollo: server,
    rendering: null,
    resolveDocument: null,
    hasPages: true,
    open: () => ({ discovery: createDiscovery(NOBODY), context }),
  });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  return { server, url: `${url}/graphql`, extraCleanup: () => app.close() };
});
