/** Decodes the settings of a cloud in `clouds.yaml` that decide where and how tokens travel. Its credentials are not used. */
import { ENDPOINT_EXPECTED, type Endpoint, parseEndpoint } from '../openstack/endpoint.ts';
import type { JsonObject, JsonValue } from '../openstack/json.ts';
import { INTERFACES, type Interface } from '../openstack/keystone/catalog.ts';
import { maskCredentials } from '../openstack/masking.ts';
import { type CloudSettings, invalid, mapAt } from './clouds-yaml.ts';
import { endpointInterface } from './parsers.ts';
import { asksForIdentityV2, IDENTITY_V2, UNSUPPORTED_KEYS } from './unsupported.ts';
import type { Variables } from './variables.ts';
import { CloudsYamlError } from './yaml-files.ts';

/** The settings that hold for all regions. */
export interface ConnectionSettings {
  /** Null for a cloud without Keystone. */
  readonly authEndpoint: Endpoint | null;
  /** In order of preference. */
  readonly interfaces: readonly Interface[];
  readonly caFile: string | null;
  readonly verify: boolean;
  readonly forceIpv4: boolean;
}

export interface CloudEntry extends ConnectionSettings {
  readonly file: string;
  /** The default region; null when the cloud names none. */
  readonly region: string | null;
  /** Null for all regions of the catalog. */
  readonly regions: readonly string[] | null;
  /** Image endpoints that are used instead of those of the catalog, by region. */
  readonly overrides: ReadonlyMap<string, Endpoint>;
  /** Messages for the operator. */
  readonly warnings: readonly string[];
}

/** The region of a cloud that names none. */
export const UNNAMED_REGION = 'RegionOne';

/** @param overriding the variables that override the file. @throws CloudsYamlError */
export function decodeCloud(
  cloud: CloudSettings,
  overriding: Pick<Variables, 'defaultRegion' | 'authEndpoint'>,
): CloudEntry {
  const names = cloud.regions?.map(({ name }) => name) ?? null;
  const region = overriding.defaultRegion ?? names?.[0] ?? textAt(cloud, cloud.settings, 'region_name');
  if (names !== null && region !== null && !names.includes(region)) {
    throw new CloudsYamlError(`OS_REGION_NAME is "${region}"; expected a region of ${cloud.file}: ${names.join(', ')}`);
  }
  const unlisted = { name: region ?? UNNAMED_REGION, settings: withRegion(cloud.settings, region) };
  const all = cloud.regions ?? [unlisted];
  const selected = all.find(({ name }) => name === region) ?? unlisted;
  const connection = decodeConnection(cloud, selected.settings, overriding.authEndpoint);
  const overrides = all.flatMap(({ name, settings }) => {
    const endpoint = imageEndpointOf(cloud, settings);
    return endpoint === null ? [] : [[name, endpoint] as const];
  });
  if (connection.authEndpoint === null && overrides.length < all.length) {
    throw invalid(
      cloud.file,
      `${cloud.path}.auth.endpoint`,
      'the URL of Glance, because its auth_type needs no Keystone',
    );
  }
  return {
    ...connection,
    file: cloud.file,
    region,
    regions: names ?? (overrides.length === 0 ? null : [unlisted.name]),
    overrides: new Map(overrides),
    warnings: [
      ...new Set(all.flatMap(({ settings }) => warningsOf(cloud, settings))),
      ...all.flatMap(({ name, settings }) =>
        differences(decodeConnection(cloud, settings, overriding.authEndpoint), connection).map(
          (key) =>
            `${cloud.file}: the region ${name} has another ${key}, which is not supported: that of ${selected.name} is used for all`,
        ),
      ),
    ],
  };
}

function withRegion(settings: JsonObject, region: string | null): JsonObject {
  return region === null ? settings : { ...settings, region_name: region };
}

function decodeConnection(
  cloud: CloudSettings,
  settings: JsonObject,
  authEndpoint: Endpoint | null,
): ConnectionSettings {
  const flag = (key: string) => booleanAt(cloud, settings, key);
  const caFile = textAt(cloud, settings, 'cacert');
  return {
    authEndpoint: authEndpoint ?? (needsKeystone(settings) ? authEndpointOf(cloud, settings) : null),
    interfaces: interfacesOf(cloud, settings),
    caFile: caFile && expand(caFile, settings),
    verify: flag('insecure') !== true && flag('verify') !== false,
    forceIpv4: (flag('force_ipv4') ?? forcesIpv4(cloud)) || flag('prefer_ipv6') === false,
  };
}

/** What `client` says for all clouds. */
function forcesIpv4({ file, client }: CloudSettings): boolean {
  const flag = (key: string) => booleanAt({ file, path: 'client' }, client, key);
  return (flag('force_ipv4') ?? flag('broken_ipv6')) === true || flag('prefer_ipv6') === false;
}

const KEY_NAMES: Readonly<Record<keyof ConnectionSettings, string>> = {
  authEndpoint: 'auth_url',
  interfaces: 'interface',
  caFile: 'cacert',
  verify: 'verify',
  forceIpv4: 'force_ipv4',
};

function differences(one: ConnectionSettings, other: ConnectionSettings): readonly string[] {
  const keys = ['authEndpoint', 'interfaces', 'caFile', 'verify', 'forceIpv4'] as const;
  return keys.filter((key) => JSON.stringify(one[key]) !== JSON.stringify(other[key])).map((key) => KEY_NAMES[key]);
}

/** The plugins of keystoneauth that have an endpoint of their own. An `auth_type` of null is `none`. */
function needsKeystone({ auth_type: type, auth_plugin: oldType }: JsonObject): boolean {
  const found = type === undefined ? oldType : type;
  return (
    found === undefined ||
    !['none', 'None', '', 'admin_token', 'token_endpoint', 'http_basic'].includes(String(found ?? ''))
  );
}

function authOf({ path, file }: CloudSettings, { auth }: JsonObject): JsonObject {
  return auth === undefined || auth === null ? {} : mapAt(auth, `${path}.auth`, file);
}

function authEndpointOf(cloud: CloudSettings, settings: JsonObject): Endpoint {
  const auth = authOf(cloud, settings);
  const key = auth.auth_url === undefined ? 'auth_url' : 'auth.auth_url';
  const url = endpointAt(cloud, settings, key, auth.auth_url ?? settings.auth_url);
  if (url !== null) return url;
  const { unknownProfile, file, path } = cloud;
  const hint = unknownProfile === null ? '' : `, which no clouds-public.yaml gives for the profile "${unknownProfile}"`;
  throw invalid(file, `${path}.auth.auth_url`, `the URL of Keystone${hint}`);
}

function imageEndpointOf(cloud: CloudSettings, settings: JsonObject): Endpoint | null {
  const override =
    endpointAt(cloud, settings, 'image_endpoint_override') ?? endpointAt(cloud, settings, 'image_endpoint');
  if (override !== null || needsKeystone(settings)) return override;
  const { endpoint, url } = authOf(cloud, settings);
  return endpointAt(cloud, settings, 'auth.endpoint', endpoint ?? url) ?? endpointAt(cloud, settings, 'endpoint');
}

/** Replaces `{region_name}` and other keys of the cloud with their values. */
function expand(text: string, settings: JsonObject): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => {
    const inner = settings[name];
    return typeof inner === 'string' || typeof inner === 'number' ? String(inner) : whole;
  });
}

function endpointAt(cloud: CloudSettings, settings: JsonObject, key: string, value = settings[key]): Endpoint | null {
  const text = textAt(cloud, { [key]: value ?? null }, key);
  if (text === null) return null;
  const expanded = expand(text, settings);
  // `%(project_id)s` is a template of keystoneauth, of which each token has its own value.
  const endpoint = /[{}]|%\(/.test(expanded) ? null : parseEndpoint(expanded);
  if (endpoint !== null) return endpoint;
  throw new CloudsYamlError(
    `${cloud.file}: ${cloud.path}.${key} is "${maskCredentials(text)}"; expected ${ENDPOINT_EXPECTED}`,
  );
}

function interfacesOf(cloud: CloudSettings, settings: JsonObject): readonly Interface[] {
  const keys = ['image_endpoint_type', 'image_interface', 'endpoint_type', 'interface'];
  const key = keys.find((name) => settings[name] !== undefined && settings[name] !== null);
  const value = key === undefined ? 'public' : settings[key];
  const wrong = (item: JsonValue | undefined) =>
    new CloudsYamlError(
      `${cloud.file}: ${cloud.path}.${key} is "${typeof item === 'string' ? item : JSON.stringify(item)}"; expected one of ${INTERFACES.join(', ')}, or a list of them`,
    );
  const list = Array.isArray(value) ? value : [value];
  if (list.length === 0) throw wrong(value);
  return list.map((item: JsonValue) => {
    const found = typeof item === 'string' ? endpointInterface.parse(item) : undefined;
    if (found === undefined) throw wrong(item);
    return found;
  });
}

/** Reads numbers as text, as openstacksdk does. An empty text is not set. */
function textAt({ file, path }: CloudSettings, settings: JsonObject, key: string): string | null {
  const value = settings[key];
  if (value === undefined || value === null || value === '') return null;
  if (typeof value === 'number') return String(value);
  if (typeof value !== 'string') throw invalid(file, `${path}.${key}`, 'a string');
  return value;
}

function booleanAt(
  { file, path }: Pick<CloudSettings, 'file' | 'path'>,
  settings: JsonObject,
  key: string,
): boolean | null {
  const value = settings[key];
  if (value === undefined || value === null) return null;
  const text = String(value).toLowerCase();
  if (text === 'true') return true;
  if (text === 'false') return false;
  throw invalid(file, `${path}.${key}`, 'true or false');
}

function warningsOf(cloud: CloudSettings, settings: JsonObject): readonly string[] {
  const { file, path, unknownProfile } = cloud;
  const unsupported = Object.entries(UNSUPPORTED_KEYS)
    .filter(([key]) => textAt(cloud, settings, key) !== null)
    .map(([key, reason]) => `${file}: ${path}.${key} is not supported: ${reason}`);
  const hasCredentials = Object.keys(authOf(cloud, settings)).some(
    (key) => !['auth_url', 'endpoint', 'url'].includes(key),
  );
  return [
    ...(hasCredentials ? [`The credentials in ${file} are not used: each caller sends its own token`] : []),
    ...unsupported,
    ...(asksForIdentityV2(settings.identity_api_version, settings.auth_type)
      ? [`${file}: ${path} asks for ${IDENTITY_V2}`]
      : []),
    ...(unknownProfile === null
      ? []
      : [`${file}: ${path}.profile is "${unknownProfile}", which is in no clouds-public.yaml; it is not used`]),
  ];
}
