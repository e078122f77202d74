/** The configuration of a gateway, from environment variables and `clouds.yaml`: checked as a whole, then frozen. */
import { type CloudEntry, CloudsYamlError, loadCloud } from './config/clouds-yaml.ts';
import { type Kind, readCertificates } from './config/kinds.ts';
import { declareVariables, parseDefault, type Variables } from './config/variables.ts';
import type { KeptMs } from './glance/answers.ts';
import type { TrustedDocuments } from './graphql/trusted-documents.ts';
import { INTERFACES, type Interface } from './keystone/catalog.ts';
import { ENDPOINT_ACCEPTED, type Endpoint, parseEndpoint } from './upstream/endpoint.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** Where the regions are from. */
export type CloudSource =
  | { readonly kind: 'sandbox' }
  /** The same endpoints for everybody, by region. */
  | { readonly kind: 'endpoints'; readonly endpoints: ReadonlyMap<string, Endpoint> }
  /** The service catalog of each caller's own token. */
  | {
      readonly kind: 'catalog';
      readonly authEndpoint: Endpoint;
      readonly interface: Interface;
      readonly regions: readonly string[] | null;
      readonly allowHttp: boolean;
      /** Beside Keystone's own host; null for those of its domain. */
      readonly endpointHosts: readonly string[] | null;
    };

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
      | 'catalogKeptMs'
      | 'staleMs'
      | 'sharedCacheUrl'
      | 'plainExecution'
      | 'introspection'
      | 'shutdownDelayMs'
      | 'shutdownTimeoutMs'
      | 'token'
    >
  > {
  readonly cloud: CloudSource;
  /** For https upstreams: certificates in PEM to trust instead of Node's own, which are among them; null for Node's own. */
  readonly certificates: readonly string[] | null;
  readonly verify: boolean;
  readonly keptMs: KeptMs;
  readonly trustedDocuments: TrustedDocuments | null;
  /** What the operator should know, to be logged once. */
  readonly warnings: readonly string[];
}

/** Every problem of a configuration, a line each. */
export class ConfigError extends Error {
  override name = 'ConfigError' as const;

  constructor(problems: readonly string[]) {
    super(`The configuration is wrong:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
  }
}

/** @throws ConfigError naming every wrong variable, what was found and what is accepted; an empty value is a wrong one */
export function loadConfig(env: Environment): Config {
  const problems: string[] = [];

  function read<T>(name: string, kind: Kind<T>): T | undefined {
    const text = env[name];
    if (text === undefined) return undefined;
    const value = kind.parse(text);
    if (value === undefined) problems.push(`${name} is "${shown(text, kind)}"; accepted is ${kind.accepted}`);
    return value;
  }

  const variables = declareVariables(
    Object.assign(
      <T>(name: string, _meaning: string, kind: Kind<T>, fallback: string) =>
        read(name, kind) ?? parseDefault(kind, fallback),
      { optional: <T>(name: string, _meaning: string, kind: Kind<T>) => read(name, kind) ?? null },
    ),
  );
  const cloud = readCloud(variables, env, problems);
  const source = chooseSource(variables, cloud, problems);
  const cloudCertificates = certificatesOf(cloud, problems);
  const verify = cloud?.verify ?? true;
  if (!verify && variables.nodeEnv === 'production') {
    problems.push(`${cloud?.file}: verify is false; accepted with NODE_ENV=production is true alone`);
  }
  const isAnySourceNamed = SOURCE_VARIABLES.some((name) => env[name] !== undefined);
  if (!isAnySourceNamed && variables.nodeEnv === 'production' && !variables.sandboxAllowed) {
    problems.push(
      `One of ${SOURCE_VARIABLES.join(', ')} is missing; without them the gateway is a sandbox, which NODE_ENV=production refuses unless SANDBOX=1`,
    );
  }
  checkDeadlines(variables, problems);
  const { trustedDocuments, trustedDocumentsOnly } = variables;
  if (trustedDocumentsOnly && trustedDocuments === null) {
    problems.push('PERSISTED_DOCUMENTS_ONLY is "1"; accepted without PERSISTED_DOCUMENTS is 0');
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return Object.freeze({
    ...variables,
    cloud: source,
    defaultRegion: variables.defaultRegion ?? cloud?.region ?? null,
    certificates: variables.certificates ?? cloudCertificates,
    verify,
    keptMs: {
      importMethods: variables.importKeptMs,
      stores: variables.storesKeptMs,
      storesDetail: variables.storesDetailKeptMs,
      versions: variables.versionsKeptMs,
      usage: variables.usageKeptMs,
    },
    trustedDocuments: trustedDocuments && { byId: trustedDocuments, only: trustedDocumentsOnly },
    warnings: warningsOf(cloud),
  });
}

function checkDeadlines({ callTimeoutMs, usageTimeoutMs, requestTimeoutMs }: Variables, problems: string[]): void {
  const longest = Math.max(callTimeoutMs, usageTimeoutMs ?? 0);
  if (longest < requestTimeoutMs) return;
  problems.push(
    `REQUEST_TIMEOUT_MS is ${requestTimeoutMs}; accepted is more than UPSTREAM_TIMEOUT_MS and UPSTREAM_TIMEOUT_USAGE_MS, here ${longest}`,
  );
}

const SOURCE_VARIABLES = ['GLANCE_URL', 'GLANCE_ENDPOINTS', 'OS_AUTH_URL', 'OS_CLOUD'] as const;

/** The entry of `clouds.yaml`, when it is the one that counts: the variables go from the narrowest to the widest. */
function readCloud(variables: Variables, env: Environment, problems: string[]): CloudEntry | null {
  const { cloudName, cloudsFile, glanceEndpoint, glanceEndpoints } = variables;
  if (cloudName === null || glanceEndpoint !== null || glanceEndpoints !== null) return null;
  try {
    const places = { file: cloudsFile, home: env.HOME ?? null, configHome: env.XDG_CONFIG_HOME ?? null };
    const cloud = loadCloud(cloudName, places);
    return cloud;
  } catch (error) {
    if (!(error instanceof CloudsYamlError)) throw error;
    problems.push(error.message);
    return null;
  }
}

function chooseSource(variables: Variables, cloud: CloudEntry | null, problems: string[]): CloudSource {
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
    problems.push(
      `${cloud.file}: auth_url is "${withoutCredentials(cloud.authUrl)}"; accepted is ${ENDPOINT_ACCEPTED}`,
    );
  }
  return found;
}

function certificatesOf(cloud: CloudEntry | null, problems: string[]): readonly string[] | null {
  if (cloud === null || cloud.caFile === null) return null;
  const found = readCertificates(cloud.caFile);
  if (found === undefined) {
    problems.push(
      `${cloud.file}: cacert is "${cloud.caFile}"; accepted is the path of a readable file with certificates in PEM`,
    );
  }
  return found ?? null;
}

function interfaceOf(cloud: CloudEntry | null, problems: string[]): Interface {
  const wanted = cloud?.interface ?? 'public';
  // Older clouds.yaml files spell it as Keystone's version 2 did.
  const found = INTERFACES.find((name) => name === wanted.replace(/URL$/, ''));
  if (found === undefined)
    problems.push(`${cloud?.file}: interface is "${wanted}"; accepted is one of ${INTERFACES.join(', ')}`);
  return found ?? 'public';
}

function warningsOf(cloud: CloudEntry | null): readonly string[] {
  if (cloud === null) return [];
  return [
    ...(cloud.hasCredentials
      ? [`The credentials in ${cloud.file} are not used: each caller brings a token of its own`]
      : []),
    ...(cloud.verify
      ? []
      : [
          `${cloud.file} says verify: false, so anybody in between can read and change what upstreams are sent and say`,
        ]),
  ];
}

const shown = (text: string, { secret = false }: Kind<unknown>) => (secret ? '***' : withoutCredentials(text));

/** A URL may hold a password, which must not reach a terminal or a log. */
function withoutCredentials(text: string): string {
  return text.replace(/\/\/[^/@]*@/g, '//***@').slice(0, 200);
}
