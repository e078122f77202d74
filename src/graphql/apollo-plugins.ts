/** Plugins of Apollo Server: the request's summary, stale results and internal errors. */
import type { ApolloServerPlugin } from '@apollo/server';
import { unwrapResolverError } from '@apollo/server/errors';
import {
  type DocumentNode,
  GraphQLError,
  type GraphQLFormattedError,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import type { GatewayContext } from './context.ts';
import { MAX_COST } from './field-costs.ts';
import { fragmentsOf } from './fragments.ts';
import { TOO_COSTLY } from './list-lengths.ts';

/** Enters the operation and its outcome in the request's summary. @param withQuery whether the text of the query is entered too */
export const createSummaryPlugin = (withQuery: boolean): ApolloServerPlugin<GatewayContext> => ({
  requestDidStart: async () => ({
    async willSendResponse({ contextValue, document, operation, response, source }) {
      if (response.body.kind !== 'single') return;
      const { summary } = contextValue.data;
      if (withQuery) summary.query = source ?? null;
      const { data, errors = [] } = response.body.singleResult;
      summary.operation = operation?.name?.value ?? null;
      summary.fields = document && operation ? fieldsOf(document, operation) : [];
      summary.codes = [...new Set(errors.map(({ extensions }) => String(extensions?.code)))];
      if (errors.length === 0) summary.outcome = 'ok';
      else summary.outcome = data ? 'partial' : 'failed';
    },
  }),
});

/** Lists stale results in the response's `extensions`. */
export const staleExtensionPlugin: ApolloServerPlugin<GatewayContext> = {
  requestDidStart: async () => ({
    async willSendResponse({ contextValue, response: { body } }) {
      const { stale } = contextValue.data.summary;
      if (body.kind === 'single' && stale.length > 0) body.singleResult.extensions = { stale };
    },
  }),
};

/** Logs internal errors: those without a code. */
export const errorReportingPlugin: ApolloServerPlugin<GatewayContext> = {
  requestDidStart: async () => ({
    async didEncounterErrors({ errors, contextValue }) {
      for (const error of errors) {
        if (error.extensions.code !== undefined || isRequestError(error)) continue;
        const original = unwrapResolverError(error);
        contextValue.reportError(original instanceof Error ? original : error);
      }
    },
  }),
};

/**
 * An error about a request that has no code: of Apollo Server, with a status, such as a wrong hash of a persisted query; or of graphql-js,
 * with neither a path nor a cause, such as too many errors in the variables.
 */
export function isRequestError(error: unknown): boolean {
  if (!(error instanceof GraphQLError) || error.extensions.code !== undefined) return false;
  return error.extensions.http !== undefined || (error.path === undefined && error.originalError === undefined);
}

/** The most errors of a response. The last one says how many more there are. */
const MAX_ERRORS = 100;

/** Replaces a response that costs too much by one error, and errors beyond the most by one that counts them. */
export const responseLimitPlugin: ApolloServerPlugin<GatewayContext> = {
  requestDidStart: async () => ({
    async willSendResponse({ contextValue: { operation }, response: { body } }) {
      if (body.kind !== 'single') return;
      const { singleResult } = body;
      if (operation.cost > MAX_COST) body.singleResult = { errors: [TOO_COSTLY.toJSON()] };
      else if (singleResult.errors) singleResult.errors = limitErrors(singleResult.errors);
    },
  }),
};

function limitErrors(errors: readonly GraphQLFormattedError[]): readonly GraphQLFormattedError[] {
  if (errors.length <= MAX_ERRORS) return errors;
  const listed = errors.slice(0, MAX_ERRORS - 1);
  const message = `${errors.length - listed.length} more errors are not listed.`;
  return [...listed, { message, extensions: { code: 'ERRORS_OMITTED' } }];
}

/** Two levels of a valid document have fewer fields without their aliases; the log line is bounded for all others. */
const MAX_FIELDS = 30;

/** `info.stores`, `imageRegions`, …: by the names of the schema, whatever their aliases and conditions. */
function fieldsOf(document: DocumentNode, operation: OperationDefinitionNode): readonly string[] {
  const fields = new Set<string>();
  const fragments = fragmentsOf(document);
  const spread = new Set<string>();

  function collect({ selections }: SelectionSetNode, prefix: string): void {
    for (const selection of selections) {
      if (fields.size >= MAX_FIELDS) return;
      if (selection.kind === Kind.INLINE_FRAGMENT) collect(selection.selectionSet, prefix);
      else if (selection.kind === Kind.FRAGMENT_SPREAD) collectFragment(selection.name.value, prefix);
      else if (prefix === '' && selection.name.value === 'info' && selection.selectionSet)
        collect(selection.selectionSet, 'info.');
      else fields.add(prefix + selection.name.value);
    }
  }

  function collectFragment(name: string, prefix: string): void {
    const fragment = fragments.get(name);
    if (fragment === undefined || spread.has(prefix + name)) return;
    spread.add(prefix + name);
    collect(fragment.selectionSet, prefix);
  }

  collect(operation.selectionSet, '');
  return [...fields];
}
