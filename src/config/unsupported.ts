/** Settings of OpenStack's clients that decide where or how tokens travel, and that have no effect here. Each gets a warning. */

/** Keys of `clouds.yaml`, and what happens instead. As variables they are in upper case, with `OS_`. */
export const UNSUPPORTED_KEYS: Readonly<Record<string, string>> = {
  cert: 'no client certificate is sent',
  key: 'no client certificate is sent',
  image_service_type: 'the endpoints of type image are used',
  image_service_name: 'the endpoints of type image are used',
  image_region_name: 'the region name is used',
  identity_endpoint_override: 'the auth URL is used',
  identity_endpoint: 'the auth URL is used',
};

/** Variables that clouds.yaml has no unsupported key for. */
const UNSUPPORTED_VARIABLES: Readonly<Record<string, string>> = {
  OS_IMAGE_INTERFACE: 'OS_INTERFACE is used',
  OS_IMAGE_ENDPOINT_TYPE: 'OS_INTERFACE is used',
  OS_IMAGE_URL: 'OS_IMAGE_ENDPOINT_OVERRIDE is used',
  OS_IMAGE_ENDPOINT: 'OS_IMAGE_ENDPOINT_OVERRIDE is used',
  OS_ENDPOINT: 'GLANCE_URL is used',
  OS_ENDPOINT_OVERRIDE: 'OS_IMAGE_ENDPOINT_OVERRIDE is used',
  OS_PREFER_IPV6: 'OS_FORCE_IPV4 is used',
};

export const IDENTITY_V2 = "version 2 of Keystone's API, which is not supported: version 3 is used";

/** Whether settings ask for version 2 of Keystone's API, which has other paths and tokens. */
export function asksForIdentityV2(version: unknown, authType: unknown): boolean {
  return /^v?2/.test(`${version ?? ''}`) || /^v2/.test(`${authType ?? ''}`);
}

/** @returns a warning for each unsupported variable that is set */
export function unsupportedVariables(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  const fromKeys = Object.entries(UNSUPPORTED_KEYS).map(
    ([key, reason]) => [`OS_${key.toUpperCase()}`, reason] as const,
  );
  const unsupported = [...fromKeys, ...Object.entries(UNSUPPORTED_VARIABLES)]
    .filter(([name]) => (env[name] ?? '') !== '')
    .map(([name, reason]) => `${name} is not supported: ${reason}`);
  return asksForIdentityV2(env.OS_IDENTITY_API_VERSION, env.OS_AUTH_TYPE)
    ? [...unsupported, `OS_IDENTITY_API_VERSION or OS_AUTH_TYPE asks for ${IDENTITY_V2}`]
    : unsupported;
}
