/** How the text of a variable is read, strictly: what is not acceptable is a problem, never silently the default. */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { rootCertificates } from 'node:tls';
import { ENDPOINT_ACCEPTED, type Endpoint, parseEndpoint } from '../upstream/endpoint.ts';
import { isJsonObject, type JsonValue, parseJson } from '../upstream/json.ts';

/** How a variable's text is read. */
export interface Kind<T> {
  /** Completes "accepted is …". */
  readonly accepted: string;
  /** @returns undefined when the text is not acceptable */
  readonly parse: (text: string) => T | undefined;
  /** Never shown. */
  readonly secret?: boolean;
}

export const endpoint: Kind<Endpoint> = {
  accepted: ENDPOINT_ACCEPTED,
  parse: (text) => parseEndpoint(text) ?? undefined,
};

export const flag: Kind<boolean> = {
  accepted: '1 or 0',
  parse: (text) => (text === '1' ? true : text === '0' ? false : undefined),
};

export function integer(lowest: number, highest: number): Kind<number> {
  return {
    accepted: `a whole number from ${lowest} to ${highest}`,
    parse(text) {
      const number = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
      return number >= lowest && number <= highest ? number : undefined;
    },
  };
}

export function oneOf<T extends string>(...values: readonly T[]): Kind<T> {
  return { accepted: `one of ${values.join(', ')}`, parse: (text) => values.find((value) => value === text) };
}

export function matching(pattern: RegExp, accepted: string): Kind<string> {
  return { accepted, parse: (text) => (pattern.test(text) ? text : undefined) };
}

export function parseEndpoints(text: string): ReadonlyMap<string, Endpoint> | undefined {
  let content: JsonValue;
  try {
    content = parseJson(text);
  } catch {
    return undefined;
  }
  if (!isJsonObject(content)) return undefined;
  const endpoints = new Map<string, Endpoint>();
  for (const [region, url] of Object.entries(content)) {
    const found = typeof url === 'string' ? parseEndpoint(url) : null;
    if (found === null || !/^[^\p{Cc}]{1,255}$/u.test(region)) return undefined;
    endpoints.set(region, found);
  }
  return endpoints.size > 0 ? endpoints : undefined;
}

/** @returns the URL as the client takes it: Valkey speaks as Redis does */
export function parseCacheUrl(text: string): string | undefined {
  const url = text.replace(/^valkey(s?):/, (_scheme, secure: string) => `redis${secure ? 's' : ''}:`);
  return /^rediss?:\/\/[^\s/]+(\/\d*)?$/.test(url) && URL.canParse(url) ? url : undefined;
}

export function parseHttpUrl(text: string): string | undefined {
  return /^https?:\/\/[^\s@]+$/.test(text) && URL.canParse(text) ? text : undefined;
}

export function parseOrigins(text: string): readonly string[] | undefined {
  const origins = text.split(',').map((origin) => origin.trim());
  return origins.every(
    (origin) => /^https?:\/\//.test(origin) && URL.canParse(origin) && new URL(origin).origin === origin,
  )
    ? origins
    : undefined;
}

export function parseNetworks(text: string): readonly string[] | undefined {
  const networks = text.split(',').map((network) => network.trim());
  return networks.every(isNetwork) ? networks : undefined;
}

function isNetwork(text: string): boolean {
  const [address = '', prefix = '0', ...rest] = text.split('/');
  const bits = { 0: -1, 4: 32, 6: 128 }[isIP(address)] ?? -1;
  return rest.length === 0 && /^\d{1,3}$/.test(prefix) && Number(prefix) <= bits;
}

/** What `PERSISTED_DOCUMENTS` takes, for messages. */
export const MANIFEST_ACCEPTED =
  'the path of a JSON file, either Apollo’s manifest ({"format": "apollo-persisted-query-manifest", "operations": [{"id", "body"}]}) or Relay’s ({"id": "document"})';

/** Id -> document. */
export function readManifest(path: string): ReadonlyMap<string, string> | undefined {
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

/** Node takes a list of certificates instead of its own, so the usual ones go along. */
export function readCertificates(path: string): readonly string[] | undefined {
  try {
    const pem = readFileSync(path, 'utf8');
    new X509Certificate(pem);
    return [...rootCertificates, pem];
  } catch {
    return undefined;
  }
}
