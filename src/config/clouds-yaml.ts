/**
 * Finds and reads `clouds.yaml` as OpenStack's clients do: the location of a cloud and how to connect to it. Its credentials are not
 * used, as each caller sends a token.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, YAMLError } from 'yaml';
import { isJsonObject, type JsonObject, type JsonValue } from '../openstack/json.ts';

/** The settings of a cloud that the gateway uses. A missing setting is null. */
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

/** The message names the invalid key and the expected value. */
export class CloudsYamlError extends Error {
  override name = 'CloudsYamlError' as const;
}

/** Where `clouds.yaml` is searched. */
export interface SearchPaths {
  /** `OS_CLIENT_CONFIG_FILE`. When it is set, no other file is searched. */
  readonly file: string | null;
  readonly home: string | null;
  readonly configHome: string | null;
}

/** @throws CloudsYamlError */
export function loadCloud(name: string, paths: SearchPaths): CloudEntry {
  const file = findFile(paths);
  const clouds = readClouds(file);
  const entry = clouds[name];
  if (entry === undefined) {
    const known = Object.keys(clouds);
    throw new CloudsYamlError(
      `OS_CLOUD is "${name}"; expected a cloud in ${file}: ${known.join(', ') || 'it has none'}`,
    );
  }
  return decodeCloud(entry, `clouds.${name}`, file);
}

function findFile({ file, home, configHome }: SearchPaths): string {
  if (file !== null) {
    if (existsSync(file)) return file;
    throw new CloudsYamlError(`OS_CLIENT_CONFIG_FILE is "${file}"; expected the path of a readable clouds.yaml`);
  }
  const userFolder = configHome ?? (home === null ? null : join(home, '.config'));
  const folders = ['.', ...(userFolder === null ? [] : [join(userFolder, 'openstack')]), '/etc/openstack'];
  const candidates = folders.flatMap((folder) =>
    ['yaml', 'yml', 'json'].map((extension) => join(folder, `clouds.${extension}`)),
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
    content = parse(readFileSync(file, 'utf8'), { logLevel: 'error' });
  } catch (error) {
    throw new CloudsYamlError(`${file} can't be read as YAML${positionOf(error)}`);
  }
  return mapAt(isJsonObject(content) ? content.clouds : undefined, 'clouds', file);
}

/** The parser's own message can quote a password. */
function positionOf(error: unknown): string {
  const [start] = (error instanceof YAMLError && error.linePos) || [];
  return start === undefined ? '' : ` (line ${start.line}, column ${start.col})`;
}

function decodeCloud(entry: JsonValue, path: string, file: string): CloudEntry {
  const cloud = mapAt(entry, path, file);
  const auth = mapAt(cloud.auth, `${path}.auth`, file);
  const authUrl = stringAt(auth.auth_url, `${path}.auth.auth_url`, file);
  if (authUrl === null) throw invalid(file, `${path}.auth.auth_url`, 'the URL of Keystone');
  return {
    file,
    authUrl,
    region: stringAt(cloud.region_name, `${path}.region_name`, file),
    regions: regionsAt(cloud.regions, `${path}.regions`, file),
    interface: stringAt(cloud.interface, `${path}.interface`, file),
    caFile: stringAt(cloud.cacert, `${path}.cacert`, file),
    verify: booleanAt(cloud.verify, `${path}.verify`, file),
    hasCredentials: Object.keys(auth).some((key) => key !== 'auth_url'),
  };
}

function invalid(file: string, path: string, expected: string): CloudsYamlError {
  return new CloudsYamlError(`${file}: ${path} is wrong; expected ${expected}`);
}

function mapAt(value: JsonValue | undefined, path: string, file: string): JsonObject {
  if (!isJsonObject(value)) throw invalid(file, path, 'a map');
  return value;
}

function stringAt(value: JsonValue | undefined, path: string, file: string): string | null {
  if (value === undefined || value === null) return null;
  if (typeof value !== 'string' || value === '') throw invalid(file, path, 'a string');
  return value;
}

function booleanAt(value: JsonValue | undefined, path: string, file: string): boolean {
  if (value === undefined || value === null) return true;
  if (typeof value !== 'boolean') throw invalid(file, path, 'true or false');
  return value;
}

/** Accepts a list of names, or of maps with a `name`. The other keys of these maps are ignored. */
function regionsAt(value: JsonValue | undefined, path: string, file: string): readonly string[] | null {
  if (value === undefined || value === null) return null;
  if (!Array.isArray(value) || value.length === 0) throw invalid(file, path, 'a list of region names');
  return value.map((item: JsonValue) => {
    const name = isJsonObject(item) ? item.name : item;
    if (typeof name !== 'string') throw invalid(file, path, 'a list of region names');
    return name;
  });
}
