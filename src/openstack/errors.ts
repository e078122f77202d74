import type { RuledRequest } from './keystone/access-rules.ts';

/** The OpenStack service of a call, by its service type in the catalog. */
export type Service = 'image' | 'identity';

/** Identifies a call for callers, logs and metrics. It holds no address. */
export interface CallInfo {
  readonly service: Service;
  /** The call's name: `stores`, `usage`, `authTokens`, … */
  readonly call: string;
  /** Null for Keystone's calls, which belong to no region. */
  readonly region: string | null;
  /** The request id sent upstream, `req-…`. */
  readonly requestId: string;
}

/** Why a call has no usable response. */
export type ErrorReason =
  | {
      /** 4xx or 5xx. */
      readonly kind: 'http_error';
      readonly status: number;
      /** The upstream's own sentence as plain text; null when it sent none. */
      readonly message: string | null;
      /** Seconds, from `Retry-After`. */
      readonly retryAfter: number | null;
      /** A 401 although the token's access rules allow the call. */
      readonly isRestricted?: true;
      /** A 404 that is not Keystone's own: the request went to another server. */
      readonly isForeign?: true;
    }
  | {
      /** A response that does not follow the API. `problem` completes "the response …". */
      readonly kind: 'invalid_response';
      readonly status: number | null;
      readonly problem: string;
    }
  /** No whole response within the timeout, in milliseconds. */
  | { readonly kind: 'timeout'; readonly timeoutMs: number }
  /** The connection failed; `responseStarted` when some bytes had arrived. */
  | { readonly kind: 'connection_error'; readonly responseStarted: boolean }
  /** Too many calls wait for a connection, or too many bytes of responses are arriving. */
  | { readonly kind: 'queue_full' }
  /** Not sent: the circuit breaker is open. `retryAfter` in seconds. */
  | { readonly kind: 'circuit_open'; readonly retryAfter: number }
  /** Not sent: the token's access rules do not allow it. `rule` is what one would have to allow. */
  | { readonly kind: 'access_denied'; readonly rule: RuledRequest }
  /** The caller left. */
  | { readonly kind: 'aborted' };

/**
 * A failed call to Glance or Keystone. Everything but `cause` may be shown to the caller; `cause` may name addresses and is for the
 * log alone.
 */
export class UpstreamError extends Error {
  override name = 'UpstreamError' as const;
  readonly callInfo: CallInfo;
  readonly reason: ErrorReason;

  constructor(callInfo: CallInfo, reason: ErrorReason, cause?: unknown) {
    super(`${callInfo.service} call ${callInfo.call}: ${reason.kind}`, { cause });
    this.callInfo = callInfo;
    this.reason = reason;
  }
}

/** The `cause` of a response that redirects. */
export class RedirectError extends Error {
  override name = 'RedirectError' as const;
  readonly target: URL;

  constructor(target: URL) {
    super(`redirects to ${target.origin}${target.pathname}`);
    this.target = target;
  }
}

/** How logs, metrics and traces show a call's result: the HTTP status, or the reason's kind. */
export function resultOf(error: Error): number | string {
  if (!(error instanceof UpstreamError)) return 'internal_error';
  return error.reason.kind === 'http_error' ? error.reason.status : error.reason.kind;
}

/** Whether the upstream, or a proxy in front of it, is unavailable. A 500 does not count: a broken store driver always returns it. */
export function isOutage(reason: ErrorReason): boolean {
  if (reason.kind === 'http_error') return [502, 503, 504].includes(reason.status);
  return reason.kind === 'timeout' || reason.kind === 'connection_error';
}

/** Whether the cause is the upstream, not the request or its caller. */
export function isUpstreamFault(reason: ErrorReason): boolean {
  if (reason.kind === 'http_error') return reason.status >= 500;
  return reason.kind !== 'aborted' && reason.kind !== 'access_denied';
}

/** Whether the service rejects the caller's token. Keystone's own 404 is about the token that it is asked about. */
export function isTokenRejected(error: unknown): error is UpstreamError {
  if (hasStatus(error, 401)) return true;
  return hasStatus(error, 404) && error.callInfo.service === 'identity' && !isForeign(error.reason);
}

const isForeign = (reason: ErrorReason) => reason.kind === 'http_error' && reason.isForeign === true;

export function hasStatus(error: unknown, status: number): error is UpstreamError {
  return error instanceof UpstreamError && error.reason.kind === 'http_error' && error.reason.status === status;
}
