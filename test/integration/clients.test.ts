/** Clients of 2026 read data and errors whatever the status that their `Accept` header gets. */
import {
  ApolloClient,
  ApolloLink,
  CombinedGraphQLErrors,
  gql,
  HttpLink,
  InMemoryCache,
  type OperationVariables,
} from '@apollo/client/core';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { Client, fetchExchange } from '@urql/core';
import { persistedExchange } from '@urql/exchange-persisted';
import { ClientError, GraphQLClient } from 'graphql-request';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGateway, type TestGateway } from '../gateway.ts';

interface Result {
  readonly data: unknown;
  /** The codes of the errors. */
  readonly codes: readonly unknown[];
}

/** Sends an operation of one client. @param send `fetch` that records statuses */
type Send = (url: string, query: string, send: typeof fetch) => Promise<Result>;

/** urql sends the hashes of persisted queries by GET, which needs a header that other origins cannot send. */
const HEADERS = { 'X-Auth-Token': 'sandbox-member', 'Apollo-Require-Preflight': 'true' };
const codesOf = (errors: readonly { readonly extensions?: { readonly code?: unknown } }[] = []) =>
  errors.map(({ extensions }) => extensions?.code);
const sha256 = async (query: string) =>
  Buffer.from(await crypto.subtle.digest('SHA-256', Buffer.from(query))).toString('hex');

async function byApolloClient(link: ApolloLink, query: string): Promise<Result> {
  const client = new ApolloClient({ link, cache: new InMemoryCache() });
  const { data, error } = await client.query<unknown, OperationVariables>({ query: gql(query), errorPolicy: 'all' });
  if (error !== undefined && !CombinedGraphQLErrors.is(error)) throw error;
  return { data: data ?? null, codes: codesOf(error?.errors) };
}

async function byUrql(client: Client, query: string): Promise<Result> {
  const { data, error } = await client.query(query, {});
  if (error?.networkError && error.graphQLErrors.length === 0) throw error.networkError;
  return { data: data ?? null, codes: codesOf(error?.graphQLErrors) };
}

async function byGraphqlRequest(url: string, query: string, send: typeof fetch): Promise<Result> {
  try {
    return { data: await new GraphQLClient(url, { headers: HEADERS, fetch: send }).request(query), codes: [] };
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    return { data: error.response.data ?? null, codes: codesOf(error.response.errors) };
  }
}

const httpLink = (uri: string, send: typeof fetch) => new HttpLink({ uri, fetch: send, headers: HEADERS });
const urqlOptions = (url: string, send: typeof fetch) => ({
  url,
  fetch: send,
  fetchOptions: { headers: HEADERS },
  preferGetMethod: false as const,
});

const CLIENTS: readonly (readonly [name: string, send: Send])[] = [
  ['Apollo Client', (url, query, send) => byApolloClient(httpLink(url, send), query)],
  [
    'Apollo Client with persisted queries',
    (url, query, send) =>
      byApolloClient(ApolloLink.from([new PersistedQueryLink({ sha256 }), httpLink(url, send)]), query),
  ],
  ['urql', (url, query, send) => byUrql(new Client({ ...urqlOptions(url, send), exchanges: [fetchExchange] }), query)],
  [
    'urql with persisted queries',
    (url, query, send) =>
      byUrql(new Client({ ...urqlOptions(url, send), exchanges: [persistedExchange(), fetchExchange] }), query),
  ],
  ['graphql-request', byGraphqlRequest],
];

const PARTIAL = 'query Partial { info { apiVersions { id } storesDetail { id } } }';

describe.each(CLIENTS)('%s', (_name, send) => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startGateway();
  });
  afterAll(() => gateway.close());

  /** The result, and the statuses of the HTTP responses. */
  async function run(query: string) {
    const statuses: number[] = [];
    const recording: typeof fetch = async (input, init) => {
      const response = await fetch(input, init);
      statuses.push(response.status);
      return response;
    };
    const result = await send(`${gateway.url}/graphql`, query, recording);
    return { ...result, status: statuses.at(-1) };
  }

  test('returns data', async () => {
    for (const _time of [1, 2, 3]) {
      expect(await run('query Types { info { importMethods { type } } }')).toMatchObject({
        data: { info: { importMethods: { type: 'array' } } },
        codes: [],
        status: 200,
      });
    }
  });

  test('returns partial data and its errors', async () => {
    for (const _time of [1, 2, 3]) {
      const { data, codes, status } = await run(PARTIAL);
      expect([codes, status]).toEqual([['FORBIDDEN'], 294]);
      expect(data).toMatchObject({ info: { apiVersions: expect.any(Array), storesDetail: null } });
    }
  });

  test('returns the errors of a document that is not valid', async () => {
    for (const _time of [1, 2, 3]) {
      expect(await run('query Wrong { nothing }')).toEqual({
        data: null,
        codes: ['GRAPHQL_VALIDATION_FAILED'],
        status: 422,
      });
    }
  });
});
