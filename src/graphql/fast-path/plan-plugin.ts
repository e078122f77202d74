import { type ApolloServerPlugin, HeaderMap } from '@apollo/server';
import type { GraphQLSchema } from 'graphql';
import type { GatewayContext } from '../context.ts';
import { joinResponse } from './join-response.ts';
import type { PersistedQuery } from './operation-cache.ts';
import { planFor } from './plan.ts';

/**
 * Responds to an operation that was sent before from a plan. Operations without a plan, and those of which a call failed, are executed
 * with the results that arrived.
 */
export const createPlanPlugin = (schema: GraphQLSchema): ApolloServerPlugin<GatewayContext> => ({
  requestDidStart: async () => ({
    async responseForOperation({ document, operation, request, contextValue }) {
      const { data, operation: state } = contextValue;
      state.persistedQuery = persistedQueryOf(request.extensions?.persistedQuery, request.query);
      // Apollo's types do not say so, but an unknown operation name gets here.
      if (!operation || !state.isRepeated) return null;
      const plan = planFor(schema, document, operation, request.variables ?? {}, state.cost);
      state.plan = plan;
      const results = plan && (await data.fetchAll(plan.calls));
      const body = plan && results && joinResponse(plan, results);
      if (plan === null || body === null) return null;
      state.body = body;
      // The body is sent instead of this result.
      return { http: { headers: new HeaderMap() }, body: { kind: 'single', singleResult: { data: {} } } };
    },
  }),
});

function persistedQueryOf(extension: unknown, document: string | undefined): PersistedQuery | null {
  if (typeof extension !== 'object' || extension === null || !('sha256Hash' in extension)) return null;
  return { sha256: String(extension.sha256Hash), document: document ?? null };
}
