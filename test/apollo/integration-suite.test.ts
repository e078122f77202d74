/** Apollo Server's own suite for HTTP integrations, against our HTTP server and our route. */
import { ApolloServer } from '@apollo/server';
import { defineIntegrationTestSuite } from '@apollo/server-integration-testsuite';
import { pino } from 'pino';
import { createAnswers } from '../../src/glance/answers.ts';
import { createDiscovery } from '../../src/graphql/discovery.ts';
import { serveGraphql } from '../../src/http/graphql.ts';
import { createHttpServer } from '../../src/http/server.ts';
import { fixedAccess } from '../../src/keystone/access.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import { createUpstream } from '../../src/upstream/client.ts';

const UPSTREAM = {
  ca: null,
  verify: true,
  connectTimeoutMs: 1,
  connections: 1,
  maxConnections: 1,
  maxWaiting: 1,
  maxBodyBytes: 1,
};
/** The suite brings a schema of its own, in which nothing is asked of a cloud. */
const NOBODY = {
  answers: createAnswers(createUpstream(UPSTREAM), {
    versions: 0,
    importMethods: 0,
    stores: 0,
    storesDetail: 0,
    usage: 0,
  }),
  findAccess: fixedAccess(new Map(), null),
  token: { kind: 'none' },
  requestId: 'req-suite',
  deadlines: { callMs: 1000, usageMs: 1000, requestMs: 2000 },
  anew: false,
  onFailure: () => {},
} as const;

defineIntegrationTestSuite(async (options, { context = async () => ({}) } = {}) => {
  const server = new ApolloServer(options);
  await server.start();
  const app = await createHttpServer({
    logger: pino({ level: 'silent' }),
    corsOrigins: null,
    metrics: createMetrics('0'),
  });
  serveGraphql(app, {
    apollo: server,
    rendering: null,
    hasPages: true,
    open: () => ({ discovery: createDiscovery(NOBODY), context }),
  });
  const url = await app.listen({ host: '127.0.0.1', port: 0 });
  return { server, url: `${url}/graphql`, extraCleanup: () => app.close() };
});
