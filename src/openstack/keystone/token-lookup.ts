/** Looks up a token in Keystone, authenticated by the same token. */

import type { Call } from '../call.ts';
import type { PendingCall, ResponseCallbacks } from '../callbacks.ts';
import type { OpenStackClient } from '../client.ts';
import type { Endpoint } from '../endpoint.ts';
import { hasStatus, isTokenRejected, resultOf } from '../errors.ts';
import { parseJson } from '../json.ts';
import type { CallContext } from '../request.ts';
import { authCatalog } from './auth-catalog.ts';
import { authTokens, type TokenInfo } from './token-info.ts';

export interface LookupRequest {
  readonly client: OpenStackClient;
  readonly authEndpoint: Endpoint;
  readonly context: CallContext;
  /** In milliseconds of the monotonic clock. */
  readonly startedAt: number;
  /** For the whole lookup. */
  readonly timeoutMs: number;
  /** Called after each call with the HTTP status or the kind of error, and the time in milliseconds. */
  readonly onCall: (call: string, result: number | string, ms: number) => void;
}

/** The most values of a body. An endpoint has six, and a large cloud some thousand endpoints. */
const MAX_VALUES = 250_000;

/**
 * Calls `authTokens`, and `authCatalog` where the cloud's policy forbids tokens to ask about themselves (403, as for an impersonated
 * trust). The expiry is then infinite: it is unknown.
 */
export function lookUpToken(request: LookupRequest, callbacks: ResponseCallbacks<TokenInfo>): PendingCall {
  let pending: PendingCall;

  function fetch<T>(call: Call<T>, sendSubjectToken: boolean, { onResponse, onError }: ResponseCallbacks<T>): void {
    const { context, startedAt, timeoutMs, onCall } = request;
    const { token, requestId, tracer } = context;
    const now = performance.now();
    pending = request.client.fetch(
      {
        service: 'identity',
        call: call.name,
        path: call.path,
        decode: (text) => call.decode(parseJson(text, MAX_VALUES)),
        endpoint: request.authEndpoint,
        region: null,
        token,
        sendSubjectToken,
        requestId,
        tracer,
        startedAt: now,
        timeoutMs: Math.max(startedAt + timeoutMs - now, 1),
      },
      {
        onResponse(value) {
          onCall(call.name, 200, performance.now() - now);
          onResponse(value);
        },
        onError(error) {
          onCall(call.name, resultOf(error), performance.now() - now);
          onError(error);
        },
      },
    );
  }

  const onError = (error: Error) => callbacks.onError(error);
  fetch(authTokens, true, {
    onResponse: (info) => callbacks.onResponse(info),
    onError(error) {
      if (!hasStatus(error, 403)) return onError(error);
      fetch(authCatalog, false, {
        onResponse: (imageCatalog) =>
          callbacks.onResponse({
            scope: 'UNKNOWN',
            projectId: null,
            accessRules: null,
            projectName: null,
            roles: null,
            expiresAt: Number.POSITIVE_INFINITY,
            imageCatalog,
          }),
        // Keystone has accepted the token by now: a 401 is about its access rules, which exclude this call.
        onError: (catalogError) => onError(isTokenRejected(catalogError) ? error : catalogError),
      });
    },
  });
  return { cancel: () => pending.cancel() };
}
