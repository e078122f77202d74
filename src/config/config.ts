/** Loads the configuration of a gateway from environment variables and `clouds.yaml`. */

import { ENDPOINT_EXPECTED, type Endpoint, parseEndpoint } from '../openstack/endpoint.ts';
import { INTERFACES, type Interface } from '../openstack/keystone/catalog.ts';
import { type CloudEntry, CloudsYamlError, loadCloud } from './clouds-yaml.ts';
import { certificateFile, type Parser, parseDefault } from './parsers.ts';
import { declareVariables, type Variables } from './variables.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Where the regions and their endpoints come from. */
export type CloudSource =
  | { readonly kind: 'sandbox' }
  /** The same endpoints for all callers, by region. */
  | { readonly kind: 'endpoints'; readonly endpoints: ReadonlyMap<string, Endpoint> }
  /** The service catalog of each caller's token. */
  | {
      readonly kind: 'catalog';
      readonly authEndpoint: Endpoint;
      readonly interface: Interface;
      readonly regions: readonly string[] | null;
      readonly allowHttp: boolean;
      /** The allowed hosts in addition to Keystone's own; null for all hosts of its registered domain. */
      readonly endpointHosts: readonly string[] | null;
    };

/** How long the responses of each call are cached, in milliseconds; 0 disables caching. */
export type TtlMs = Readonly<Record<'versions' | 'importMethods' | 'stores' | 'storesDetail' | 'usage', number>>;

/** Documents that requests can name by id instead of sending them. */
export interface PersistedDocuments {
  readonly byId: ReadonlyMap<string, string>;
  /** Whether all other documents are rejected. */
  readonly only: boolean;
}

export interface Config
  extends Readonly<
    Pick<
      Variables,
      | 'defaultRegion'
      | 'host'
      | 'port'
      | 'logLevel'
      | 'logQueries'
      | 'tracesEndpoint'
      | 'serviceName'
      | 'corsOrigins'
      | 'trustedProxies'
      | 'ratePerToken'
      | 'connectTimeoutMs'
      | 'callTimeoutMs'
      | 'usageTimeoutMs'
      | 'requestTimeoutMs'
      | 'catalogTtlMs'
      | 'staleIfErrorMs'
      | 'sharedCacheUrl'
      | 'sharedCacheTimeoutMs'
      | 'fastPath'
      | 'introspection'
      | 'shutdownDelayMs'
      | 'shutdownTimeoutMs'
      | 'token'
    >
  > {
  readonly cloud: CloudSource;
  /** The certificates in PEM to trust for https upstreams, Node's root certificates included; null for those alone. */
  readonly certificates: readonly string[] | null;
  readonly verify: boolean;
  readonly ttlMs: TtlMs;
  readonly persistedDocuments: PersistedDocuments | null;
  /** Messages for the operator, to log once. */
  readonly warnings: readonly string[];
}

/** The message lists every problem of a configuration, one per line. */
export class ConfigError extends Error {
  override name = 'ConfigError' as const;

  constructor(problems: readonly string[]) {
    super(`The configuration is wrong:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
  }
}

/**
 * Reads and checks all settings at once. An empty value is invalid: only a variable that is not set has its default.
 *
 * @throws ConfigError listing every invalid variable with its value (secrets as `***`) and the expected one
 */
export function loadConfig(env: Environment): Config {
  const problems: string[] = [];

  function read<T>(name: string, parser: Parser<T>): T | undefined {
    const text = env[name];
    if (text === undefined) return undefined;
    const value = parser.parse(text);
    if (value === undefined) problems.push(`${name} is "${masked(text, parser)}"; expected ${parser.expected}`);
    return value;
  }

  const variables = declareVariables(
    Object.assign(
      <T>(name: string, _meaning: string, parser: Parser<T>, defaultText: string) =>
        read(name, parser) ?? parseDefault(parser, defaultText),
      { optional: <T>(name: string, _meaning: string, parser: Parser<T>) => read(name, parser) ?? null },
    ),
  );
  const cloud = readCloud(variables, env, problems);
  const source = selectSource(variables, cloud, problems);
  const cloudCertificates = certificatesOf(cloud, problems);
  const verify = cloud?.verify ?? true;
  if (!verify && variables.nodeEnv === 'production') {
    problems.push(`${cloud?.file}: verify is false; expected true with NODE_ENV=production`);
  }
  const isSourceConfigured = SOURCE_VARIABLES.some((name) => env[name] !== undefined);
  if (!isSourceConfigured && variables.nodeEnv === 'production' && !variables.sandboxAllowed) {
    problems.push(
      `One of ${SOURCE_VARIABLES.join(', ')} is missing; without them the gateway serves a sandbox, which NODE_ENV=production rejects unless SANDBOX=1`,
    );
  }
  checkTimeouts(variables, problems);
  const { persistedDocuments, persistedDocumentsOnly } = variables;
  if (persistedDocumentsOnly && persistedDocuments === null) {
    problems.push('PERSISTED_DOCUMENTS_ONLY is "1"; expected 0 without PERSISTED_DOCUMENTS');
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return Object.freeze({
    ...variables,
    cloud: source,
    defaultRegion: variables.defaultRegion ?? cloud?.region ?? null,
    certificates: variables.certificates ?? cloudCertificates,
    verify,
    ttlMs: {
      versions: variables.versionsTtlMs,
      importMethods: variables.importMethodsTtlMs,
      stores: variables.storesTtlMs,
      storesDetail: variables.storesDetailTtlMs,
      usage: variables.usageTtlMs,
    },
    persistedDocuments: persistedDocuments && { byId: persistedDocuments, only: persistedDocumentsOnly },
    warnings: warningsOf(cloud),
  });
}

function checkTimeouts({ callTimeoutMs, usageTimeoutMs, requestTimeoutMs }: Variables, problems: string[]): void {
  const longest = Math.max(callTimeoutMs, usageTimeoutMs ?? 0);
  if (longest < requestTimeoutMs) return;
  problems.push(
    `REQUEST_TIMEOUT_MS is ${requestTimeoutMs}; expected more than UPSTREAM_TIMEOUT_MS and UPSTREAM_TIMEOUT_USAGE_MS, here ${longest}`,
  );
}

const SOURCE_VARIABLES = ['GLANCE_URL', 'GLANCE_ENDPOINTS', 'OS_AUTH_URL', 'OS_CLOUD'] as const;

/** The cloud in `clouds.yaml`, or null when a more specific variable sets the endpoints. */
function readCloud(variables: Variables, env: Environment, problems: string[]): CloudEntry | null {
  const { cloudName, cloudsFile, glanceEndpoint, glanceEndpoints } = variables;
  if (cloudName === null || glanceEndpoint !== null || glanceEndpoints !== null) return null;
  try {
    const paths = { file: cloudsFile, home: env.HOME ?? null, configHome: env.XDG_CONFIG_HOME ?? null };
    return loadCloud(cloudName, paths);
  } catch (error) {
    if (!(error instanceof CloudsYamlError)) throw error;
    problems.push(error.message);
    return null;
  }
}

function selectSource(variables: Variables, cloud: CloudEntry | null, problems: string[]): CloudSource {
  const { glanceEndpoint, glanceEndpoints, defaultRegion } = variables;
  if (glanceEndpoint !== null) {
    return { kind: 'endpoints', endpoints: new Map([[defaultRegion ?? 'RegionOne', glanceEndpoint]]) };
  }
  if (glanceEndpoints !== null) return { kind: 'endpoints', endpoints: glanceEndpoints };
  const authEndpoint = variables.authEndpoint ?? (cloud === null ? null : authEndpointOf(cloud, problems));
  if (authEndpoint === null) return { kind: 'sandbox' };
  return {
    kind: 'catalog',
    authEndpoint,
    interface: variables.interface ?? interfaceOf(cloud, problems),
    regions: cloud?.regions ?? null,
    endpointHosts: variables.endpointHosts,
    allowHttp: variables.allowHttp || authEndpoint.origin.startsWith('http:'),
  };
}

function authEndpointOf(cloud: CloudEntry, problems: string[]): Endpoint | null {
  const found = parseEndpoint(cloud.authUrl);
  if (found === null) {
    problems.push(`${cloud.file}: auth_url is "${maskCredentials(cloud.authUrl)}"; expected ${ENDPOINT_EXPECTED}`);
  }
  return found;
}

function certificatesOf(cloud: CloudEntry | null, problems: string[]): readonly string[] | null {
  if (cloud === null || cloud.caFile === null) return null;
  const found = certificateFile.parse(cloud.caFile);
  if (found === undefined) {
    problems.push(`${cloud.file}: cacert is "${cloud.caFile}"; expected ${certificateFile.expected}`);
  }
  return found ?? null;
}

function interfaceOf(cloud: CloudEntry | null, problems: string[]): Interface {
  const wanted = cloud?.interface ?? 'public';
  // Older clouds.yaml files have the names of Identity API v2, such as `publicURL`.
  const found = INTERFACES.find((name) => name === wanted.replace(/URL$/, ''));
  if (found === undefined)
    problems.push(`${cloud?.file}: interface is "${wanted}"; expected one of ${INTERFACES.join(', ')}`);
  return found ?? 'public';
}

function warningsOf(cloud: CloudEntry | null): readonly string[] {
  if (cloud === null) return [];
  return [
    ...(cloud.hasCredentials ? [`The credentials in ${cloud.file} are not used: each caller sends its own token`] : []),
    ...(cloud.verify
      ? []
      : [
          `${cloud.file} has verify: false: certificates are not checked, so an attacker on the network can read tokens and change responses`,
        ]),
  ];
}

const masked = (text: string, { secret = false }: Parser<unknown>) => (secret ? '***' : maskCredentials(text));

/** Masks everything between the scheme of a URL and the last `@`: a password can contain `/` and `@`. */
function maskCredentials(text: string): string {
  const end = text.lastIndexOf('@');
  const scheme = text.indexOf('://');
  const begin = scheme === -1 || scheme > end ? 0 : scheme + '://'.length;
  return (end === -1 ? text : `${text.slice(0, begin)}***${text.slice(end)}`).slice(0, 200);
}
