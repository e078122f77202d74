/** Apollo Server over the schema: parsing, validation, limits, resolvers, and which errors are masked. */
import { ApolloServer } from '@apollo/server';
import { ApolloServerErrorCode } from '@apollo/server/errors';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import { InMemoryLRUCache, type KeyValueCache } from '@apollo/utils.keyvaluecache';
import {
  type DocumentNode,
  GraphQLError,
  type GraphQLFormattedError,
  type GraphQLSchema,
  type ValidationRule,
} from 'graphql';
import {
  createSummaryPlugin,
  errorReportingPlugin,
  isRequestError,
  responseLimitPlugin,
  staleExtensionPlugin,
} from './apollo-plugins.ts';
import type { GatewayContext } from './context.ts';
import { createPlanPlugin } from './fast-path/plan-plugin.ts';
import { disableSdl, documentLimits, operationLimitsPlugin } from './limits.ts';
import { stringifyWithinLimit } from './response-limit.ts';
import { statusPlugin } from './status-plugin.ts';

/** Parsing stops at so many tokens. GraphiQL's introspection, the largest document in use, has about 300. */
const MAX_DOCUMENT_TOKENS = 2000;
/** Parsed documents, in bytes as JSON; in memory they take four times as much. */
const MAX_DOCUMENTS_BYTES = 1024 * 1024;

export interface ApolloOptions {
  /** Whether repeated operations are served from plans. */
  readonly fastPath: boolean;
  /** Whether callers may read the schema. */
  readonly introspection: boolean;
  /** Whether the summary has the text of the query. */
  readonly logQueries: boolean;
  readonly persistedQueries: KeyValueCache;
}

export async function createApolloServer(
  schema: GraphQLSchema,
  { fastPath, introspection, logQueries, persistedQueries }: ApolloOptions,
): Promise<ApolloServer<GatewayContext>> {
  const server = new ApolloServer<GatewayContext>({
    schema,
    introspection,
    hideSchemaDetailsFromClientErrors: !introspection,
    csrfPrevention: true,
    includeStacktraceInErrorResponses: false,
    // program.ts handles signals.
    stopOnTerminationSignals: false,
    persistedQueries: { cache: persistedQueries },
    documentStore: new InMemoryLRUCache<DocumentNode>({ maxSize: MAX_DOCUMENTS_BYTES }),
    parseOptions: { maxTokens: MAX_DOCUMENT_TOKENS },
    validationRules: [operationTypeExists, documentLimits, ...(introspection ? [] : [disableSdl])],
    formatError: maskInternalError,
    stringifyResult: ({ data, errors, extensions }) => stringifyWithinLimit({ errors, data, extensions }),
    plugins: [
      errorReportingPlugin,
      operationLimitsPlugin,
      responseLimitPlugin,
      createSummaryPlugin(logQueries),
      staleExtensionPlugin,
      statusPlugin,
      ...(fastPath ? [createPlanPlugin(schema)] : []),
      ApolloServerPluginCacheControlDisabled(),
      ApolloServerPluginInlineTraceDisabled(),
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
    ],
  });
  await server.start();
  return server;
}

const MASKED_MESSAGE = 'Internal server error. The X-Openstack-Request-Id of this response finds the cause in the log.';

/** Nothing of an internal error is shown, in any environment. Apollo Server's errors about a request keep their message. */
function maskInternalError(formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError {
  if (formatted.extensions?.code !== ApolloServerErrorCode.INTERNAL_SERVER_ERROR) return formatted;
  const { message, locations, path } = formatted;
  const isAboutRequest = isRequestError(error);
  const code = isAboutRequest ? ApolloServerErrorCode.BAD_REQUEST : ApolloServerErrorCode.INTERNAL_SERVER_ERROR;
  return {
    message: isAboutRequest ? message : MASKED_MESSAGE,
    ...(locations && { locations }),
    ...(path && { path }),
    extensions: { code },
  };
}

/** The rule "Operation Type Existence" of the GraphQL specification, which graphql-js 16 checks in execution. */
const operationTypeExists: ValidationRule = (context) => ({
  OperationDefinition(operation) {
    if (context.getSchema().getRootType(operation.operation)) return;
    context.reportError(new GraphQLError(`There are no ${operation.operation}s, only queries.`, { nodes: operation }));
  },
});
