/** The base URL of a service. The path of a call is appended to it. */
export interface Endpoint {
  /** Scheme, host and port, for example `https://cloud.example:9292`. */
  readonly origin: string;
  /** Empty, or a path such as `/image`: no trailing slash, no version. */
  readonly basePath: string;
  /** `origin` and `basePath` together. */
  readonly url: string;
}

/** The values that `parseEndpoint` accepts, for error messages. */
export const ENDPOINT_EXPECTED =
  'an http or https URL without credentials, query or fragment, such as https://cloud.example/image';

/**
 * Parses an endpoint as it appears in catalogs and configurations, with or without the version: `http://host:9292`,
 * `https://host/image`, `https://host/image/v2`, `https://host:13292/v2/`, `https://host/identity/v3`.
 *
 * @returns null when the text is not a valid endpoint
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
