/** Trusted documents: requests name them by `documentId` or Apollo's `persistedQuery` extension instead of sending them. */

export interface PersistedDocuments {
  readonly byId: ReadonlyMap<string, string>;
  /** Whether all other documents are rejected. */
  readonly only: boolean;
}

/** The parameters of a request (GraphQL over HTTP). */
export interface RequestParameters {
  readonly query?: unknown;
  readonly documentId?: unknown;
  readonly extensions?: unknown;
  readonly [name: string]: unknown;
}

/** A document that is not among the trusted ones. */
export class UntrustedDocument extends Error {
  override name = 'UntrustedDocument' as const;
  readonly statusCode = 400;
  readonly code: 'PERSISTED_QUERY_NOT_IN_LIST' | 'QUERY_NOT_IN_SAFELIST';

  constructor(code: UntrustedDocument['code'], message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * Replaces a document's id by the document.
 *
 * @throws UntrustedDocument
 */
export function createDocumentResolver({
  byId,
  only,
}: PersistedDocuments): (given: RequestParameters) => RequestParameters {
  const texts = new Set(byId.values());

  return (given) => {
    const id = idIn(given);
    const document = id === null ? undefined : byId.get(id);
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

function idIn({ documentId, extensions }: RequestParameters): string | null {
  if (typeof documentId === 'string') return documentId;
  const hash = isObject(extensions) && isObject(extensions.persistedQuery) && extensions.persistedQuery.sha256Hash;
  return typeof hash === 'string' ? hash : null;
}

function withDocument({ documentId, extensions, ...rest }: RequestParameters, query: string): RequestParameters {
  // Apollo Server would compare the id with the document's SHA-256, which it need not be.
  const { persistedQuery, ...others } = isObject(extensions) ? extensions : {};
  return { ...rest, query, extensions: others };
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
