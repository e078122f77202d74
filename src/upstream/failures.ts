/** The OpenStack service that was asked, by its service type in the catalog. */
export type Service = 'image' | 'identity';

/** What was asked of an upstream: enough to tell a caller, nothing that tells where the upstream is. */
export interface Asked {
  readonly service: Service;
  /** The call's one name: `stores`, `usage`, … */
  readonly call: string;
  /** Null where a call concerns no region, as Keystone's. */
  readonly region: string | null;
  /** The id sent along, `req-…`. */
  readonly requestId: string;
}

/** Why there is no usable answer. */
export type FailureReason =
  | {
      /** It answered 4xx or 5xx. */
      readonly kind: 'refused';
      readonly status: number;
      /** Its own sentence in plain text; null when it gave none. */
      readonly explanation: string | null;
      /** Seconds, from its `Retry-After`. */
      readonly retryAfter: number | null;
    }
  | {
      /** It answered, but not with what the API says. `problem` completes "the answer …". */
      readonly kind: 'unusable';
      readonly status: number | null;
      readonly problem: string;
    }
  /** It did not answer whole before the deadline, in milliseconds. */
  | { readonly kind: 'late'; readonly deadlineMs: number }
  /** It could not be reached, or hung up; `answered` when a part of an answer had come. */
  | { readonly kind: 'unreachable'; readonly answered: boolean }
  /** It was not asked: too many calls wait for it already. */
  | { readonly kind: 'crowded' }
  /** It was not asked: its last calls failed. `retryAfter` in seconds. */
  | { readonly kind: 'broken'; readonly retryAfter: number }
  /** The caller went away. */
  | { readonly kind: 'cancelled' };

/**
 * A call to Glance or Keystone that gave no usable answer. Carries what a caller may know; `cause` is for the log alone, as
 * it may name addresses.
 */
export class UpstreamFailure extends Error {
  override name = 'UpstreamFailure' as const;
  readonly asked: Asked;
  readonly reason: FailureReason;

  constructor(asked: Asked, reason: FailureReason, cause?: unknown) {
    super(`${asked.service} call ${asked.call}: ${reason.kind}`, { cause });
    this.asked = asked;
    this.reason = reason;
  }
}

/** Whether the upstream itself is in trouble, as its proxies, its sockets or its silence tell: not this call, or its caller. */
export function isOutage(reason: FailureReason): boolean {
  if (reason.kind === 'refused') return [502, 503, 504].includes(reason.status);
  return reason.kind === 'late' || reason.kind === 'unreachable';
}

/** Whether the failure is the upstream's own, whatever was asked and by whom. */
export function isUpstreamsOwn(reason: FailureReason): boolean {
  if (reason.kind === 'refused') return reason.status >= 500;
  return reason.kind !== 'cancelled';
}
