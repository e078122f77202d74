/** Where the regions and their endpoints come from: variables, `clouds.yaml`, or the catalog of each caller. */
import type { Endpoint } from '../openstack/endpoint.ts';
import type { EndpointRules, Interface } from '../openstack/keystone/catalog.ts';
import { type CloudEntry, UNNAMED_REGION } from './cloud-settings.ts';
import type { Variables } from './variables.ts';

export type CloudSource =
  | { readonly kind: 'sandbox' }
  /** The same endpoints for all callers, by region. */
  | { readonly kind: 'endpoints'; readonly endpoints: ReadonlyMap<string, Endpoint> }
  /** The service catalog of each caller's token. */
  | (Pick<EndpointRules, 'interfaces' | 'regions' | 'overrides' | 'allowHttp'> & {
      readonly kind: 'catalog';
      readonly authEndpoint: Endpoint;
      /** The allowed hosts in addition to Keystone's own; null for all hosts of its registered domain. */
      readonly endpointHosts: readonly string[] | null;
    });

export const SOURCE_VARIABLES = ['GLANCE_URL', 'GLANCE_ENDPOINTS', 'OS_AUTH_URL', 'OS_CLOUD'] as const;

/** @param cloud of `OS_CLOUD`; null when that is not set */
export function selectSource(variables: Variables, cloud: CloudEntry | null): CloudSource {
  const { glanceEndpoint, glanceEndpoints, imageOverride } = variables;
  const region = variables.defaultRegion ?? cloud?.region ?? UNNAMED_REGION;
  if (glanceEndpoint !== null) return { kind: 'endpoints', endpoints: new Map([[region, glanceEndpoint]]) };
  if (glanceEndpoints !== null) return { kind: 'endpoints', endpoints: glanceEndpoints };
  const authEndpoint = variables.authEndpoint ?? cloud?.authEndpoint ?? null;
  if (authEndpoint === null && cloud === null) return { kind: 'sandbox' };
  const regions = cloud?.regions ?? (imageOverride === null ? null : [region]);
  const overrides =
    imageOverride === null
      ? (cloud?.overrides ?? new Map<string, Endpoint>())
      : new Map((regions ?? []).map((name) => [name, imageOverride]));
  if (authEndpoint === null) return { kind: 'endpoints', endpoints: overrides };
  return {
    kind: 'catalog',
    authEndpoint,
    interfaces: interfacesOf(variables) ?? cloud?.interfaces ?? ['public'],
    regions,
    overrides,
    endpointHosts: variables.endpointHosts,
    allowHttp: variables.allowHttp || authEndpoint.origin.startsWith('http:'),
  };
}

function interfacesOf({ interface: name, endpointType }: Variables): readonly Interface[] | null {
  const found = name ?? endpointType;
  return found === null ? null : [found];
}
