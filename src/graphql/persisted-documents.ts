/**
 * Trusted documents: requests name them by `documentId` or Apollo's `persistedQuery` extension instead of sending them. Loaded only
 * where there is a manifest.
 */
import { hash } from 'node:crypto';
import { isJsonObject } from '../openstack/json.ts';
import { UntrustedDocument } from './untrusted-document.ts';

/** The parameters of a request (GraphQL over HTTP). */
export interface RequestParameters {
  readonly query?: unknown;
  readonly documentId?: unknown;
  readonly extensions?: unknown;
  readonly [name: string]: unknown;
}

/**
 * Replaces a document's id by the document.
 *
 * @throws UntrustedDocument
 */
export type ResolveDocument = (given: RequestParameters) => RequestParameters;

/** @param only whether all other documents are rejected */
export function createDocumentResolver(byId: ReadonlyMap<string, string>, only: boolean): ResolveDocument {
  const byKey = indexDocuments(byId);
  const texts = new Set(byId.values());

  return (given) => {
    const id = idIn(given);
    const document = id === null ? undefined : byKey.get(withoutPrefix(id));
    if (document !== undefined) return withDocument(given, document);
    if (typeof given.documentId === 'string' || (only && id !== null && given.query === undefined)) {
      throw new UntrustedDocument('PERSISTED_QUERY_NOT_IN_LIST', 'There is no trusted document of this id.');
    }
    if (only && !(typeof given.query === 'string' && texts.has(given.query))) {
      throw new UntrustedDocument(
        'QUERY_NOT_IN_SAFELIST',
        'Only trusted documents are executed (PERSISTED_DOCUMENTS_ONLY=1).',
      );
    }
    return given;
  };
}

/** By id, and by the SHA-256 of the text: GraphQL over HTTP, "SHA256 Hex Document Identifier". An id in the manifest has precedence. */
function indexDocuments(byId: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  const byKey = new Map<string, string>();
  for (const text of byId.values()) byKey.set(hash('sha256', text), text);
  for (const [id, text] of byId) byKey.set(withoutPrefix(id), text);
  return byKey;
}

/** Manifests and Apollo's clients have hashes without a prefix. */
function withoutPrefix(id: string): string {
  return /^sha256:[0-9a-f]{64}$/.test(id) ? id.slice('sha256:'.length) : id;
}

function idIn({ documentId, extensions }: RequestParameters): string | null {
  if (typeof documentId === 'string') return documentId;
  const persistedQuery = isJsonObject(extensions) && extensions.persistedQuery;
  const sha256 = isJsonObject(persistedQuery) && persistedQuery.sha256Hash;
  return typeof sha256 === 'string' ? sha256 : null;
}

function withDocument({ documentId, extensions, ...rest }: RequestParameters, query: string): RequestParameters {
  // Apollo Server would compare the id with the document's SHA-256, which it need not be.
  const { persistedQuery, ...others } = isJsonObject(extensions) ? extensions : {};
  return { ...rest, query, extensions: others };
}
