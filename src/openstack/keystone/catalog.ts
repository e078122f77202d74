/** Decodes the service catalog of a token and selects the Image endpoint of each region. */
import { ENDPOINT_EXPECTED, type Endpoint, parseEndpoint } from '../endpoint.ts';
import {
  DecodeError,
  decodeList,
  decodeName,
  decodeObject,
  decodeString,
  type JsonValue,
  MAX_ITEMS,
  optional,
} from '../json.ts';
import { maskCredentials } from '../masking.ts';
import { withoutFinalDot } from './endpoint-allowlist.ts';

export const INTERFACES = ['public', 'internal', 'admin'] as const;
export type Interface = (typeof INTERFACES)[number];

/** An endpoint of the Image service in the catalog. */
export interface CatalogEndpoint {
  readonly interface: string;
  /** Null for an endpoint without a region. */
  readonly region: string | null;
  readonly url: string;
}

/** The Image service in a catalog. */
export interface ImageCatalog {
  /** The endpoints of all interfaces and regions, in the order of the catalog. */
  readonly endpoints: readonly CatalogEndpoint[];
  /** A message for each entry that is skipped because it is not what the API defines. At most `MAX_PROBLEMS`. */
  readonly problems: readonly string[];
}

export const NO_CATALOG: ImageCatalog = { endpoints: [], problems: [] };

const MAX_PROBLEMS = 20;
/** Beyond it, the catalog is rejected. */
const MAX_SKIPPED = 1000;

/** Finds the services of type `image`; the service-types authority lists no alias of it. An odd entry does not affect the others. */
export function decodeImageCatalog(catalog: JsonValue | undefined, path: string): ImageCatalog {
  const problems: string[] = [];
  let skipped = 0;

  function decodeEach<T>(values: JsonValue | undefined, at: string, decode: (value: JsonValue, at: string) => T): T[] {
    return decodeList(values, at).flatMap((value, index) => {
      try {
        return [decode(value, `${at}[${index}]`)];
      } catch (error) {
        skipped += 1;
        if (!(error instanceof DecodeError) || skipped > MAX_SKIPPED) throw error;
        if (problems.length < MAX_PROBLEMS) problems.push(`${error.message}; the entry is skipped`);
        return [];
      }
    });
  }

  const endpoints = decodeEach(catalog, path, (value, at) => {
    const service = decodeObject(value, at);
    if (decodeString(service.type, `${at}.type`) !== 'image') return [];
    return decodeEach(service.endpoints ?? [], `${at}.endpoints`, decodeEndpoint);
  }).flat();
  if (endpoints.length > MAX_ITEMS) throw new DecodeError(path, `a catalog of at most ${MAX_ITEMS} Image endpoints`);
  return { endpoints, problems };
}

const MAX_URL_CHARACTERS = 2048;

function decodeEndpoint(value: JsonValue, path: string): CatalogEndpoint {
  const endpoint = decodeObject(value, path);
  const region = (key: string) => optional(decodeName, endpoint[key], `${path}.${key}`) || null;
  return {
    interface: decodeName(endpoint.interface, `${path}.interface`),
    // `region` is the deprecated name of `region_id`.
    region: region('region_id') ?? region('region'),
    url: decodeName(endpoint.url, `${path}.url`, MAX_URL_CHARACTERS),
  };
}

export interface EndpointRules {
  /** In order of preference. */
  readonly interfaces: readonly Interface[];
  /** The regions to use, in this order; null for all regions, sorted by name. */
  readonly regions: readonly string[] | null;
  /** Endpoints that are used instead of those of the catalog, by region. */
  readonly overrides: ReadonlyMap<string, Endpoint>;
  /** The region of endpoints that have none; `RegionOne`, as OpenStack's own default, when null. */
  readonly defaultRegion: string | null;
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
 * Selects one endpoint per region: that of the preferred interface. Where there are several, the first in the catalog that can be
 * used, as keystoneauth does. Endpoints without a region serve the default one, unless it has an endpoint of its own.
 */
export function selectEndpoints(catalog: readonly CatalogEndpoint[], rules: EndpointRules): SelectedEndpoints {
  const endpoints = new Map<string, Endpoint>();
  const problems: string[] = [];
  const defaultRegion = rules.defaultRegion ?? 'RegionOne';
  const isWanted = (region: string) =>
    !rules.overrides.has(region) && (rules.regions === null || rules.regions.includes(region));
  const candidates = ofPreferredInterface(catalog, rules.interfaces).filter(({ region }) =>
    isWanted(region ?? defaultRegion),
  );
  const named = candidates.filter(({ region }) => region !== null);
  const unnamed = candidates.filter(({ region }) => region === null);
  named.sort((a, b) => compare(a.region ?? '', b.region ?? ''));
  for (const { region, url } of [...named, ...unnamed]) {
    const name = region ?? defaultRegion;
    const endpoint = usableEndpoint(url, rules);
    const selected = endpoints.get(name);
    if (typeof endpoint === 'string') problems.push(`${name}: ${endpoint}`);
    else if (selected !== undefined && selected.url !== endpoint.url)
      problems.push(`${name}: ${secondProblem(region, url)}`);
    else if (selected === undefined && rules.regions === null && endpoints.size >= MAX_REGIONS)
      problems.push(`${name}: is more than the ${MAX_REGIONS}th region; it is not used`);
    else if (selected === undefined) endpoints.set(name, endpoint);
  }
  for (const [region, endpoint] of rules.overrides) endpoints.set(region, endpoint);
  return { endpoints: restrict(endpoints, rules.regions), problems };
}

/** The endpoints of each region that have the first of the interfaces found there. Those without a URL do not count, as in keystoneauth. */
function ofPreferredInterface(
  catalog: readonly CatalogEndpoint[],
  interfaces: readonly Interface[],
): readonly CatalogEndpoint[] {
  const found = new Set(catalog.filter(({ url }) => url !== '').map((entry) => `${entry.interface} ${entry.region}`));
  return catalog.filter((entry) => {
    const preferred = interfaces.find((name) => found.has(`${name} ${entry.region}`)) ?? interfaces[0];
    return entry.interface === preferred;
  });
}

/** Keystone replaces these, as in `https://cloud.example/%(project_id)s`, where it knows the value. */
const PLACEHOLDER = /[%$]\(\w+\)s/;

/** The endpoint, or why it is not used. */
function usableEndpoint(url: string, { isAllowed, allowHttp }: EndpointRules): Endpoint | string {
  if (PLACEHOLDER.test(url))
    return `"${maskCredentials(url)}" has a placeholder that Keystone did not replace; it is not used`;
  const endpoint = parseEndpoint(url);
  if (endpoint === null) return `"${maskCredentials(url)}" is not ${ENDPOINT_EXPECTED}; it is not used`;
  const { protocol, hostname } = new URL(endpoint.origin);
  const host = withoutFinalDot(hostname);
  const reasons = [
    ...(isAllowed(endpoint.origin)
      ? []
      : [["is not on a host of Keystone's own domain, nor allowed", `ENDPOINT_HOSTS has ${host}`] as const]),
    ...(allowHttp || protocol === 'https:'
      ? []
      : [['is not https, though Keystone is', 'ALLOW_HTTP_ENDPOINTS=1'] as const]),
  ];
  if (reasons.length === 0) return endpoint;
  const [causes, remedies] = [reasons.map(([cause]) => cause), reasons.map(([, remedy]) => remedy)];
  return `${url} ${causes.join(', and ')}; it is not used unless ${remedies.join(' and ')}`;
}

function secondProblem(region: string | null, url: string): string {
  return region === null
    ? `${url} belongs to no region, and this one has an endpoint of its own; it is not used`
    : `${url} is a second endpoint of the region; it is not used`;
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
