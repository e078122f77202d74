/** The same with Apollo Client. */
import { ApolloClient, CombinedGraphQLErrors, HttpLink, InMemoryCache } from '@apollo/client/core';
import { SetContextLink } from '@apollo/client/link/context';
import { graphql } from './generated/gql.js';

const QUOTAS = graphql(`
  query Quotas($region: ID) {
    info(region: $region) {
      usage {
        enabled
        quotas {
          name
          usage
          limit
          remaining
          unit
        }
      }
    }
  }
`);

export function createClient(url: string, token: () => string): ApolloClient {
  const authenticate = new SetContextLink(({ headers }) => ({ headers: { ...headers, 'X-Auth-Token': token() } }));
  return new ApolloClient({
    link: authenticate.concat(new HttpLink({ uri: url })),
    // `Info` has no id, so results of different queries are merged.
    cache: new InMemoryCache({ typePolicies: { Info: { merge: true } } }),
  });
}

/** The remaining space in MiB; null if there is no limit, or limits are not enforced. */
export async function spaceLeft(client: ApolloClient, region: string | null): Promise<number | null> {
  // `all` returns data and errors if some parts failed.
  const { data, error } = await client.query({ query: QUOTAS, variables: { region }, errorPolicy: 'all' });
  const usage = data?.info.usage;
  if (usage) return usage.quotas.find(({ name }) => name === 'image_size_total')?.remaining ?? null;
  if (!CombinedGraphQLErrors.is(error)) throw error ?? new Error('No response');
  const [first] = error.errors;
  // Glance before Yoga has no quotas.
  if (first?.extensions?.code === 'NOT_FOUND') return null;
  throw new Error(first?.message);
}
