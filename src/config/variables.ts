/**
 * Every environment variable, declared once. Its type, its check, the README's table, `.env.example`, the option of the
 * command line and its help all come from here.
 */
import { INTERFACES } from '../keystone/catalog.ts';
import { HOSTS_ACCEPTED, parseHosts } from '../keystone/endpoint-hosts.ts';
import { ENDPOINT_ACCEPTED } from '../upstream/endpoint.ts';
import {
  endpoint,
  flag,
  integer,
  type Kind,
  MANIFEST_ACCEPTED,
  matching,
  oneOf,
  parseCacheUrl,
  parseEndpoints,
  parseHttpUrl,
  parseNetworks,
  parseOrigins,
  readCertificates,
  readManifest,
} from './kinds.ts';

export type Variables = ReturnType<typeof declareVariables>;

export function declareVariables(variable: Declare) {
  return {
    glanceEndpoint: variable.optional(
      'GLANCE_URL',
      'The Image endpoint of a single region, with or without a trailing `/v2`',
      endpoint,
    ),
    glanceEndpoints: variable.optional(
      'GLANCE_ENDPOINTS',
      'The Image endpoints of several regions, without Keystone: a JSON object of region and endpoint',
      {
        accepted: `a JSON object such as {"RegionOne": "https://one.example/image"}, whose values are each ${ENDPOINT_ACCEPTED}`,
        parse: parseEndpoints,
      },
    ),
    authEndpoint: variable.optional(
      'OS_AUTH_URL',
      'Keystone, with or without a trailing `/v3`. The Image endpoint of each region is then found in the caller’s own service catalog',
      endpoint,
    ),
    cloudName: variable.optional(
      'OS_CLOUD',
      'A cloud of `clouds.yaml`, of which `auth_url`, `region_name`, `regions`, `interface`, `cacert` and `verify` are taken; the variables here go before them',
      matching(/^[^\p{Cc}]{1,255}$/u, 'the name of a cloud'),
    ),
    cloudsFile: variable.optional(
      'OS_CLIENT_CONFIG_FILE',
      'The `clouds.yaml` to read. Otherwise it is looked for in `.`, `~/.config/openstack` and `/etc/openstack`',
      matching(/^[^\p{Cc}]+$/u, 'a path'),
    ),
    defaultRegion: variable.optional(
      'OS_REGION_NAME',
      'The default region. When absent: `RegionOne` for `GLANCE_URL`, else the first one found',
      matching(/^[^\p{Cc}]{1,255}$/u, '1 to 255 characters without control characters'),
    ),
    interface: variable.optional(
      'OS_INTERFACE',
      'The catalog entries to use. `public` when absent',
      oneOf(...INTERFACES),
    ),
    endpointHosts: variable.optional(
      'ENDPOINT_HOSTS',
      'The hosts that may be sent a token when a catalog names them, beside Keystone’s own. All of Keystone’s registered domain when absent',
      { accepted: HOSTS_ACCEPTED, parse: (text) => parseHosts(text) ?? undefined },
    ),
    allowHttp: variable(
      'ALLOW_HTTP_ENDPOINTS',
      'Follow a plain http endpoint of the catalog even though Keystone itself is https',
      flag,
      '0',
    ),
    certificates: variable.optional(
      'OS_CACERT',
      'A file of CA certificates to trust beside the usual ones for https upstreams',
      { accepted: 'the path of a readable file with certificates in PEM', parse: readCertificates },
    ),
    host: variable(
      'HOST',
      'The address to listen on; `0.0.0.0` is every IPv4 address of the machine',
      matching(/^[\w.:-]{1,253}$/, 'an IP address or a host name'),
      '127.0.0.1',
    ),
    port: variable('PORT', 'The port to listen on; 0 takes a free one', integer(0, 65_535), '4000'),
    logLevel: variable(
      'LOG_LEVEL',
      'The least severe log lines to write',
      oneOf('fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'),
      'info',
    ),
    logQueries: variable(
      'LOG_QUERIES',
      'Write the text of each query into its log line, without its variables',
      flag,
      '0',
    ),
    tracesEndpoint: variable.optional(
      'OTEL_EXPORTER_OTLP_ENDPOINT',
      'An OpenTelemetry collector to send traces to, by OTLP over HTTP. None when absent',
      { accepted: 'an http or https URL such as http://127.0.0.1:4318', parse: parseHttpUrl },
    ),
    serviceName: variable(
      'OTEL_SERVICE_NAME',
      'What the gateway is called in traces',
      matching(/^[^\p{Cc}]{1,255}$/u, '1 to 255 characters without control characters'),
      'glance-graphql',
    ),
    corsOrigins: variable.optional(
      'CORS_ORIGINS',
      'The origins whose pages may call the gateway from a browser. None when absent',
      { accepted: 'origins such as https://portal.example, separated by commas', parse: parseOrigins },
    ),
    trustedProxies: variable.optional(
      'TRUST_PROXY',
      'The proxies in front, whose `X-Forwarded-For` is believed; it counts for `RATE_LIMIT_PER_TOKEN` of callers without a token. None when absent',
      { accepted: 'IP addresses and networks separated by commas, such as 10.0.0.0/8,::1', parse: parseNetworks },
    ),
    ratePerToken: variable.optional(
      'RATE_LIMIT_PER_TOKEN',
      'Requests to `/graphql` that one token may make in a second (callers without one: an address); more are answered 429. Without bound when absent',
      integer(1, 1_000_000),
    ),
    connectTimeoutMs: variable(
      'UPSTREAM_CONNECT_TIMEOUT_MS',
      'The most that connecting to an upstream may take, in milliseconds',
      integer(1, 600_000),
      '2000',
    ),
    callTimeoutMs: variable(
      'UPSTREAM_TIMEOUT_MS',
      'The most that one upstream call may take, to the last byte of its answer, in milliseconds',
      integer(1, 600_000),
      '10000',
    ),
    usageTimeoutMs: variable.optional(
      'UPSTREAM_TIMEOUT_USAGE_MS',
      'The same for the usage, which Glance counts anew each time; `UPSTREAM_TIMEOUT_MS` when absent',
      integer(1, 600_000),
    ),
    requestTimeoutMs: variable(
      'REQUEST_TIMEOUT_MS',
      'The most that one GraphQL request may take, all of its upstream calls included, in milliseconds; more than each of them may',
      integer(2, 600_000),
      '15000',
    ),
    catalogKeptMs: variable(
      'CACHE_TTL_CATALOG_MS',
      'How long a token’s service catalog is kept, in milliseconds, and never past the token’s end; 0 keeps none',
      integer(0, 3_600_000),
      '300000',
    ),
    importKeptMs: variable('CACHE_TTL_IMPORT_MS', kept('the import methods'), integer(0, 3_600_000), '30000'),
    storesKeptMs: variable('CACHE_TTL_STORES_MS', kept('the stores'), integer(0, 3_600_000), '30000'),
    storesDetailKeptMs: variable(
      'CACHE_TTL_STORES_DETAIL_MS',
      kept('the stores’ detail'),
      integer(0, 3_600_000),
      '30000',
    ),
    versionsKeptMs: variable('CACHE_TTL_VERSIONS_MS', kept('the API versions'), integer(0, 3_600_000), '30000'),
    usageKeptMs: variable('CACHE_TTL_USAGE_MS', kept('the usage'), integer(0, 3_600_000), '5000'),
    staleMs: variable(
      'STALE_IF_ERROR_MS',
      'How much longer an answer that ran out serves the same token when the upstream fails for reasons of its own, never on 401 or 403, in milliseconds, and never past the token’s end; `extensions.stale` says so',
      integer(0, 86_400_000),
      '0',
    ),
    sharedCacheUrl: variable.optional(
      'CACHE_URL',
      'A Redis or Valkey that several gateways share: what is kept, encrypted with the caller’s token, and persisted queries',
      { accepted: 'a URL such as redis://:password@host:6379/0, rediss://… for TLS, valkey://…', parse: parseCacheUrl },
    ),
    introspection: variable(
      'INTROSPECTION',
      'Tell callers the schema: introspection, `_service`, suggestions in errors, `/schema.graphql` and GraphiQL; 0 does none of it',
      flag,
      '1',
    ),
    trustedDocuments: variable.optional(
      'PERSISTED_DOCUMENTS',
      'A manifest of documents that requests may name instead of sending them, by `documentId` or Apollo’s `extensions.persistedQuery`',
      { accepted: MANIFEST_ACCEPTED, parse: readManifest },
    ),
    trustedDocumentsOnly: variable(
      'PERSISTED_DOCUMENTS_ONLY',
      'Refuse all documents that are not in `PERSISTED_DOCUMENTS`; GraphiQL is not served then',
      flag,
      '0',
    ),
    shutdownDelayMs: variable(
      'SHUTDOWN_DELAY_MS',
      'How long to go on serving after SIGTERM or SIGINT with `/readyz` at 503, in milliseconds: what balances the load learns late',
      integer(0, 600_000),
      '0',
    ),
    shutdownTimeoutMs: variable(
      'SHUTDOWN_TIMEOUT_MS',
      'The most that requests in flight are waited for after SIGTERM or SIGINT, in milliseconds',
      integer(1, 600_000),
      '15000',
    ),
    plainExecution: variable(
      'PLAIN_EXECUTION',
      'Execute every operation anew, instead of reusing the texts of fields whose upstream answers are the same to the byte; answers are the same either way',
      flag,
      '0',
    ),
    sandboxAllowed: variable(
      'SANDBOX',
      'Serve the sandbox with `NODE_ENV=production` too, where it is refused otherwise',
      flag,
      '0',
    ),
    nodeEnv: variable(
      'NODE_ENV',
      '`production` refuses the sandbox, and clouds whose certificates are not verified; nothing else depends on it',
      matching(/^\w{1,32}$/, 'a word'),
      'development',
    ),
    token: variable.optional('OS_TOKEN', 'For `glance-graphql check` alone: the token to ask with', {
      ...matching(/^[\x21-\x7e]{1,8192}$/, 'a token: up to 8192 characters of printable ASCII without blanks'),
      secret: true,
    }),
  };
}

const kept = (what: string) =>
  `How long Glance’s answer about ${what} serves the same token, in milliseconds, and never past the token’s end; 0 keeps none`;

/** A variable as documentation shows it. */
export interface VariableDescription {
  readonly name: string;
  readonly meaning: string;
  readonly accepted: string;
  readonly default: string | null;
  /** Not for command lines, which everybody on the machine can read. */
  readonly secret: boolean;
}

export interface Declare {
  <T>(name: string, meaning: string, kind: Kind<T>, fallback: string): T;
  optional<T>(name: string, meaning: string, kind: Kind<T>): T | null;
}

/** What there is to configure, in the order of the declaration. */
export function describeVariables(): readonly VariableDescription[] {
  const described: VariableDescription[] = [];
  declareVariables(
    Object.assign(
      <T>(name: string, meaning: string, kind: Kind<T>, fallback: string) => {
        described.push({ name, meaning, accepted: kind.accepted, default: fallback, secret: kind.secret ?? false });
        return parseDefault(kind, fallback);
      },
      {
        optional<T>(name: string, meaning: string, { accepted, secret = false }: Kind<T>): T | null {
          described.push({ name, meaning, accepted, default: null, secret });
          return null;
        },
      },
    ),
  );
  return described;
}

export function parseDefault<T>(kind: Kind<T>, fallback: string): T {
  const value = kind.parse(fallback);
  if (value === undefined) throw new TypeError(`The default "${fallback}" is not ${kind.accepted}`);
  return value;
}
