/** The trusted documents of a manifest, which is read again when it changes. Loaded only where there is a manifest. */
import type { PersistedDocuments } from './config/config.ts';
import { readManifest } from './config/file-parsers.ts';
import { watchFile } from './config/watch-file.ts';
import type { Execute } from './graphql/execute.ts';
import { createDocumentResolver, type ResolveDocument } from './graphql/persisted-documents.ts';
import type { Logger } from './telemetry/logger.ts';

export interface TrustedDocumentsOptions extends PersistedDocuments {
  /** With an operation cache of its own. */
  readonly createExecute: () => Execute;
  readonly logger: Logger;
}

export interface TrustedDocuments {
  readonly execute: Execute;
  readonly resolveDocument: ResolveDocument;
  close(): void;
}

export function createTrustedDocuments(options: TrustedDocumentsOptions): TrustedDocuments {
  const { file, only, createExecute, logger } = options;
  let { byId } = options;
  let resolve = createDocumentResolver(byId, only);
  let execute = createExecute();
  let problem: string | null = null;

  function update(): void {
    try {
      const documents = readManifest(file);
      if (problem === null && isEqual(documents, byId)) return;
      byId = documents;
      resolve = createDocumentResolver(byId, only);
      // Operations that name a document are cached. Those in flight are stored in the former cache, which is not used any more.
      execute = createExecute();
      problem = null;
      logger.info({ documents: byId.size }, 'The manifest (PERSISTED_DOCUMENTS) was read again');
    } catch (err) {
      const message = String(err);
      if (message === problem) return;
      problem = message;
      logger.warn({ err }, "The manifest (PERSISTED_DOCUMENTS) can't be read; its last documents stay in use");
    }
  }

  return {
    execute: (operation, data) => execute(operation, data),
    resolveDocument: (given) => resolve(given),
    close: watchFile(file, update),
  };
}

function isEqual(a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>): boolean {
  return a.size === b.size && [...a].every(([id, text]) => b.get(id) === text);
}
