import { createContext, useContext, useEffect, useState } from 'react';
import type { TypedDocumentString } from '../generated/graphql.ts';
import { type GatewayError, type GatewayResponse, send } from './gateway.ts';

/** The token that requests are sent with; empty for none. */
export const TokenContext = createContext('');

export interface QueryState<Data> {
  /** Null until the first response. */
  readonly response: GatewayResponse<Data> | null;
  readonly isFetching: boolean;
  /** Why the response is an earlier one: the last refresh failed. Null when it is not. */
  readonly staleBecause: GatewayError | null;
}

interface Settled<Data> extends Omit<QueryState<Data>, 'isFetching'> {
  /** The last request that got a response: its refresh, token and body. */
  readonly request: string | null;
}

/**
 * The response to a query. A component that uses it gets another key when the token changes, so that no data of another token is
 * shown.
 *
 * @param refreshes a number that grows with each refresh, which is sent past the gateway's cache
 */
export function useQuery<Data, Variables>(
  document: TypedDocumentString<Data, Variables>,
  variables: Variables,
  refreshes = 0,
): QueryState<Data> {
  const token = useContext(TokenContext);
  const [state, setState] = useState<Settled<Data>>({ request: null, response: null, staleBecause: null });
  const body = JSON.stringify({ query: String(document), variables });
  const request = `${refreshes} ${token} ${body}`;
  useEffect(() => {
    const controller = new AbortController();
    send<Data>(JSON.parse(body), { token, signal: controller.signal, noCache: refreshes > 0 }).then(
      (response) => setState(({ response: earlier }) => ({ request, ...settle(earlier, response) })),
      // It was aborted.
      () => {},
    );
    return () => controller.abort();
  }, [request, body, token, refreshes]);
  const { response, staleBecause } = state;
  return { response, staleBecause, isFetching: state.request !== request };
}

/** A response without data is worse than an earlier one with data, where trying again may help. */
function settle<Data>(earlier: GatewayResponse<Data> | null, response: GatewayResponse<Data>) {
  const [error] = response.errors;
  const keepsEarlier = earlier?.errors.length === 0 && error?.extensions.retryable === true;
  return keepsEarlier ? { response: earlier, staleBecause: error } : { response, staleBecause: null };
}
