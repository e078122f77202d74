/** The page's urql client. */
import { Client, fetchExchange } from 'urql';

export function createClient(token: string): Client {
  return new Client({
    url: '/graphql',
    // No cache exchange: the gateway caches.
    exchanges: [fetchExchange],
    preferGetMethod: false,
    fetchOptions: { headers: token === '' ? {} : { 'X-Auth-Token': token } },
  });
}
