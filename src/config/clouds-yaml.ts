/**
 * Merges `clouds.yaml`, `secure.yaml` and `clouds-public.yaml` as openstacksdk does (`openstack/config/loader.py`). No npm package is
 * used: those for OpenStack take their settings in code, and none knows profiles, regions or `secure.yaml`.
 */
import { isJsonObject, type JsonObject, type JsonValue } from '../openstack/json.ts';
import type { Variables } from './variables.ts';
import { CloudsYamlError, findFile, readFile, searchFolders, type YamlFile } from './yaml-files.ts';

/** A cloud merged with its profile and its secrets. Keys have `_` for `-`. */
export interface CloudSettings {
  /** The file that has the cloud, and the path of the cloud in it, for messages. */
  readonly file: string;
  readonly path: string;
  readonly settings: JsonObject;
  /** Null when the cloud lists no regions. */
  readonly regions: readonly RegionSettings[] | null;
  /** The settings for all clouds. */
  readonly client: JsonObject;
  /** The profile of the cloud when no `clouds-public.yaml` has it. */
  readonly unknownProfile: string | null;
}

export interface RegionSettings {
  readonly name: string;
  /** The settings of the cloud with those of the region. */
  readonly settings: JsonObject;
}

/**
 * @param env `HOME`, `XDG_CONFIG_HOME` and `XDG_CONFIG_DIRS` in it give the folders to search for a file that no variable names
 * @throws CloudsYamlError
 */
export function loadCloud(
  name: string,
  { cloudsFile, secureFile }: Pick<Variables, 'cloudsFile' | 'secureFile'>,
  env: Readonly<Record<string, string | undefined>>,
): CloudSettings {
  const folders = searchFolders(env);
  const main = readNamed('OS_CLIENT_CONFIG_FILE', cloudsFile) ?? findFile('clouds', folders);
  const secure = readNamed('OS_CLIENT_SECURE_FILE', secureFile) ?? findFile('secure', folders);
  const file = (main ?? secure)?.path;
  if (file === undefined) {
    const places = folders.join(', ');
    throw new CloudsYamlError(`OS_CLOUD needs a clouds.yaml in one of ${places}, or OS_CLIENT_CONFIG_FILE to name it`);
  }
  const { clouds, client } = mergeDeep(main?.content ?? {}, secure?.content ?? {});
  const entries = mapAt(clouds, 'clouds', file);
  if (!Object.hasOwn(entries, name)) {
    const known = Object.keys(entries).join(', ') || 'it has none';
    throw new CloudsYamlError(`OS_CLOUD is "${name}"; expected a cloud in ${file}: ${known}`);
  }
  const path = `clouds.${name}`;
  const own = normalizeKeys(mapAt(entries[name], path, file));
  const profileName = own.profile ?? own.cloud ?? null;
  const profile = profileName === null ? {} : findProfile(String(profileName), folders);
  const settings = mergeCloud(profile ?? {}, own);
  const listed = regionsOf(own);
  return {
    file,
    path,
    settings,
    regions: decodeRegions(listed === undefined ? regionsOf(settings) : listed, settings, `${path}.regions`, file),
    client: isJsonObject(client) ? normalizeKeys(client) : {},
    unknownProfile: profile === null ? String(profileName) : null,
  };
}

function readNamed(variable: string, path: string | null): YamlFile | null {
  if (path === null) return null;
  const file = readFile(path);
  if (file === null) throw new CloudsYamlError(`${variable} is "${path}"; expected the path of a readable file`);
  return file;
}

/** openstacksdk also has profiles of its own, and fetches those that are URLs. The gateway does neither. */
function findProfile(name: string, folders: readonly string[]): JsonObject | null {
  const profiles = findFile('clouds-public', folders)?.content['public-clouds'];
  const profile = isJsonObject(profiles) && Object.hasOwn(profiles, name) ? profiles[name] : null;
  return isJsonObject(profile) ? normalizeKeys(profile) : null;
}

/** `regions`, or the deprecated list in `region_name`. Null for a single `region_name`, undefined when there is neither. */
function regionsOf({ regions, region_name: name }: JsonObject): JsonValue | undefined {
  if (regions !== undefined && regions !== null) return regions;
  if (typeof name === 'string' && name.includes(',')) return name.split(',').map((part) => part.trim());
  return name === undefined || Array.isArray(name) ? name : null;
}

const REGIONS_EXPECTED = 'a list of names, or of maps with the keys name and values';

function decodeRegions(
  value: JsonValue | undefined,
  settings: JsonObject,
  path: string,
  file: string,
): readonly RegionSettings[] | null {
  if (value === undefined || value === null) return null;
  if (!Array.isArray(value)) throw invalid(file, path, REGIONS_EXPECTED);
  if (value.length === 0) return null;
  return value.map((item: JsonValue) => {
    const { name = null, values = null, ...others } = isJsonObject(item) ? item : { name: item };
    const isValid = (typeof name === 'string' || typeof name === 'number') && Object.keys(others).length === 0;
    if (!isValid) throw invalid(file, path, REGIONS_EXPECTED);
    const own = values === null ? {} : withoutNulls(normalizeKeys(mapAt(values, `${path}.values`, file)));
    return { name: String(name), settings: { ...mergeCloud(settings, own), region_name: String(name) } };
  });
}

function normalizeKeys(value: JsonObject): JsonObject {
  const entries = Object.entries(value).map(([key, inner]) => {
    return [key.replaceAll('-', '_'), isJsonObject(inner) ? normalizeKeys(inner) : inner] as const;
  });
  return Object.fromEntries(entries);
}

const withoutNulls = (value: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(value).filter(([, inner]) => inner !== null));

function mergeDeep(base: JsonObject, over: JsonObject): JsonObject {
  const merged = Object.entries(over).map(([key, value]) => {
    const old = base[key];
    return [key, isJsonObject(old) && isJsonObject(value) ? mergeDeep(old, value) : value] as const;
  });
  return { ...base, ...Object.fromEntries(merged) };
}

/** Only `auth` is merged. Everything else is replaced. */
function mergeCloud(base: JsonObject, over: JsonObject): JsonObject {
  if (!isJsonObject(base.auth) || !isJsonObject(over.auth)) return { ...base, ...over };
  return { ...base, ...over, auth: { ...base.auth, ...over.auth } };
}

export function invalid(file: string, path: string, expected: string): CloudsYamlError {
  return new CloudsYamlError(`${file}: ${path} is wrong; expected ${expected}`);
}

export function mapAt(value: JsonValue | undefined, path: string, file: string): JsonObject {
  if (!isJsonObject(value)) throw invalid(file, path, 'a map');
  return value;
}
