/** Strict parsers for the values of environment variables. An invalid value is reported, never replaced with the default. */
import { isIP } from 'node:net';
import { ENDPOINT_EXPECTED, type Endpoint, parseEndpoint } from '../openstack/endpoint.ts';
import { isJsonObject, type JsonValue, parseJson } from '../openstack/json.ts';
import { INTERFACES, type Interface } from '../openstack/keystone/catalog.ts';
import { HOSTS_EXPECTED, parseHosts } from '../openstack/keystone/endpoint-allowlist.ts';

export interface Parser<T> {
  /** Describes the valid values, to complete "expected …". */
  readonly expected: string;
  /** @returns undefined when the text is not valid */
  readonly parse: (text: string) => T | undefined;
  /** Whether the value is masked in messages and has no command-line option. */
  readonly secret?: boolean;
  /** Whether the value is a path, in which a leading `~` is the home directory. */
  readonly isPath?: boolean;
  /** Whether the variable may also be set in lower case, as those of proxies. The name in upper case has precedence. */
  readonly isAnyCase?: boolean;
}

/** Declares a variable with its default, or an optional one. */
export interface Declare {
  <T>(name: string, meaning: string, parser: Parser<T>, defaultText: string): T;
  optional<T>(name: string, meaning: string, parser: Parser<T>): T | null;
}

export const endpoint: Parser<Endpoint> = {
  expected: ENDPOINT_EXPECTED,
  parse: (text) => parseEndpoint(text) ?? undefined,
};

export const flag: Parser<boolean> = {
  expected: '1 or 0',
  parse: (text) => (text === '1' ? true : text === '0' ? false : undefined),
};

/** In the spellings of openrc files. */
export const boolean: Parser<boolean> = {
  expected: 'true or false, 1 or 0',
  parse(text) {
    if (/^(true|yes|on|1)$/i.test(text)) return true;
    return /^(false|no|off|0)$/i.test(text) ? false : undefined;
  },
};

export const endpointInterface: Parser<Interface> = {
  expected: `one of ${INTERFACES.join(', ')}, also as publicURL, internalURL, adminURL`,
  // The suffix comes from version 2 of the Identity API. keystoneauth ignores it as well.
  parse: (text) => INTERFACES.find((name) => name === text.replace(/URL$/, '')),
};

export function integer(lowest: number, highest: number): Parser<number> {
  return {
    expected: `a whole number from ${lowest} to ${highest}`,
    parse(text) {
      const number = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
      return number >= lowest && number <= highest ? number : undefined;
    },
  };
}

export function oneOf<T extends string>(...values: readonly T[]): Parser<T> {
  return { expected: `one of ${values.join(', ')}`, parse: (text) => values.find((value) => value === text) };
}

export function matching(pattern: RegExp, expected: string): Parser<string> {
  return { expected, parse: (text) => (pattern.test(text) ? text : undefined) };
}

export const name = matching(/^[^\p{Cc}]{1,255}$/u, '1 to 255 characters without control characters');

/** The endpoints of regions by their names. */
export const endpoints: Parser<ReadonlyMap<string, Endpoint>> = {
  expected: `a JSON object such as {"RegionOne": "https://one.example/image"}, where each value is ${ENDPOINT_EXPECTED}`,
  parse: parseEndpoints,
};

export const hosts: Parser<readonly string[]> = {
  expected: HOSTS_EXPECTED,
  parse: (text) => parseHosts(text) ?? undefined,
};

/** A URL with the scheme `redis` or `rediss`: the Redis client does not know `valkey`. */
export const cacheUrl: Parser<string> = {
  expected: 'a URL such as redis://:password@host:6379/0, rediss://… for TLS, valkey://…',
  parse: parseCacheUrl,
  secret: true,
};

export const httpUrl: Parser<string> = {
  expected: 'an http or https URL such as http://127.0.0.1:4318',
  parse: (text) => (/^https?:\/\/[^\s@]+$/.test(text) && URL.canParse(text) ? text : undefined),
};

/** As in `OTEL_RESOURCE_ATTRIBUTES`: the syntax of W3C Baggage, without properties. */
export const keyValues: Parser<Readonly<Record<string, string>>> = {
  expected: 'pairs such as key=value,other=value, with special characters percent-encoded',
  parse: parseKeyValues,
};

export const ratio: Parser<number> = {
  expected: 'a number from 0 to 1, such as 0.25',
  parse: (text) => (/^(0(\.\d+)?|1(\.0+)?)$/.test(text) ? Number(text) : undefined),
};

/** An empty value means no proxy. */
export const proxy: Parser<string | null> = {
  expected: 'an http or https URL such as http://user:password@proxy.example:3128',
  parse: parseProxy,
  isAnyCase: true,
};

export const noProxy: Parser<string> = {
  expected:
    '* for all, or hosts, domains and networks separated by commas, such as glance.example,.internal,10.0.0.0/8',
  parse: (text) => (text.split(/[\s,]+/).every((entry) => !entry.includes('/') || isNetwork(entry)) ? text : undefined),
  isAnyCase: true,
};

export const origins: Parser<readonly string[]> = {
  expected: 'origins such as https://portal.example, separated by commas',
  parse: parseOrigins,
};

/** Without a slash at the end, so that the root is empty. */
export const basePath: Parser<string> = {
  expected:
    'a path such as /glance or /cloud/images, of letters, digits, -, ., _ and ~, that does not begin with a path of the gateway such as /graphql',
  parse: (text) =>
    text.length <= 200 && BASE_PATH.test(text) && !OWN_PATH.test(text) ? text.replace(/\/$/, '') : undefined,
};

export const networks: Parser<readonly string[]> = {
  expected: 'IP addresses and networks separated by commas, such as 10.0.0.0/8,::1',
  parse: parseNetworks,
};

const BASE_PATH = /^(\/|(\/(?!\.{1,2}(\/|$))[\w.~-]+)+\/?)$/;
/** After such a path, what a proxy has removed would be ambiguous. */
const OWN_PATH = /^\/(graphql|graphiql|assets|schema\.graphql|subgraph\.graphql|healthz|readyz|metrics|mcp)(\/|$)/;

function parseEndpoints(text: string): ReadonlyMap<string, Endpoint> | undefined {
  let content: JsonValue;
  try {
    content = parseJson(text);
  } catch {
    return undefined;
  }
  if (!isJsonObject(content)) return undefined;
  const byRegion = new Map<string, Endpoint>();
  for (const [region, url] of Object.entries(content)) {
    const found = typeof url === 'string' ? parseEndpoint(url) : null;
    if (found === null || name.parse(region) === undefined) return undefined;
    byRegion.set(region, found);
  }
  return byRegion.size > 0 ? byRegion : undefined;
}

function parseCacheUrl(text: string): string | undefined {
  const url = text.replace(/^valkey(s?):/, (_scheme, secure: string) => `redis${secure ? 's' : ''}:`);
  return /^rediss?:\/\/[^\s/]+(\/\d*)?$/.test(url) && URL.canParse(url) ? url : undefined;
}

function parseKeyValues(text: string): Readonly<Record<string, string>> | undefined {
  const values: Record<string, string> = {};
  for (const pair of text.split(',')) {
    const [, key = '', value = ''] = /^\s*([^\s=;,]+)\s*=\s*([^\s=;,"\\]*)\s*$/.exec(pair) ?? [];
    if (key === '') return undefined;
    try {
      values[key] = decodeURIComponent(value);
    } catch {
      return undefined;
    }
  }
  return values;
}

function parseProxy(text: string): string | null | undefined {
  if (text === '') return null;
  // `proxy.example:3128` is accepted by other clients.
  const url = /^[a-z0-9]+:\/\//i.test(text) ? text : `http://${text}`;
  if (!/^https?:\/\/[^\s/?#]+\/?$/i.test(url) || !URL.canParse(url)) return undefined;
  try {
    const { username, password } = new URL(url);
    decodeURIComponent(username + password);
    return url;
  } catch {
    return undefined;
  }
}

function parseOrigins(text: string): readonly string[] | undefined {
  const values = text.split(',').map((origin) => origin.trim());
  return values.every(
    (origin) => /^https?:\/\//.test(origin) && URL.canParse(origin) && new URL(origin).origin === origin,
  )
    ? values
    : undefined;
}

function parseNetworks(text: string): readonly string[] | undefined {
  const values = text.split(',').map((network) => network.trim());
  return values.every(isNetwork) ? values : undefined;
}

function isNetwork(text: string): boolean {
  const [address = '', prefix = '0', ...rest] = text.split('/');
  const bits = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
  return rest.length === 0 && /^\d{1,3}$/.test(prefix) && Number(prefix) <= bits;
}

export function parseDefault<T>(parser: Parser<T>, defaultText: string): T {
  const value = parser.parse(defaultText);
  if (value === undefined) throw new TypeError(`The default "${defaultText}" is not ${parser.expected}`);
  return value;
}
