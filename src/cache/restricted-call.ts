/** Calls of Glance with tokens that have access rules. */
import type { Call } from '../openstack/call.ts';
import type { PendingCall } from '../openstack/callbacks.ts';
import { hasStatus, UpstreamError } from '../openstack/errors.ts';
import { type AccessRule, allowsRequest, type RuledRequest } from '../openstack/keystone/access-rules.ts';
import type { CachedCall } from './cached-call.ts';

const NOT_SENT: PendingCall = { cancel() {} };

/** Starts a call that the token's rules allow; for any other, calls `onError` at once. */
export function withAccessRules<T>(
  { name, path }: Pick<Call<unknown>, 'name' | 'path'>,
  start: CachedCall<T>['start'],
): CachedCall<T>['start'] {
  const request = { service: 'image', method: 'GET', path } as const;

  return (target, receiver) => {
    const { accessRules, endpoint, region, context } = target;
    if (accessRules === null) return start(target, receiver);
    if (!isAllowed(accessRules, request, endpoint.basePath)) {
      const callInfo = { service: request.service, call: name, region, requestId: context.requestId };
      receiver.onError(new UpstreamError(callInfo, { kind: 'access_denied', rule: request }));
      return NOT_SENT;
    }
    return start(target, {
      onResponse: (value, sharedTtlMs) => receiver.onResponse(value, sharedTtlMs),
      onError: (error) => receiver.onError(markRestricted(error)),
    });
  };
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
