/** Strict parsers for the values of environment variables. An invalid value is reported, never replaced with the default. */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { rootCertificates } from 'node:tls';
import { ENDPOINT_EXPECTED, type Endpoint, parseEndpoint } from '../openstack/endpoint.ts';
import { isJsonObject, type JsonValue, parseJson } from '../openstack/json.ts';
import { HOSTS_EXPECTED, parseHosts } from '../openstack/keystone/endpoint-allowlist.ts';

export interface Parser<T> {
  /** Describes the valid values, to complete "expected …". */
  readonly expected: string;
  /** @returns undefined when the text is not valid */
  readonly parse: (text: string) => T | undefined;
  /** Whether the value is masked in messages and has no command-line option. */
  readonly secret?: boolean;
}

export const endpoint: Parser<Endpoint> = {
  expected: ENDPOINT_EXPECTED,
  parse: (text) => parseEndpoint(text) ?? undefined,
};

export const flag: Parser<boolean> = {
  expected: '1 or 0',
  parse: (text) => (text === '1' ? true : text === '0' ? false : undefined),
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

export const origins: Parser<readonly string[]> = {
  expected: 'origins such as https://portal.example, separated by commas',
  parse: parseOrigins,
};

export const networks: Parser<readonly string[]> = {
  expected: 'IP addresses and networks separated by commas, such as 10.0.0.0/8,::1',
  parse: parseNetworks,
};

/** The documents of a manifest by id. */
export const manifest: Parser<ReadonlyMap<string, string>> = {
  expected:
    'the path of a JSON file: Apollo’s manifest ({"format": "apollo-persisted-query-manifest", "operations": [{"id", "body"}]}) or Relay’s ({"id": "document"})',
  parse: readManifest,
};

/** Node's root certificates and those of the file: the option `ca` of a TLS connection replaces the root certificates. */
export const certificateFile: Parser<readonly string[]> = {
  expected: 'the path of a readable file with certificates in PEM',
  parse: readCertificates,
};

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
    if (found === null || !/^[^\p{Cc}]{1,255}$/u.test(region)) return undefined;
    byRegion.set(region, found);
  }
  return byRegion.size > 0 ? byRegion : undefined;
}

function parseCacheUrl(text: string): string | undefined {
  const url = text.replace(/^valkey(s?):/, (_scheme, secure: string) => `redis${secure ? 's' : ''}:`);
  return /^rediss?:\/\/[^\s/]+(\/\d*)?$/.test(url) && URL.canParse(url) ? url : undefined;
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

function readManifest(path: string): ReadonlyMap<string, string> | undefined {
  let content: JsonValue;
  try {
    content = parseJson(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
  if (!isJsonObject(content)) return undefined;
  const entries =
    content.format === 'apollo-persisted-query-manifest'
      ? apolloOperations(content.operations)
      : Object.entries(content);
  const documents = new Map<string, string>();
  for (const [id, document] of entries) {
    if (typeof id !== 'string' || typeof document !== 'string') return undefined;
    documents.set(id, document);
  }
  return documents.size > 0 ? documents : undefined;
}

function apolloOperations(
  operations: JsonValue | undefined,
): (readonly [JsonValue | undefined, JsonValue | undefined])[] {
  if (!Array.isArray(operations)) return [];
  return operations.map((operation: JsonValue) =>
    isJsonObject(operation) ? [operation.id, operation.body] : [null, null],
  );
}

function readCertificates(path: string): readonly string[] | undefined {
  try {
    const pem = readFileSync(path, 'utf8');
    new X509Certificate(pem);
    return [...rootCertificates, pem];
  } catch {
    return undefined;
  }
}

export function parseDefault<T>(parser: Parser<T>, defaultText: string): T {
  const value = parser.parse(defaultText);
  if (value === undefined) throw new TypeError(`The default "${defaultText}" is not ${parser.expected}`);
  return value;
}
