/** Loads the configuration of a gateway from environment variables and `clouds.yaml`. */

import { maskCredentials } from '../openstack/masking.ts';
import type { ProxySettings } from '../openstack/proxy-settings.ts';
import { type CloudEntry, decodeCloud } from './cloud-settings.ts';
import { type CloudSource, SOURCE_VARIABLES, selectSource } from './cloud-source.ts';
import { loadCloud } from './clouds-yaml.ts';
import { certificateFile, expandHome, type Manifest } from './file-parsers.ts';
import { type Parser, parseDefault } from './parsers.ts';
import { type TelemetryConfig, toTelemetryConfig } from './telemetry-variables.ts';
import { unsupportedVariables } from './unsupported.ts';
import { declareVariables, type Variables } from './variables.ts';
import { CloudsYamlError } from './yaml-files.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** How long the responses of each call are cached, in milliseconds; 0 disables caching. */
export type TtlMs = Readonly<Record<'versions' | 'importMethods' | 'stores' | 'storesDetail' | 'usage', number>>;

/** Documents that requests can name by id instead of sending them, and the file that they come from. */
export interface PersistedDocuments extends Manifest {
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
      | 'basePath'
      | 'metricsPort'
      | 'logLevel'
      | 'logQueries'
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
      | 'mcp'
      | 'shutdownDelayMs'
      | 'shutdownTimeoutMs'
      | 'token'
    >
  > {
  readonly cloud: CloudSource;
  /** In `clouds.yaml`; null when the endpoints are from other settings. */
  readonly cloudName: string | null;
  /** The certificates in PEM to trust for https upstreams, Node's root certificates included; null for those alone. */
  readonly certificates: readonly string[] | null;
  readonly verify: boolean;
  /** Whether upstreams are connected to over IPv4 only. */
  readonly forceIpv4: boolean;
  /** Null without proxies. */
  readonly proxies: ProxySettings | null;
  readonly ttlMs: TtlMs;
  readonly telemetry: TelemetryConfig;
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
    const text = env[name] ?? (parser.isAnyCase ? env[name.toLowerCase()] : undefined);
    if (text === undefined) return undefined;
    const value = parser.parse(parser.isPath ? expandHome(text, env.HOME) : text);
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
  const cloudCertificates = certificatesOf(cloud, env, problems);
  const verify = variables.insecure === null ? (cloud?.verify ?? true) : !variables.insecure;
  if (!verify && variables.nodeEnv === 'production') {
    problems.push(`${insecureSetting(variables, cloud)}; NODE_ENV=production rejects it`);
  }
  const isSourceConfigured = SOURCE_VARIABLES.some((name) => env[name] !== undefined);
  if (!isSourceConfigured && variables.imageOverride !== null) {
    problems.push(
      'OS_IMAGE_ENDPOINT_OVERRIDE needs OS_AUTH_URL or OS_CLOUD; without Keystone, GLANCE_URL names the endpoint',
    );
  }
  if (!isSourceConfigured && variables.nodeEnv === 'production' && !variables.sandboxAllowed) {
    problems.push(
      `One of ${SOURCE_VARIABLES.join(', ')} is missing; without them the gateway serves a sandbox, which NODE_ENV=production rejects unless SANDBOX=1`,
    );
  }
  if (variables.sharedCacheUrl !== null && variables.sharedCacheUrlFile !== null) {
    problems.push('CACHE_URL and CACHE_URL_FILE are both set; expected one of them');
  }
  checkTimeouts(variables, problems);
  if (variables.metricsPort !== 0 && variables.metricsPort === variables.port) {
    problems.push(`METRICS_PORT is ${variables.metricsPort}, as PORT is; expected another port, or 0`);
  }
  const { persistedDocuments, persistedDocumentsOnly } = variables;
  if (persistedDocumentsOnly && persistedDocuments === null) {
    problems.push('PERSISTED_DOCUMENTS_ONLY is "1"; expected 0 without PERSISTED_DOCUMENTS');
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return Object.freeze({
    ...variables,
    cloud: selectSource(variables, cloud),
    cloudName: cloud === null ? null : variables.cloudName,
    defaultRegion: variables.defaultRegion ?? cloud?.region ?? null,
    certificates: variables.certificates ?? cloudCertificates,
    sharedCacheUrl: variables.sharedCacheUrl ?? variables.sharedCacheUrlFile,
    verify,
    forceIpv4: variables.forceIpv4 ?? cloud?.forceIpv4 ?? false,
    proxies: proxiesOf(variables),
    ttlMs: {
      versions: variables.versionsTtlMs,
      importMethods: variables.importMethodsTtlMs,
      stores: variables.storesTtlMs,
      storesDetail: variables.storesDetailTtlMs,
      usage: variables.usageTtlMs,
    },
    telemetry: toTelemetryConfig(variables),
    persistedDocuments: persistedDocuments && { ...persistedDocuments, only: persistedDocumentsOnly },
    warnings: [
      ...(cloud?.warnings ?? []),
      ...unsupportedVariables(env),
      ...(verify
        ? []
        : [
            `${insecureSetting(variables, cloud)}: certificates are not checked, so an attacker on the network can read tokens and change responses`,
          ]),
    ],
  });
}

function checkTimeouts({ callTimeoutMs, usageTimeoutMs, requestTimeoutMs }: Variables, problems: string[]): void {
  const longest = Math.max(callTimeoutMs, usageTimeoutMs ?? 0);
  if (longest < requestTimeoutMs) return;
  problems.push(
    `REQUEST_TIMEOUT_MS is ${requestTimeoutMs}; expected more than UPSTREAM_TIMEOUT_MS and UPSTREAM_TIMEOUT_USAGE_MS, here ${longest}`,
  );
}

/** The cloud in `clouds.yaml`, or null when a more specific variable sets the endpoints. */
function readCloud(variables: Variables, env: Environment, problems: string[]): CloudEntry | null {
  const { cloudName, glanceEndpoint, glanceEndpoints } = variables;
  if (cloudName === null || glanceEndpoint !== null || glanceEndpoints !== null) return null;
  try {
    return decodeCloud(loadCloud(cloudName, variables, env), variables);
  } catch (error) {
    if (!(error instanceof CloudsYamlError)) throw error;
    problems.push(error.message);
    return null;
  }
}

function certificatesOf(cloud: CloudEntry | null, env: Environment, problems: string[]): readonly string[] | null {
  if (cloud === null || cloud.caFile === null) return null;
  const found = certificateFile.parse(expandHome(cloud.caFile, env.HOME));
  if (found === undefined) {
    problems.push(`${cloud.file}: cacert is "${cloud.caFile}"; expected ${certificateFile.expected}`);
  }
  return found ?? null;
}

function proxiesOf({ httpProxy: http, httpsProxy: https, noProxy: exclude }: Variables): ProxySettings | null {
  return http === null && https === null ? null : { http, https, exclude: exclude ?? '' };
}

const insecureSetting = ({ insecure }: Variables, cloud: CloudEntry | null) =>
  insecure === true ? 'OS_INSECURE is 1' : `${cloud?.file} has verify: false`;

const masked = (text: string, { secret = false }: Parser<unknown>) => (secret ? '***' : maskCredentials(text));
