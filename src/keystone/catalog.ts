/** The service catalog of a token: which services there are, where, for which region. */
import { type Endpoint, parseEndpoint } from '../upstream/endpoint.ts';
import { decodeArray, decodeObject, decodeString, type JsonValue, optional } from '../upstream/json.ts';

export const INTERFACES = ['public', 'internal', 'admin'] as const;
export type Interface = (typeof INTERFACES)[number];

/** One endpoint of the Image service, as the catalog has it. */
export interface CatalogEndpoint {
  readonly interface: string;
  /** Null for an endpoint of no region. */
  readonly region: string | null;
  readonly url: string;
}

/** The endpoints of type `image`, of every interface and region. The service-types authority knows no alias for it. */
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
    // `region` is what `region_id` was called before.
    region: optional(decodeString, endpoint.region_id ?? endpoint.region, `${path}.region_id`),
    url: decodeString(endpoint.url, `${path}.url`),
  };
}

export interface EndpointRules {
  readonly interface: Interface;
  /** Only these, in this order; null for all, by name. */
  readonly regions: readonly string[] | null;
  /** Whether a token may go over plain http. */
  readonly allowHttp: boolean;
  /** Whether a token may go to that origin at all. */
  readonly isAllowed: (origin: string) => boolean;
}

export interface ChosenEndpoints {
  readonly endpoints: ReadonlyMap<string, Endpoint>;
  /** What is odd about the catalog, with its URLs: for the log and the operator, not for callers. */
  readonly problems: readonly string[];
}

/** A query over all regions asks each: there must be an end to it. */
const MAX_REGIONS = 100;

/** Chooses one endpoint for each region; of several the first by URL, so that every instance chooses the same. */
export function chooseEndpoints(catalog: readonly CatalogEndpoint[], rules: EndpointRules): ChosenEndpoints {
  const endpoints = new Map<string, Endpoint>();
  const problems: string[] = [];
  const candidates = catalog
    .filter((entry) => entry.interface === rules.interface)
    .sort((a, b) => compare(a.region ?? '', b.region ?? '') || compare(a.url, b.url));
  for (const { region, url } of candidates) {
    const endpoint = parseEndpoint(url);
    if (region === null || region === '') problems.push(`${url} belongs to no region; it is not used`);
    else if (endpoint === null) problems.push(`${region}: "${url}" is no http or https URL; it is not used`);
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
  return { endpoints: restrict(endpoints, rules.regions), problems };
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
