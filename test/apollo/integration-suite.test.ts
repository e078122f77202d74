/** Runs Apollo Server's test suite for HTTP integrations against the gateway's HTTP server and its route. */
import { ApolloServer } from '@apollo/server';
import { type CreateServerForIntegrationTests, defineIntegrationTestSuite } from '@apollo/server-integration-testsuite';
import { InMemoryLRUCache } from '@apollo/utils.keyvaluecache';
import { createExecute } from '../../src/graphql/execute.ts';
import { serveGraphql } from '../../src/http/routes/graphql.ts';
import { createHttpServer } from '../../src/http/server.ts';
import { createLogger } from '../../src/telemetry/logger.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { createRequestData, createServices } from '../parts.ts';

/** The suite has a schema of its own, which makes no upstream calls. */
const { services } = createServices('http://127.0.0.1:1');

const createServer: CreateServerForIntegrationTests = async (options, { context = async () => ({}) } = {}) => {
  const server = new ApolloServer(options);
  await server.start();
  const logger = createLogger('silent');
  const serverOptions = {
    logger,
    metrics: createMetrics('0', logger.droppedLines),
    tracing: null,
    corsOrigins: null,
    trustedProxies: null,
    rewriteUrl: null,
  };
  const { app, isClosing } = await createHttpServer(serverOptions);
  serveGraphql(app, {
    execute: createExecute({
      apollo: server,
      createContext: context,
      operationCache: null,
      persistedQueries: new InMemoryLRUCache(),
    }),
    createRequestData: () => createRequestData(services),
    resolveDocument: null,
    hasPages: true,
    isClosing,
    onWritten: () => {},
  });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  return { server, url: `${url}/graphql`, extraCleanup: () => app.close() };
};

// With graphql 16 there is neither @defer nor @stream; the suite would imitate their results.
defineIntegrationTestSuite(createServer, { noIncrementalDelivery: true });
