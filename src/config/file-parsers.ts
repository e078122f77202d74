/** Parsers of variables that name files. */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { getCACertificates } from 'node:tls';
import { isJsonObject, type JsonValue, parseJson } from '../openstack/json.ts';
import { cacheUrl, matching, type Parser } from './parsers.ts';

export const path: Parser<string> = { ...matching(/^[^\p{Cc}]+$/u, 'a path'), isPath: true };

/** A manifest of persisted documents. */
export interface Manifest {
  readonly file: string;
  readonly byId: ReadonlyMap<string, string>;
}

const MANIFESTS =
  'Apollo’s manifest ({"format": "apollo-persisted-query-manifest", "operations": [{"id", "body"}]}) or Relay’s ({"id": "document"})';

export const manifest = fileParser<Manifest>(`the path of a JSON file: ${MANIFESTS}`, (file) => ({
  file,
  byId: readManifest(file),
}));

/** The default certificates of this process and those of the file: the option `ca` of a TLS connection replaces the default. */
export const certificateFile = fileParser<readonly string[]>(
  'the path of a readable file with certificates in PEM',
  (file) => {
    const pem = readFileSync(file, 'utf8');
    new X509Certificate(pem);
    return [...getCACertificates('default'), pem];
  },
);

/** The URL in the file. Spaces and line breaks around it are ignored. */
export const cacheUrlFile = fileParser<string>(
  `the path of a readable file that contains ${cacheUrl.expected}`,
  (file) => cacheUrl.parse(readFileSync(file, 'utf8').trim()),
);

/** @param read returns undefined or throws an error for a file that is not the expected one */
function fileParser<T>(expected: string, read: (file: string) => T | undefined): Parser<T> {
  return {
    expected,
    parse(file) {
      try {
        return read(file);
      } catch {
        return undefined;
      }
    },
    isPath: true,
  };
}

/** Replaces a leading `~` with the home directory. Without one, returns the path unchanged. */
export function expandHome(text: string, home: string | undefined): string {
  return home !== undefined && /^~(\/|$)/.test(text) ? join(home, text.slice(1)) : text;
}

/** @returns its documents by id. @throws Error for a file that can't be read, or is not a manifest */
export function readManifest(file: string): ReadonlyMap<string, string> {
  const content = parseJson(readFileSync(file, 'utf8'));
  const documents = new Map<string, string>();
  for (const [id, document] of entriesOf(content)) {
    if (typeof id !== 'string' || typeof document !== 'string') throw new Error(`${file} is not ${MANIFESTS}`);
    documents.set(id, document);
  }
  if (documents.size === 0) throw new Error(`${file} has no documents; expected ${MANIFESTS}`);
  return documents;
}

function entriesOf(content: JsonValue): readonly (readonly [JsonValue | undefined, JsonValue | undefined])[] {
  if (!isJsonObject(content)) return [];
  return content.format === 'apollo-persisted-query-manifest'
    ? apolloOperations(content.operations)
    : Object.entries(content);
}

function apolloOperations(
  operations: JsonValue | undefined,
): (readonly [JsonValue | undefined, JsonValue | undefined])[] {
  if (!Array.isArray(operations)) return [];
  return operations.map((operation: JsonValue) =>
    isJsonObject(operation) ? [operation.id, operation.body] : [null, null],
  );
}
