/** How the page asks the gateway: with urql, as any app might. */
import { Client, fetchExchange } from 'urql';

export function createClient(token: string): Client {
  return new Client({
    url: '/graphql',
    // The gateway keeps answers for as long as they serve; the page asks whenever it is told to.
    exchanges: [fetchExchange],
    preferGetMethod: false,
    fetchOptions: { headers: token === '' ? {} : { 'X-Auth-Token': token } },
  });
}
