import { performance } from 'node:perf_hooks';
import { toPromise } from '../openstack/callbacks.ts';
import type { CachedCall, CallTarget, RequestContext } from './cached-call.ts';

/** Makes a call once, without the cache. @throws UpstreamError (as a rejection) */
export function callUncached<T>(
  call: CachedCall<T>,
  { token, requestId }: Pick<RequestContext, 'token' | 'requestId'>,
  target: Pick<CallTarget, 'endpoint' | 'region' | 'expiresAt' | 'accessRules'>,
): Promise<T> {
  const context = { token, requestId, tracer: null, bypassCache: true };
  const startedAt = performance.now();
  return toPromise((callbacks) =>
    call.start(
      { ...target, context, startedAt, recordCall() {} },
      { ...callbacks, onSharedHit: (value) => callbacks.onResponse(value) },
    ),
  );
}
