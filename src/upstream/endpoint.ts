/** Where a service is: every call's path is put behind `basePath`. */
export interface Endpoint {
  /** Scheme, host and port, as `https://cloud.example:9292`. */
  readonly origin: string;
  /** Empty, or `/image`: no slash at the end, no version. */
  readonly basePath: string;
  /** Both. */
  readonly url: string;
}

/** What `parseEndpoint` takes, for messages. */
export const ENDPOINT_ACCEPTED =
  'an http or https URL without credentials, query or fragment, such as https://cloud.example/image';

/**
 * Reads an endpoint as catalogs and people spell it, with or without the version: `http://host:9292`, `https://host/image`,
 * `https://host/image/v2`, `https://host:13292/v2/`, `https://host/identity/v3`.
 *
 * @returns null when it is none
 */
export function parseEndpoint(text: string): Endpoint | null {
  if (!/^https?:\/\/[^\s\\?#@]+$/i.test(text) || !URL.canParse(text)) return null;
  const { origin, pathname } = new URL(text);
  const basePath = pathname
    .replace(/\/+$/, '')
    .replace(/\/v\d+(?:\.\d+)?$/, '')
    .replace(/\/+$/, '');
  return { origin, basePath, url: origin + basePath };
}
