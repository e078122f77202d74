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
  const [state, setState] = useState<QueryState<Data>>({ response: null, isFetching: true, staleBecause: null });
  const body = JSON.stringify({ query: String(document), variables });
  useEffect(() => {
    const controller = new AbortController();
    setState((state) => ({ ...state, isFetching: true }));
    send<Data>(JSON.parse(body), { token, signal: controller.signal, noCache: refreshes > 0 }).then(
      (response) => setState(({ response: earlier }) => settle(earlier, response)),
      // It was aborted.
      () => {},
    );
    return () => controller.abort();
  }, [body, token, refreshes]);
  return state;
}

/** A response without data is worse than an earlier one with data, where trying again may help. */
function settle<Data>(earlier: GatewayResponse<Data> | null, response: GatewayResponse<Data>): QueryState<Data> {
  const [error] = response.errors;
  const keepsEarlier = earlier?.errors.length === 0 && error?.extensions.retryable === true;
  return keepsEarlier
    ? { response: earlier, isFetching: false, staleBecause: error }
    : { response, isFetching: false, staleBecause: null };
}
