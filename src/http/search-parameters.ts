/** The parameters of a GET request, as Apollo Server expects them. */
import type { ResolveDocument } from '../graphql/persisted-documents.ts';

const OPTIONAL = ['documentId', 'operationName', 'variables', 'extensions'];

/** @param resolve replaces the id of a trusted document; null where there are none */
export function toSearch(search: string, resolve: ResolveDocument | null): string {
  const parameters = new URLSearchParams(search);
  dropEmpty(parameters);
  if (resolve !== null) resolveDocument(parameters, resolve);
  return `?${parameters}`;
}

/** GraphQL over HTTP, "GET": "the empty string for optional request parameters is equivalent to not specifying them at all". */
function dropEmpty(parameters: URLSearchParams): void {
  for (const name of OPTIONAL) if (parameters.getAll(name).every((value) => value === '')) parameters.delete(name);
}

/** `extensions` is JSON; Apollo Server rejects what is not. */
function resolveDocument(parameters: URLSearchParams, resolve: ResolveDocument): void {
  let extensions: unknown;
  try {
    extensions = JSON.parse(parameters.get('extensions') ?? '{}');
  } catch {
    return;
  }
  const sent = Object.fromEntries(parameters);
  const resolved = resolve({ ...sent, extensions });
  if (resolved.query === sent.query) return;
  parameters.delete('documentId');
  parameters.set('query', String(resolved.query));
  parameters.set('extensions', JSON.stringify(resolved.extensions));
}
