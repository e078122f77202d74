/** Finds and reads the YAML and JSON files of OpenStack's clients, where and as openstacksdk does. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, type Tags, YAMLError } from 'yaml';
import { isJsonObject, type JsonObject, type JsonValue } from '../openstack/json.ts';

export interface YamlFile {
  readonly path: string;
  readonly content: JsonObject;
}

/** The message names the file, and the invalid key and the expected value. */
export class CloudsYamlError extends Error {
  override name = 'CloudsYamlError' as const;
}

/** The working directory, `/etc/openstack`, and between them the folders that platformdirs gives on Linux. */
export function searchFolders(env: Readonly<Record<string, string | undefined>>): readonly string[] {
  const { HOME, XDG_CONFIG_HOME, XDG_CONFIG_DIRS } = env;
  const parents = [XDG_CONFIG_HOME, HOME && join(HOME, '.config'), ...(XDG_CONFIG_DIRS || '/etc/xdg').split(':')];
  const folders = parents.flatMap((parent) => (parent ? [join(parent, 'openstack')] : []));
  return [...new Set(['.', ...folders, '/etc/openstack'])];
}

/** Reads the first file of this name that can be read. @throws CloudsYamlError */
export function findFile(name: string, folders: readonly string[]): YamlFile | null {
  for (const folder of folders) {
    for (const extension of ['yaml', 'yml', 'json']) {
      const file = readFile(join(folder, `${name}.${extension}`));
      if (file !== null) return file;
    }
  }
  return null;
}

/** @returns null when the file can't be read. @throws CloudsYamlError when it has no map */
export function readFile(path: string): YamlFile | null {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return null;
  }
  const content = parseFile(path, text) ?? {};
  if (!isJsonObject(content)) throw new CloudsYamlError(`${path} is wrong; expected a map`);
  return { path, content };
}

function parseFile(path: string, text: string): JsonValue {
  try {
    return path.endsWith('json') ? JSON.parse(text) : parse(text, YAML_OPTIONS);
  } catch (error) {
    throw new CloudsYamlError(`${path} can't be read as YAML${positionOf(error)}`);
  }
}

/** The parser's own message can quote a password. */
function positionOf(error: unknown): string {
  const [start] = (error instanceof YAMLError && error.linePos) || [];
  return start === undefined ? '' : ` (line ${start.line}, column ${start.col})`;
}

/** What PyYAML accepts: YAML 1.1 with merge keys and any number of aliases. The last of several equal keys counts. */
const YAML_OPTIONS = {
  version: '1.1',
  schema: 'yaml-1.1',
  merge: true,
  uniqueKeys: false,
  maxAliasCount: -1,
  logLevel: 'error',
  customTags: (tags: Tags): Tags => tags.map(asInPyYaml),
} as const;

/** Plain scalars that PyYAML reads as text, by what YAML 1.1 makes of them. They may be names of regions: `y`, `08`, `e1`, `1e3`. */
const TEXT_IN_PYYAML: Readonly<Record<string, string>> = {
  bool: '[YyNn]$',
  int: '[-+]?0[0-9_]*[89]',
  float: '[-+]?[^.]*[eE]|[^.]*\\.[^.]*[eE][0-9]',
};

function asInPyYaml(tag: Tags[number]): Tags[number] {
  if (typeof tag === 'string' || !('test' in tag) || !tag.test) return tag;
  const text = TEXT_IN_PYYAML[tag.tag.replace('tag:yaml.org,2002:', '')];
  return text === undefined ? tag : { ...tag, test: new RegExp(`(?!${text})${tag.test.source}`) };
}
