/** Apollo Server over the schema: what it may do, what it must not tell, and which HTTP status a failed request has. */
import { ApolloServer, type ApolloServerPlugin } from '@apollo/server';
import { ApolloServerErrorCode, unwrapResolverError } from '@apollo/server/errors';
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
import Negotiator from 'negotiator';
import type { GatewayContext } from './context.ts';
import { noSdl, smallVariables, withinLimits } from './limits.ts';
import type { Rendering } from './rendering.ts';
import { createReporting, staleNotice } from './reporting.ts';

/** A document of more tokens is not parsed further. GraphiQL's introspection, the largest in use, has some 300. */
export const MAX_DOCUMENT_TOKENS = 2000;
/** Persisted queries are kept up to so many bytes; beyond, the least recently used goes. */
const MAX_PERSISTED_BYTES = 10 * 1024 * 1024;

/** Parsed documents are kept up to so many bytes as JSON; in memory they take four times as much. */
const MAX_DOCUMENTS_BYTES = 1024 * 1024;

const JSON_TYPE = 'application/json; charset=utf-8';
const GRAPHQL_JSON_TYPE = 'application/graphql-response+json; charset=utf-8';

export interface ApolloOptions {
  /** Null to execute every operation anew. */
  readonly rendering: Rendering | null;
  /** Whether callers are told the schema. */
  readonly introspection: boolean;
  /** Whether reports have the text of the query. */
  readonly logQueries: boolean;
  /** Where they are shared with other gateways; null keeps them in memory. */
  readonly persistedQueries: KeyValueCache | null;
}

export async function createApollo(
  schema: GraphQLSchema,
  { rendering, introspection, logQueries, persistedQueries }: ApolloOptions,
): Promise<ApolloServer<GatewayContext>> {
  const server = new ApolloServer<GatewayContext>({
    schema,
    introspection,
    hideSchemaDetailsFromClientErrors: !introspection,
    csrfPrevention: true,
    includeStacktraceInErrorResponses: false,
    // Signals are main.ts's business.
    stopOnTerminationSignals: false,
    persistedQueries: { cache: persistedQueries ?? new InMemoryLRUCache({ maxSize: MAX_PERSISTED_BYTES }) },
    documentStore: new InMemoryLRUCache<DocumentNode>({ maxSize: MAX_DOCUMENTS_BYTES }),
    parseOptions: { maxTokens: MAX_DOCUMENT_TOKENS },
    validationRules: [operationTypeExists, withinLimits, ...(introspection ? [] : [noSdl])],
    formatError: mask,
    stringifyResult: ({ data, errors, extensions }) =>
      (data && rendering?.readyText(data)) ?? `${JSON.stringify({ errors, data, extensions })}\n`,
    plugins: [
      faultReport,
      createReporting(logQueries),
      staleNotice,
      smallVariables,
      requestErrorStatus,
      ...(rendering === null ? [] : [rendering.plugin]),
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

/**
 * What has no code is no error of the caller's or the upstream's: nothing of it is told, in whatever environment. Except for
 * Apollo's refusals of a request, such as a wrong hash of a persisted query, which have a status instead.
 */
function mask(formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError {
  if (formatted.extensions?.code !== ApolloServerErrorCode.INTERNAL_SERVER_ERROR) return formatted;
  const { message, locations, path } = formatted;
  const isRefusal = isRequestRefusal(error);
  return {
    message: isRefusal ? message : MASKED_MESSAGE,
    ...(locations && { locations }),
    ...(path && { path }),
    extensions: { code: isRefusal ? ApolloServerErrorCode.BAD_REQUEST : ApolloServerErrorCode.INTERNAL_SERVER_ERROR },
  };
}

const MASKED_MESSAGE = 'Internal server error. The X-Openstack-Request-Id of this answer finds the cause in the log.';

function isRequestRefusal(error: unknown): boolean {
  return error instanceof GraphQLError && error.extensions.code === undefined && error.extensions.http !== undefined;
}

/** The specification's "Operation Type Existence", which graphql-js 16 leaves to execution. */
const operationTypeExists: ValidationRule = (context) => ({
  OperationDefinition(operation) {
    if (context.getSchema().getRootType(operation.operation)) return;
    context.reportError(new GraphQLError(`There are no ${operation.operation}s, only queries.`, { nodes: operation }));
  },
});

const faultReport: ApolloServerPlugin<GatewayContext> = {
  requestDidStart: async () => ({
    async didEncounterErrors({ errors, contextValue }) {
      for (const error of errors) {
        if (error.extensions.code === undefined && !isRequestRefusal(error)) contextValue.reportFault(originOf(error));
      }
    },
  }),
};

function originOf(error: GraphQLError): Error {
  const origin = unwrapResolverError(error);
  return origin instanceof Error ? origin : error;
}

/**
 * A document that does not parse or validate, and variables that do not fit, are answered 200 where the caller negotiated
 * `application/json`: GraphQL over HTTP, 6.4.1. Apollo answers 400 for both of its media types.
 */
const requestErrorStatus: ApolloServerPlugin<GatewayContext> = {
  requestDidStart: async () => ({
    async willSendResponse({ request, source, response }) {
      if (response.http.status !== 400 || source === undefined) return;
      const accept = request.http?.headers.get('accept') ?? '*/*';
      const chosen = new Negotiator({ headers: { accept } }).mediaType([JSON_TYPE, GRAPHQL_JSON_TYPE]);
      if (chosen === JSON_TYPE) response.http.status = 200;
    },
  }),
};
