/** What `RequestData` is made from, and what it returns. */
import type { CachedCall, RequestContext } from '../cache/cached-call.ts';
import type { CallerCache } from '../cache/caller-cache.ts';
import type { CallName, CallResults, GlanceCalls } from '../cache/glance-calls.ts';
import type { DecodedResponse } from '../cache/sized-value.ts';
import type { CatalogContext, TokenContext } from '../cache/token-context.ts';
import type { Endpoint } from '../openstack/endpoint.ts';
import type { UpstreamError } from '../openstack/errors.ts';
import type { CallerToken } from '../openstack/keystone/token.ts';

/** Where the contexts of tokens are from. */
export type ContextSource =
  | { readonly kind: 'static'; readonly context: TokenContext }
  | { readonly kind: 'catalog'; readonly call: CachedCall<CatalogContext>; readonly authEndpoint: Endpoint };

/** What all requests share. */
export interface RequestServices {
  readonly cache: CallerCache;
  readonly calls: GlanceCalls;
  readonly contexts: ContextSource;
  /** For the whole request, in milliseconds; each call has a timeout of its own as well. */
  readonly requestTimeoutMs: number;
  readonly onUpstreamError: (error: UpstreamError, request: Pick<RequestContext, 'requestId' | 'tracer'>) => void;
}

export interface RequestCaller extends Omit<RequestContext, 'token'> {
  readonly token: CallerToken;
}

/** A call that a plan needs. */
export interface CallKey {
  readonly call: CallName;
  /** Null for the default region. */
  readonly region: string | null;
}

export type CallResponse = DecodedResponse<CallResults[CallName]>;

export interface PlanResults {
  readonly context: TokenContext;
  /** In the order of the plan's calls. */
  readonly responses: readonly CallResponse[];
}

/** The age of the oldest result and the remaining time of the one that expires first, in milliseconds; null after an error. */
export type Freshness = { readonly ageMs: number; readonly remainingMs: number } | null;
