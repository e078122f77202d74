/**
 * The configuration: environment variables, each declared once, in `declareVariables`. Type, checks, the README's table and
 * `.env.example` all come from that declaration.
 */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { rootCertificates } from 'node:tls';
import { ENDPOINT_ACCEPTED, parseEndpoint } from './glance/endpoint.ts';

export type Environment = Readonly<Record<string, string | undefined>>;
export type Config = Readonly<ReturnType<typeof declareVariables>>;

function declareVariables(variable: Declare) {
  return {
    glanceEndpoint: variable.optional(
      'GLANCE_URL',
      'The Image endpoint, with or without a trailing `/v2`. Without it the gateway is a sandbox',
      { accepted: ENDPOINT_ACCEPTED, parse: (text) => parseEndpoint(text) ?? undefined },
    ),
    defaultRegion: variable(
      'OS_REGION_NAME',
      'The default region',
      matching(/^[^\p{Cc}]{1,255}$/u, '1 to 255 characters without control characters'),
      'RegionOne',
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
    corsOrigins: variable.optional(
      'CORS_ORIGINS',
      'The origins whose pages may call the gateway from a browser. None when absent',
      { accepted: 'origins such as https://portal.example, separated by commas', parse: parseOrigins },
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
    shutdownTimeoutMs: variable(
      'SHUTDOWN_TIMEOUT_MS',
      'The most that requests in flight are waited for after SIGTERM or SIGINT, in milliseconds',
      integer(1, 600_000),
      '15000',
    ),
    sandboxAllowed: variable(
      'SANDBOX',
      'Serve the sandbox with `NODE_ENV=production` too, where it is refused otherwise',
      flag,
      '0',
    ),
    nodeEnv: variable(
      'NODE_ENV',
      '`production` refuses to serve the sandbox by accident; nothing else depends on it',
      matching(/^\w{1,32}$/, 'a word'),
      'development',
    ),
  };
}

/** How a variable's text is read. */
interface Kind<T> {
  /** Completes "accepted is …". */
  readonly accepted: string;
  /** @returns undefined when the text is not acceptable */
  readonly parse: (text: string) => T | undefined;
}

/** A variable as documentation shows it. */
export interface VariableDescription {
  readonly name: string;
  readonly meaning: string;
  readonly accepted: string;
  readonly default: string | null;
}

interface Declare {
  <T>(name: string, meaning: string, kind: Kind<T>, fallback: string): T;
  optional<T>(name: string, meaning: string, kind: Kind<T>): T | null;
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
    if (value === undefined) problems.push(`${name} is "${withoutCredentials(text)}"; accepted is ${kind.accepted}`);
    return value;
  }

  const config = declareVariables(
    Object.assign(
      <T>(name: string, _meaning: string, kind: Kind<T>, fallback: string) =>
        read(name, kind) ?? parseDefault(kind, fallback),
      { optional: <T>(name: string, _meaning: string, kind: Kind<T>) => read(name, kind) ?? null },
    ),
  );
  if (env.GLANCE_URL === undefined && config.nodeEnv === 'production' && !config.sandboxAllowed) {
    problems.push(
      'GLANCE_URL is missing; without it the gateway is a sandbox, which NODE_ENV=production refuses unless SANDBOX=1',
    );
  }
  if (problems.length > 0) throw new ConfigError(problems);
  return Object.freeze(config);
}

/** What there is to configure, in the order of the declaration. */
export function describeVariables(): readonly VariableDescription[] {
  const described: VariableDescription[] = [];
  declareVariables(
    Object.assign(
      <T>(name: string, meaning: string, kind: Kind<T>, fallback: string) => {
        described.push({ name, meaning, accepted: kind.accepted, default: fallback });
        return parseDefault(kind, fallback);
      },
      {
        optional<T>(name: string, meaning: string, { accepted }: Kind<T>): T | null {
          described.push({ name, meaning, accepted, default: null });
          return null;
        },
      },
    ),
  );
  return described;
}

function parseDefault<T>(kind: Kind<T>, fallback: string): T {
  const value = kind.parse(fallback);
  if (value === undefined) throw new TypeError(`The default "${fallback}" is not ${kind.accepted}`);
  return value;
}

/** A URL may hold a password, which must not reach a terminal or a log. */
function withoutCredentials(text: string): string {
  return text.replace(/\/\/[^/@]*@/g, '//***@').slice(0, 200);
}

const flag: Kind<boolean> = {
  accepted: '1 or 0',
  parse: (text) => (text === '1' ? true : text === '0' ? false : undefined),
};

function integer(lowest: number, highest: number): Kind<number> {
  return {
    accepted: `a whole number from ${lowest} to ${highest}`,
    parse(text) {
      const number = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
      return number >= lowest && number <= highest ? number : undefined;
    },
  };
}

function oneOf<T extends string>(...values: readonly T[]): Kind<T> {
  return { accepted: `one of ${values.join(', ')}`, parse: (text) => values.find((value) => value === text) };
}

function matching(pattern: RegExp, accepted: string): Kind<string> {
  return { accepted, parse: (text) => (pattern.test(text) ? text : undefined) };
}

function parseOrigins(text: string): readonly string[] | undefined {
  const origins = text.split(',').map((origin) => origin.trim());
  return origins.every(
    (origin) => /^https?:\/\//.test(origin) && URL.canParse(origin) && new URL(origin).origin === origin,
  )
    ? origins
    : undefined;
}

/** Node takes a list of certificates instead of its own, so the usual ones go along. */
function readCertificates(path: string): readonly string[] | undefined {
  try {
    const pem = readFileSync(path, 'utf8');
    new X509Certificate(pem);
    return [...rootCertificates, pem];
  } catch {
    return undefined;
  }
}
