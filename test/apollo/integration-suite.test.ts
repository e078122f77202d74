/** Apollo Server's own suite for HTTP integrations, against our HTTP server and our route. */
import { ApolloServer } from '@apollo/server';
import { defineIntegrationTestSuite } from '@apollo/server-integration-testsuite';
import { createDiscovery } from '../../src/graphql/request-discovery.ts';
import { serveGraphql } from '../../src/http/graphql.ts';
import { createObserve } from '../../src/http/observing.ts';
import { createHttpServer } from '../../src/http/server.ts';
import { createLog } from '../../src/telemetry/log.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { createUpstream } from '../../src/upstream/client.ts';
import { discoveryOptions, UPSTREAM_OPTIONS } from '../parts.ts';

/** The suite brings a schema of its own, in which nothing is asked of a cloud. */
const NOBODY = discoveryOptions(createUpstream(UPSTREAM_OPTIONS), 'http://127.0.0.1:1');

defineIntegrationTestSuite(async (options, { context = async () => ({}) } = {}) => {
  const server = new ApolloServer(options);
  await server.start();
  const log = createLog('silent');
  const observe = createObserve({ log, metrics: createMetrics('0'), tracing: null });
  const app = await createHttpServer({ logger: log, corsOrigins: null, trustedProxies: null, observe, lane: null });
  serveGraphql(app, {
    apollo: server,
    reuse: null,
    resolveDocument: null,
    hasPages: true,
    openDiscovery: () => createDiscovery(NOBODY),
    contextOf: context,
  });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  return { server, url: `${url}/graphql`, extraCleanup: () => app.close() };
});
