/**
 * Executes an operation for a caller: from the operation cache if it is there, by Apollo Server otherwise. It knows nothing of
 * HTTP servers, so that every interface of the gateway can use it.
 */
import type { ApolloServer, BaseContext, HTTPGraphQLRequest, HTTPGraphQLResponse } from '@apollo/server';
import { ApolloServerErrorCode } from '@apollo/server/errors';
import type { KeyValueCache } from '@apollo/utils.keyvaluecache';
import { joinResponse } from './fast-path/join-response.ts';
import type { CachedOperation, OperationCache, OperationState, PersistedQuery } from './fast-path/operation-cache.ts';
import type { RequestData } from './request-data.ts';
import { isTooLargeError } from './response-limit.ts';
import { isGraphqlResponseType, PARTIAL_SUCCESS, UNPROCESSABLE } from './status-plugin.ts';

/** An operation as it was sent. */
export interface Operation {
  /** Equal for operations with equal responses, caller aside; null for one that is not cached. */
  readonly cacheKey: string | null;
  /**
   * The request for Apollo Server, created when it is needed.
   *
   * @throws Error for a request that is not GraphQL over HTTP
   */
  toRequest(): HTTPGraphQLRequest | Promise<HTTPGraphQLRequest>;
}

export interface GraphqlResponse {
  readonly status: number;
  readonly contentType: string;
  /** Those that Apollo Server sets, beside the content type. */
  readonly headers: Iterable<readonly [string, string]>;
  readonly body: string;
}

/** @param data of the caller; the operation's summary is entered in it */
export type Execute = (operation: Operation, data: RequestData) => GraphqlResponse | Promise<GraphqlResponse>;

export interface ExecuteOptions<Context extends BaseContext> {
  readonly apollo: ApolloServer<Context>;
  readonly createContext: (data: RequestData, state: OperationState) => Promise<Context>;
  /** Null to execute every operation: `FAST_PATH=0`. */
  readonly operationCache: OperationCache | null;
  readonly persistedQueries: KeyValueCache;
}

export function createExecute<Context extends BaseContext>({
  apollo,
  createContext,
  operationCache,
  persistedQueries,
}: ExecuteOptions<Context>): Execute {
  /** Null when the operation must be executed, to produce the errors. */
  function respondFromCache(
    cached: CachedOperation,
    data: RequestData,
  ): GraphqlResponse | null | Promise<GraphqlResponse | null> {
    const { result: plan } = cached;
    if (plan === null) return null;
    if (typeof plan === 'string') return finish(cached, plan, data);
    const results = data.fetchAll(plan.calls);
    if (!(results instanceof Promise)) return results && finish(cached, joinResponse(plan, results), data);
    return results.then((arrived) => arrived && finish(cached, joinResponse(plan, arrived), data));
  }

  async function respondToPersistedQuery(
    persistedQuery: PersistedQuery,
    cached: CachedOperation,
    data: RequestData,
  ): Promise<GraphqlResponse | null> {
    return (await refreshPersistedQuery(persistedQueries, persistedQuery)) ? respondFromCache(cached, data) : null;
  }

  /** @param isKnown whether the operation is in the cache, but could not be served from there */
  async function executeByApollo(operation: Operation, data: RequestData, isKnown: boolean): Promise<GraphqlResponse> {
    const { cacheKey } = operation;
    const isRepeated = !isKnown && cacheKey !== null && operationCache?.isRepeated(cacheKey) === true;
    const state: OperationState = { isRepeated, persistedQuery: null, cost: 0, plan: undefined };
    let passedCsrfCheck = false;
    const response = await apollo.executeHTTPGraphQLRequest({
      httpGraphQLRequest: await operation.toRequest(),
      context() {
        passedCsrfCheck = true;
        return createContext(data, state);
      },
    });
    const { headers } = response;
    const body = completeBody(response);
    const contentType = headers.get('content-type') ?? 'application/json; charset=utf-8';
    headers.delete('content-type');
    const isMalformed = response.status === 400 && passedCsrfCheck && body.includes(MALFORMED);
    const status = isMalformed && isGraphqlResponseType(contentType) ? UNPROCESSABLE : (response.status ?? 200);
    if (isTooLargeError(body)) {
      Object.assign(data.summary, TOO_LARGE_SUMMARY);
      return { status: statusOfTooLarge(contentType), contentType, headers, body };
    }
    // The headers of a response are not cached.
    if (isRepeated && cacheKey !== null && headers.size === 0) {
      const cached = cachedOperation(state, { status, contentType, body }, data);
      if (cached !== null) operationCache?.set(cacheKey, cached);
    }
    return { status, contentType, headers, body };
  }

  return (operation, data) => {
    const cached = operation.cacheKey === null ? undefined : operationCache?.get(operation.cacheKey);
    if (cached === undefined) return executeByApollo(operation, data, false);
    const responded =
      cached.persistedQuery === null
        ? respondFromCache(cached, data)
        : respondToPersistedQuery(cached.persistedQuery, cached, data);
    if (!(responded instanceof Promise)) return responded ?? executeByApollo(operation, data, true);
    return responded.then((response) => response ?? executeByApollo(operation, data, true));
  };
}

/** Apollo Server rejects a request of a wrong shape before its plugins, which choose the status, see it. */
const MALFORMED = `"code":"${ApolloServerErrorCode.BAD_REQUEST}"`;

function completeBody({ body }: HTTPGraphQLResponse): string {
  if (body.kind === 'complete') return body.string;
  throw new Error('Incremental delivery needs another release of graphql');
}

const TOO_LARGE_SUMMARY = { outcome: 'failed', codes: [ApolloServerErrorCode.BAD_REQUEST] } as const;

const NO_HEADERS: GraphqlResponse['headers'] = [];

function finish(
  { status, contentType, summary }: CachedOperation,
  body: string | null,
  data: RequestData,
): GraphqlResponse | null {
  if (body === null) return null;
  const isTooLarge = isTooLargeError(body);
  Object.assign(data.summary, isTooLarge ? TOO_LARGE_SUMMARY : summary);
  return { status: isTooLarge ? statusOfTooLarge(contentType) : status, contentType, headers: NO_HEADERS, body };
}

/** The error replaces all data. */
const statusOfTooLarge = (contentType: string) => (isGraphqlResponseType(contentType) ? UNPROCESSABLE : 200);

/** Errors that a document causes for every caller. */
const DOCUMENT_ERRORS: ReadonlySet<string> = new Set([
  ApolloServerErrorCode.GRAPHQL_PARSE_FAILED,
  ApolloServerErrorCode.GRAPHQL_VALIDATION_FAILED,
]);

/** Null when the response depends on more than the operation and the results of calls. */
function cachedOperation(
  { plan, persistedQuery }: OperationState,
  { status, contentType, body }: Pick<GraphqlResponse, 'status' | 'contentType' | 'body'>,
  { summary: { operation, query, fields, outcome, codes } }: RequestData,
): CachedOperation | null {
  const common = { contentType, persistedQuery };
  if (codes.length > 0 && codes.every((code) => DOCUMENT_ERRORS.has(code))) {
    return { ...common, result: body, status, summary: { operation, query, fields, outcome, codes } };
  }
  if (plan === undefined) return null;
  // A plan responds when all calls succeed, whether or not they did this time.
  const isAccepted = status === 200 || status === PARTIAL_SUCCESS;
  if (plan !== null && !isAccepted) return null;
  return { ...common, result: plan, status: 200, summary: { operation, query, fields, outcome: 'ok', codes: [] } };
}

/** Apollo Server's prefix of persisted queries. */
const PREFIX = 'apq:';

/** Does to the store what Apollo Server would do: a use, or a registration. False when the query is not registered any more. */
async function refreshPersistedQuery(store: KeyValueCache, { sha256, document }: PersistedQuery): Promise<boolean> {
  if ((await store.get(PREFIX + sha256)) !== undefined) return true;
  if (document === null) return false;
  await store.set(PREFIX + sha256, document);
  return true;
}
