/**
 * Declares every environment variable once. The types, the checks, the table in docs/configuration.md, `.env.example` and the
 * command-line options are derived from these declarations.
 */

import { declareCloudVariables } from './cloud-variables.ts';
import { cacheUrlFile, manifest } from './file-parsers.ts';
import {
  basePath,
  cacheUrl,
  type Declare,
  flag,
  integer,
  matching,
  networks,
  oneOf,
  origins,
  type Parser,
  parseDefault,
} from './parsers.ts';
import { declareTelemetryVariables } from './telemetry-variables.ts';

export type Variables = ReturnType<typeof declareVariables>;

const timeoutMs = integer(1, 600_000);
const ttlMs = integer(0, 3_600_000);

export function declareVariables(variable: Declare) {
  return {
    ...declareCloudVariables(variable),
    host: variable(
      'HOST',
      'The address to listen on; `0.0.0.0` is every IPv4 address of the machine',
      matching(/^[\w.:-]{1,253}$/, 'an IP address or a host name'),
      '127.0.0.1',
    ),
    port: variable('PORT', 'The port to listen on; 0 selects a free one', integer(0, 65_535), '4000'),
    basePath: variable.optional(
      'BASE_PATH',
      'The path under which a reverse proxy serves the gateway. Requests are accepted with it and without it, so the proxy may remove it. When not set: the trusted `X-Forwarded-Prefix` of the request',
      basePath,
    ),
    metricsPort: variable.optional(
      'METRICS_PORT',
      'The port of `HOST` that serves `/metrics`, which `PORT` does not serve then; 0 selects a free one. When not set: `PORT` serves it',
      integer(0, 65_535),
    ),
    logLevel: variable(
      'LOG_LEVEL',
      'The lowest level of the log lines to write',
      oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'),
      'info',
    ),
    logQueries: variable('LOG_QUERIES', 'Log the text of each query, without its variables', flag, '0'),
    ...declareTelemetryVariables(variable),
    corsOrigins: variable.optional(
      'CORS_ORIGINS',
      'The origins of web pages that may call the gateway from a browser. When not set: none',
      origins,
    ),
    trustedProxies: variable.optional(
      'TRUST_PROXY',
      'The reverse proxies that are trusted to set headers: `X-Forwarded-For` gives the client address by which `RATE_LIMIT_PER_TOKEN` counts requests without an accepted token, and `X-Forwarded-Prefix` the path that the proxy has removed. When not set: none',
      networks,
    ),
    ratePerToken: variable.optional(
      'RATE_LIMIT_PER_TOKEN',
      'The number of requests to `/graphql` and `/mcp` together, per second and token; further requests get 429. Requests without a token that an upstream has accepted count by client address: IPv4, or the /64 network of IPv6. When not set: no limit',
      integer(1, 1_000_000),
    ),
    connectTimeoutMs: variable(
      'UPSTREAM_CONNECT_TIMEOUT_MS',
      'The timeout for connecting to an upstream, in milliseconds',
      timeoutMs,
      '2000',
    ),
    callTimeoutMs: variable(
      'UPSTREAM_TIMEOUT_MS',
      'The timeout of an upstream call, from its start to the last byte of the response, in milliseconds',
      timeoutMs,
      '10000',
    ),
    usageTimeoutMs: variable.optional(
      'UPSTREAM_TIMEOUT_USAGE_MS',
      'The timeout of the call `usage`, which Glance computes for each request, in milliseconds. When not set: `UPSTREAM_TIMEOUT_MS`',
      timeoutMs,
    ),
    requestTimeoutMs: variable(
      'REQUEST_TIMEOUT_MS',
      'The timeout of a GraphQL request with all its upstream calls, in milliseconds; must be longer than the timeouts of the calls',
      integer(2, 600_000),
      '15000',
    ),
    catalogTtlMs: variable(
      'CACHE_TTL_CATALOG_MS',
      'How long the service catalog of a token is cached, in milliseconds, and never after the token expires; 0 disables caching',
      ttlMs,
      '300000',
    ),
    importMethodsTtlMs: variable('CACHE_TTL_IMPORT_MS', cacheMeaning('importMethods'), ttlMs, '30000'),
    storesTtlMs: variable('CACHE_TTL_STORES_MS', cacheMeaning('stores'), ttlMs, '30000'),
    storesDetailTtlMs: variable('CACHE_TTL_STORES_DETAIL_MS', cacheMeaning('storesDetail'), ttlMs, '30000'),
    versionsTtlMs: variable('CACHE_TTL_VERSIONS_MS', cacheMeaning('versions'), ttlMs, '30000'),
    usageTtlMs: variable('CACHE_TTL_USAGE_MS', cacheMeaning('usage'), ttlMs, '5000'),
    staleIfErrorMs: variable(
      'STALE_IF_ERROR_MS',
      'How long after its TTL a cached response is still served to the same token when the upstream fails (never on a 4xx response), in milliseconds, and never after the token expires. `extensions.stale` lists such responses',
      integer(0, 86_400_000),
      '0',
    ),
    sharedCacheUrl: variable.optional(
      'CACHE_URL',
      'The URL of a Redis or Valkey server that several gateways share. It stores cached responses, encrypted with a key derived from the caller’s token, and persisted queries',
      cacheUrl,
    ),
    sharedCacheUrlFile: variable.optional(
      'CACHE_URL_FILE',
      'The path of a file that contains `CACHE_URL`, such as a mounted secret',
      cacheUrlFile,
    ),
    sharedCacheTimeoutMs: variable(
      'CACHE_LOOKUP_TIMEOUT_MS',
      'How long a lookup in `CACHE_URL` may take, in milliseconds. A later reply is not used, and the upstream is called',
      integer(1, 10_000),
      '10',
    ),
    introspection: variable(
      'INTROSPECTION',
      'Publish the schema: introspection, `_service`, suggestions in errors, `/schema.graphql`, `/subgraph.graphql` and the pages; 0 disables all of them',
      flag,
      '1',
    ),
    mcp: variable(
      'MCP',
      'Serve the Model Context Protocol at `/mcp`, so that agents can use the discovery calls as tools',
      flag,
      '0',
    ),
    persistedDocuments: variable.optional(
      'PERSISTED_DOCUMENTS',
      'The path of a manifest of persisted documents. Requests name a document by `documentId` or Apollo’s `extensions.persistedQuery` instead of sending it. The file is read again when it changes',
      manifest,
    ),
    persistedDocumentsOnly: variable(
      'PERSISTED_DOCUMENTS_ONLY',
      'Reject documents that are not in `PERSISTED_DOCUMENTS`; the pages are not served then',
      flag,
      '0',
    ),
    shutdownDelayMs: variable(
      'SHUTDOWN_DELAY_MS',
      'How long requests are still accepted after SIGTERM or SIGINT, while `/readyz` responds with 503, in milliseconds. Gives load balancers time to remove the instance',
      integer(0, 600_000),
      '0',
    ),
    shutdownTimeoutMs: variable(
      'SHUTDOWN_TIMEOUT_MS',
      'The timeout for requests in flight after SIGTERM or SIGINT, in milliseconds',
      timeoutMs,
      '15000',
    ),
    fastPath: variable(
      'FAST_PATH',
      'Execute operations that are already known without Apollo Server and reuse rendered fields; 0 executes each request with Apollo Server. Responses are the same',
      flag,
      '1',
    ),
    sandboxAllowed: variable('SANDBOX', 'Allow the sandbox when `NODE_ENV` is `production`', flag, '0'),
    nodeEnv: variable(
      'NODE_ENV',
      '`production` rejects the sandbox, and clouds without verification of certificates; it has no other effect',
      matching(/^\w{1,32}$/, 'a word'),
      'development',
    ),
    token: variable.optional('OS_TOKEN', 'The token for `glance-graphql check`', {
      ...matching(/^[\x21-\x7e]{1,8192}$/, 'a token: up to 8192 characters of printable ASCII without spaces'),
      secret: true,
    }),
  };
}

const cacheMeaning = (call: string) =>
  `How long the response of the call \`${call}\` is cached for a token, in milliseconds, and never after the token expires; 0 disables caching`;

/** A variable as the documentation shows it. */
export interface VariableDescription {
  readonly name: string;
  readonly meaning: string;
  readonly expected: string;
  readonly default: string | null;
  /** Whether the variable has no command-line option: all users of a machine can read command lines. */
  readonly secret: boolean;
}

/** Describes the variables in the order of their declaration. */
export function describeVariables(): readonly VariableDescription[] {
  const descriptions: VariableDescription[] = [];
  function describe<T>(name: string, meaning: string, parser: Parser<T>, defaultText: string | null) {
    const { expected, secret = false } = parser;
    descriptions.push({ name, meaning, expected, default: defaultText, secret });
  }
  declareVariables(
    Object.assign(
      <T>(name: string, meaning: string, parser: Parser<T>, defaultText: string) => {
        describe(name, meaning, parser, defaultText);
        return parseDefault(parser, defaultText);
      },
      {
        optional<T>(name: string, meaning: string, parser: Parser<T>): T | null {
          describe(name, meaning, parser, null);
          return null;
        },
      },
    ),
  );
  return descriptions;
}
