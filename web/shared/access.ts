/** Who the token belongs to, and the regions that it gives access to. */
import { graphql } from '../generated/gql.ts';
import type { AccessQuery } from '../generated/graphql.ts';
import { type QueryState, useQuery } from './use-query.ts';

const ACCESS = graphql(`
  query Access {
    imageAccess {
      scope
      projectId
      projectName
      roles
      expiresAt
      accessRules {
        service
        method
        path
      }
    }
    imageRegions {
      id
    }
  }
`);

export type Access = NonNullable<AccessQuery['imageAccess']>;
export type AccessState = QueryState<AccessQuery>;

export function useAccess(refreshes: number): AccessState {
  return useQuery(ACCESS, {}, refreshes);
}
