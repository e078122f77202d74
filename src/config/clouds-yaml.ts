/**
 * `clouds.yaml`, as OpenStack's own clients find and read it: where a cloud is and how to reach it. The credentials that it
 * holds are not used: each caller brings a token of its own.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { isJsonObject, type JsonObject, type JsonValue } from '../upstream/json.ts';

/** What is taken of a cloud's entry. Null where it says nothing. */
export interface CloudEntry {
  readonly file: string;
  readonly authUrl: string;
  readonly region: string | null;
  readonly regions: readonly string[] | null;
  readonly interface: string | null;
  readonly caFile: string | null;
  readonly verify: boolean;
  readonly hasCredentials: boolean;
}

/** Says which name is wrong, and what is accepted. */
export class CloudsYamlError extends Error {
  override name = 'CloudsYamlError' as const;
}

export interface SearchPlaces {
  /** `OS_CLIENT_CONFIG_FILE`: looked at alone when given. */
  readonly file: string | null;
  readonly home: string | null;
  readonly configHome: string | null;
}

/** @throws CloudsYamlError */
export function loadCloud(name: string, places: SearchPlaces): CloudEntry {
  const file = findFile(places);
  const clouds = readClouds(file);
  const entry = clouds[name];
  if (entry === undefined) {
    const known = Object.keys(clouds);
    throw new CloudsYamlError(
      `OS_CLOUD is "${name}"; accepted is a cloud of ${file}: ${known.join(', ') || 'it has none'}`,
    );
  }
  return decodeCloud(entry, `clouds.${name}`, file);
}

function findFile({ file, home, configHome }: SearchPlaces): string {
  if (file !== null) {
    if (existsSync(file)) return file;
    throw new CloudsYamlError(`OS_CLIENT_CONFIG_FILE is "${file}"; accepted is the path of a readable clouds.yaml`);
  }
  const userFolder = configHome ?? (home === null ? null : join(home, '.config'));
  const folders = ['.', ...(userFolder === null ? [] : [join(userFolder, 'openstack')]), '/etc/openstack'];
  const candidates = folders.flatMap((folder) =>
    ['yaml', 'yml', 'json'].map((ending) => join(folder, `clouds.${ending}`)),
  );
  const found = candidates.find((candidate) => existsSync(candidate));
  if (found === undefined) {
    throw new CloudsYamlError(
      `OS_CLOUD needs a clouds.yaml in one of ${folders.join(', ')}, or OS_CLIENT_CONFIG_FILE to name it`,
    );
  }
  return found;
}

function readClouds(file: string): JsonObject {
  let content: JsonValue;
  try {
    content = parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new CloudsYamlError(`${file} can't be read as YAML: ${firstLine(error)}`);
  }
  return mapAt(isJsonObject(content) ? content.clouds : undefined, 'clouds', file);
}

const firstLine = (error: unknown) => (error instanceof Error ? error.message : String(error)).split('\n', 1)[0];

function decodeCloud(entry: JsonValue, path: string, file: string): CloudEntry {
  const cloud = mapAt(entry, path, file);
  const auth = mapAt(cloud.auth, `${path}.auth`, file);
  const authUrl = textAt(auth.auth_url, `${path}.auth.auth_url`, file);
  if (authUrl === null) throw wrong(file, `${path}.auth.auth_url`, 'the URL of Keystone');
  return {
    file,
    authUrl,
    region: textAt(cloud.region_name, `${path}.region_name`, file),
    regions: regionsAt(cloud.regions, `${path}.regions`, file),
    interface: textAt(cloud.interface, `${path}.interface`, file),
    caFile: textAt(cloud.cacert, `${path}.cacert`, file),
    verify: flagAt(cloud.verify, `${path}.verify`, file),
    hasCredentials: Object.keys(auth).some((key) => key !== 'auth_url'),
  };
}

function wrong(file: string, path: string, accepted: string): CloudsYamlError {
  return new CloudsYamlError(`${file}: ${path} is wrong; accepted is ${accepted}`);
}

function mapAt(value: JsonValue | undefined, path: string, file: string): JsonObject {
  if (!isJsonObject(value)) throw wrong(file, path, 'a map');
  return value;
}

function textAt(value: JsonValue | undefined, path: string, file: string): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value !== 'string' || value === '') throw wrong(file, path, 'a text');
  return value;
}

function flagAt(value: JsonValue | undefined, path: string, file: string): boolean {
  if (value === undefined || value === null) return true;
  if (typeof value !== 'boolean') throw wrong(file, path, 'true or false');
  return value;
}

/** A list of names, or of maps with a `name`, whose other values are ways to reach it that are not taken. */
function regionsAt(value: JsonValue | undefined, path: string, file: string): readonly string[] | null {
  if (value === undefined || value === null) return null;
  if (!Array.isArray(value) || value.length === 0) throw wrong(file, path, 'a list of region names');
  return value.map((item: JsonValue) => {
    const name = isJsonObject(item) ? item.name : item;
    if (typeof name !== 'string') throw wrong(file, path, 'a list of region names');
    return name;
  });
}
