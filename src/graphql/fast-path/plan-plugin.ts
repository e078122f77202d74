import type { ApolloServerPlugin } from '@apollo/server';
import type { GraphQLSchema } from 'graphql';
import type { GatewayContext } from '../context.ts';
import type { PersistedQuery } from './operation-cache.ts';
import { planFor } from './plan.ts';

/** Plans an operation that was sent before, and notes the persisted query that it names or registers. */
export const createPlanPlugin = (schema: GraphQLSchema): ApolloServerPlugin<GatewayContext> => ({
  requestDidStart: async () => ({
    // Called after validation and `didResolveOperation`, which estimates the cost.
    async responseForOperation({ document, operation, request, contextValue: { operation: state } }) {
      state.persistedQuery = persistedQueryOf(request.extensions?.persistedQuery, request.query);
      // Apollo's types do not say so, but an unknown operation name gets here.
      if (operation && state.isRepeated) {
        state.plan = planFor(schema, document, operation, request.variables ?? {}, state.cost);
      }
      return null;
    },
  }),
});

function persistedQueryOf(extension: unknown, document: string | undefined): PersistedQuery | null {
  if (typeof extension !== 'object' || extension === null || !('sha256Hash' in extension)) return null;
  return { sha256: String(extension.sha256Hash), document: document ?? null };
}
