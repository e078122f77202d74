/** A call of Glance with a token that has access rules. */
import type { PendingCall } from '../openstack/callbacks.ts';
import { hasStatus, UpstreamError } from '../openstack/errors.ts';
import { type AccessRule, allowsRequest, type RuledRequest } from '../openstack/keystone/access-rules.ts';
import type { CallReceiver, CallTarget } from './cached-call.ts';

const NOT_SENT: PendingCall = { cancel() {} };

export interface RestrictedCall<T> {
  readonly name: string;
  readonly path: string;
  start(target: CallTarget, receiver: CallReceiver<T>): PendingCall;
}

/** Starts a call that the rules allow; for any other, calls `onError` at once. */
export function startRestricted<T>(
  call: RestrictedCall<T>,
  rules: readonly AccessRule[],
  target: CallTarget,
  receiver: CallReceiver<T>,
): PendingCall {
  const request = { service: 'image', method: 'GET', path: call.path } as const;
  if (!isAllowed(rules, request, target.endpoint.basePath)) {
    const { region, context } = target;
    const callInfo = { service: request.service, call: call.name, region, requestId: context.requestId };
    receiver.onError(new UpstreamError(callInfo, { kind: 'access_denied', rule: request }));
    return NOT_SENT;
  }
  return call.start(target, {
    onResponse: (value, sharedTtlMs) => receiver.onResponse(value, sharedTtlMs),
    onError: (error) => receiver.onError(markRestricted(error)),
  });
}

/** By the path of the call. Rules are many and long where their author wants them to be. */
const decisions = new WeakMap<readonly AccessRule[], Map<string, boolean>>();

function isAllowed(rules: readonly AccessRule[], request: RuledRequest, basePath: string): boolean {
  const known = decisions.get(rules) ?? new Map<string, boolean>();
  decisions.set(rules, known);
  const key = basePath + request.path;
  const decision = known.get(key) ?? allowsRequest(rules, request, basePath);
  known.set(key, decision);
  return decision;
}

/** Keystone accepts the token, so a 401 of Glance is about the rules. */
function markRestricted(error: Error): Error {
  if (!hasStatus(error, 401) || error.reason.kind !== 'http_error') return error;
  return new UpstreamError(error.callInfo, { ...error.reason, isRestricted: true }, error.cause);
}
