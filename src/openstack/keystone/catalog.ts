/** Decodes the service catalog of a token and selects the Image endpoint of each region. */
import { type Endpoint, parseEndpoint } from '../endpoint.ts';
import { decodeArray, decodeObject, decodeString, type JsonValue, optional } from '../json.ts';

export const INTERFACES = ['public', 'internal', 'admin'] as const;
export type Interface = (typeof INTERFACES)[number];

/** An endpoint of the Image service in the catalog. */
export interface CatalogEndpoint {
  readonly interface: string;
  /** Null for an endpoint without a region. */
  readonly region: string | null;
  readonly url: string;
}

/** Returns the endpoints of type `image`, of all interfaces and regions. The service-types authority lists no alias of `image`. */
export function decodeImageEndpoints(catalog: JsonValue | undefined, path: string): readonly CatalogEndpoint[] {
  return decodeArray(catalog, path).flatMap((value, index) => {
    const at = `${path}[${index}]`;
    const service = decodeObject(value, at);
    if (decodeString(service.type, `${at}.type`) !== 'image') return [];
    return decodeArray(service.endpoints, `${at}.endpoints`).map((endpoint, number) =>
      decodeEndpoint(endpoint, `${at}.endpoints[${number}]`),
    );
  });
}

function decodeEndpoint(value: JsonValue, path: string): CatalogEndpoint {
  const endpoint = decodeObject(value, path);
  return {
    interface: decodeString(endpoint.interface, `${path}.interface`),
    // `region` is the deprecated name of `region_id`.
    region: optional(decodeString, endpoint.region_id ?? endpoint.region, `${path}.region_id`),
    url: decodeString(endpoint.url, `${path}.url`),
  };
}

export interface EndpointRules {
  /** In order of preference. */
  readonly interfaces: readonly Interface[];
  /** The regions to use, in this order; null for all regions, sorted by name. */
  readonly regions: readonly string[] | null;
  /** Endpoints that are used instead of those of the catalog, by region. */
  readonly overrides: ReadonlyMap<string, Endpoint>;
  /** Whether plain http endpoints are used. */
  readonly allowHttp: boolean;
  /** Whether tokens may be sent to an origin. */
  readonly isAllowed: (origin: string) => boolean;
}

export interface SelectedEndpoints {
  readonly endpoints: ReadonlyMap<string, Endpoint>;
  /** A message for each endpoint that is not used. Contains URLs, so it is for the log and the operator only. */
  readonly problems: readonly string[];
}

/** A query over all regions calls each of them. */
const MAX_REGIONS = 100;

/**
 * Selects one endpoint per region: that of the preferred interface. Where there are several, the first by URL, so that all instances
 * select the same one.
 */
export function selectEndpoints(catalog: readonly CatalogEndpoint[], rules: EndpointRules): SelectedEndpoints {
  const endpoints = new Map<string, Endpoint>();
  const problems: string[] = [];
  const candidates = ofPreferredInterface(catalog, rules.interfaces)
    .filter(({ region }) => !rules.overrides.has(region ?? ''))
    .sort((a, b) => compare(a.region ?? '', b.region ?? '') || compare(a.url, b.url));
  for (const { region, url } of candidates) {
    const endpoint = parseEndpoint(url);
    if (region === null || region === '') problems.push(`${url} belongs to no region; it is not used`);
    else if (endpoint === null) problems.push(`${region}: "${url}" is not an http or https URL; it is not used`);
    else if (!rules.isAllowed(endpoint.origin)) {
      const { hostname } = new URL(endpoint.origin);
      problems.push(
        `${region}: ${url} is not on a host of Keystone's own domain, nor allowed; it is not used unless ENDPOINT_HOSTS has ${hostname}`,
      );
    } else if (!rules.allowHttp && endpoint.origin.startsWith('http:')) {
      problems.push(`${region}: ${url} is not https, though Keystone is; it is not used unless ALLOW_HTTP_ENDPOINTS=1`);
    } else if (rules.regions === null && endpoints.size >= MAX_REGIONS && !endpoints.has(region))
      problems.push(`${region}: is more than the ${MAX_REGIONS}th region; it is not used`);
    else if (endpoints.has(region))
      problems.push(`${region}: ${url} is a second endpoint of the region; it is not used`);
    else endpoints.set(region, endpoint);
  }
  for (const [region, endpoint] of rules.overrides) endpoints.set(region, endpoint);
  return { endpoints: restrict(endpoints, rules.regions), problems };
}

/** The endpoints of each region that have the first of the interfaces found there. */
function ofPreferredInterface(
  catalog: readonly CatalogEndpoint[],
  interfaces: readonly Interface[],
): readonly CatalogEndpoint[] {
  const found = new Set(catalog.map((entry) => `${entry.interface} ${entry.region}`));
  return catalog.filter((entry) => entry.interface === interfaces.find((name) => found.has(`${name} ${entry.region}`)));
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

function restrict(endpoints: Map<string, Endpoint>, regions: readonly string[] | null): ReadonlyMap<string, Endpoint> {
  if (regions === null) return endpoints;
  return new Map(
    regions.flatMap((region) => {
      const endpoint = endpoints.get(region);
      return endpoint === undefined ? [] : [[region, endpoint] as const];
    }),
  );
}
