/** The same with urql. GraphQL Code Generator makes the types. */
import { Client, fetchExchange } from '@urql/core';
import { graphql } from './generated/gql.js';

const IMAGE_OPTIONS = graphql(`
  query ImageOptions {
    info {
      importMethods {
        value
      }
      stores {
        id
        default
        readOnly
      }
      usage {
        imageSizeTotal {
          usage
          limit
          remaining
          unit
        }
      }
    }
  }
`);

export function createClient(url: string, token: () => string): Client {
  return new Client({
    url,
    exchanges: [fetchExchange],
    // GET requests need a CSRF header; POST requests do not.
    preferGetMethod: false,
    fetchOptions: () => ({ headers: { 'X-Auth-Token': token() } }),
  });
}

/** The stores that accept new images; empty if the cloud has a single store. */
export async function writableStores(client: Client): Promise<readonly string[]> {
  const { data, error } = await client.query(IMAGE_OPTIONS, {});
  if (error?.networkError) throw error.networkError;
  const stores = data?.info.stores;
  if (stores) return stores.filter(({ readOnly }) => !readOnly).map(({ id }) => id);
  const failure = error?.graphQLErrors.find(({ path }) => path?.[1] === 'stores');
  if (failure?.extensions.code === 'NOT_FOUND') return [];
  throw new Error(failure?.message);
}
