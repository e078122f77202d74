/** How the text of a variable is read, strictly: what is not acceptable is a problem, never silently the default. */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
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

export function parseOrigins(text: string): readonly string[] | undefined {
  const origins = text.split(',').map((origin) => origin.trim());
  return origins.every(
    (origin) => /^https?:\/\//.test(origin) && URL.canParse(origin) && new URL(origin).origin === origin,
  )
    ? origins
    : undefined;
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
