/** A call with results that are cached by caller, and what such a result is. */
import type { PendingCall, ResponseCallbacks } from '../openstack/callbacks.ts';
import type { Endpoint } from '../openstack/endpoint.ts';
import type { UpstreamError } from '../openstack/errors.ts';
import type { AccessRule } from '../openstack/keystone/access-rules.ts';
import type { CallContext } from '../openstack/request.ts';
import type { SizedValue } from './sized-value.ts';

/** The request that calls are made for. */
export interface RequestContext extends CallContext {
  /** Whether results must come from calls that start now: `Cache-Control: no-cache`. */
  readonly bypassCache: boolean;
}

/** An endpoint, and what the caller's token allows there. */
export interface EndpointAccess {
  readonly endpoint: Endpoint;
  /** Null for Keystone's calls. */
  readonly region: string | null;
  /** When the token expires, on the monotonic clock; infinite when that is unknown. */
  readonly expiresAt: number;
  /** The access rules of the token; null when it may make every request. */
  readonly accessRules: readonly AccessRule[] | null;
}

/** A call made for one request. */
export interface CallTarget extends EndpointAccess {
  readonly context: RequestContext;
  /** In milliseconds of the monotonic clock. */
  readonly startedAt: number;
  /** Notes one of several upstream calls that the call makes, with its time in milliseconds. */
  recordCall(call: string, result: number | string, ms: number): void;
}

/** Receives the result of a call. */
export interface CallReceiver<T> extends ResponseCallbacks<T> {
  /** @param sharedTtlMs how long a result stays fresh that another gateway fetched with the same token; only given for such a result */
  onResponse(value: T, sharedTtlMs?: number): void;
}

export interface CachedCall<T> {
  readonly name: string;
  readonly ttlMs: number;
  /** How much longer a result serves while the upstream fails, in milliseconds. */
  readonly staleIfErrorMs: number;
  /** How long the call itself may take; a request may wait for less. */
  readonly timeoutMs: number;
  /** @param receiver may be called before this returns */
  start(target: CallTarget, receiver: CallReceiver<T>): PendingCall;
  /** The part of a result that callers share. */
  internedPart(value: T): SizedValue<unknown>;
  /** The bytes of a result's other parts, roughly. */
  ownBytes(value: T): number;
  /** When the token of a result expires, on the monotonic clock; infinite when that is unknown. */
  expiresAt(value: T, target: CallTarget): number;
  /** Whether results of an endpoint are still of use once this result is stored. */
  keepsEndpoint(value: T, url: string): boolean;
}

/** A result and its age. Times are in milliseconds of the monotonic clock. */
export interface CachedValue<T> {
  readonly call: CachedCall<T>;
  readonly url: string;
  readonly value: T;
  /** Grows from call to call: a result does not replace one of a younger call. */
  readonly sequence: number;
  readonly receivedAt: number;
  /** Not after `receivedAt` when the result is not stored. */
  readonly freshUntil: number;
  readonly staleUntil: number;
  /** Why the result serves although it is stale; null while it is fresh. */
  readonly staleBecause: UpstreamError | null;
  /** Whether another gateway fetched it. */
  readonly isShared: boolean;
}
