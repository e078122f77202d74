import type { ApolloServerPlugin } from '@apollo/server';
import { type DocumentNode, Kind, type OperationDefinitionNode, type SelectionSetNode } from 'graphql';
import type { GatewayContext } from './context.ts';

/** Two levels of a valid document have fewer names, aliases aside; a caller must not fill the log. */
const MAX_FIELDS = 30;
/** Below these a field is named with its parent. */
const PARENTS = new Set(['info']);

/** Fills in the report of a request that Apollo answers, with its text if that is wanted. */
export const createReporting = (withQuery: boolean): ApolloServerPlugin<GatewayContext> => ({
  requestDidStart: async () => ({
    async willSendResponse({ contextValue, document, operation, response, source }) {
      if (response.body.kind !== 'single') return;
      const { report } = contextValue.discovery;
      if (withQuery) report.query = source ?? null;
      const { data, errors = [] } = response.body.singleResult;
      report.operation = operation?.name?.value ?? null;
      report.fields = document && operation ? fieldsOf(document, operation) : [];
      report.codes = [...new Set(errors.map(({ extensions }) => String(extensions?.code)))];
      if (errors.length === 0) report.outcome = 'ok';
      else report.outcome = data ? 'partial' : 'failed';
    },
  }),
});

/** Says in the response's `extensions` which answers are older than they should be, as their upstream fails. */
export const staleNotice: ApolloServerPlugin<GatewayContext> = {
  requestDidStart: async () => ({
    async willSendResponse({ contextValue, response: { body } }) {
      const { stale } = contextValue.discovery.report;
      if (body.kind === 'single' && stale.length > 0) body.singleResult.extensions = { stale };
    },
  }),
};

/** `info.stores`, `imageRegions`, …: by the schema's names, whatever their aliases and conditions. */
export function fieldsOf(document: DocumentNode, operation: OperationDefinitionNode): readonly string[] {
  const fields = new Set<string>();
  const spread = new Set<string>();

  function collect({ selections }: SelectionSetNode, prefix: string): void {
    for (const selection of selections) {
      if (fields.size >= MAX_FIELDS) return;
      if (selection.kind === Kind.INLINE_FRAGMENT) collect(selection.selectionSet, prefix);
      else if (selection.kind === Kind.FRAGMENT_SPREAD) collectFragment(selection.name.value, prefix);
      else if (prefix === '' && PARENTS.has(selection.name.value) && selection.selectionSet)
        collect(selection.selectionSet, `${selection.name.value}.`);
      else fields.add(prefix + selection.name.value);
    }
  }

  function collectFragment(name: string, prefix: string): void {
    if (spread.has(prefix + name)) return;
    spread.add(prefix + name);
    for (const definition of document.definitions) {
      if (definition.kind === Kind.FRAGMENT_DEFINITION && definition.name.value === name)
        collect(definition.selectionSet, prefix);
    }
  }

  collect(operation.selectionSet, '');
  return [...fields];
}
