/** One call of one request: what it requests from the cache, how long it waits, and its entry in the log line. */
import type { CachedCall, CachedValue, CallTarget, EndpointAccess, RequestContext } from '../cache/cached-call.ts';
import type { CallerCache } from '../cache/caller-cache.ts';
import { InFlightCall } from '../cache/in-flight-call.ts';
import type { ResponseCallbacks } from '../openstack/callbacks.ts';
import type { Endpoint } from '../openstack/endpoint.ts';
import { resultOf, type Service, UpstreamError } from '../openstack/errors.ts';
import { scheduleTimeout, type TimeoutTarget } from '../openstack/timeouts.ts';
import { type CallRecord, type RequestSummary, roundMs } from '../telemetry/request-summary.ts';

/** The request that the call is made for. */
export interface CallOwner extends RequestContext {
  /** In milliseconds of the monotonic clock. */
  readonly deadline: number;
  readonly requestTimeoutMs: number;
  readonly summary: RequestSummary;
  /** Records a stale result. */
  recordStale(value: CachedValue<unknown>, error: UpstreamError): void;
  /** Records an error and translates it for the caller. */
  recordError(error: Error): Error;
}

export class RequestCall<T> implements CallTarget, ResponseCallbacks<CachedValue<T>>, TimeoutTarget {
  readonly call: CachedCall<T>;
  readonly context: CallOwner;
  readonly endpoint: Endpoint;
  readonly region: string | null;
  readonly startedAt = performance.now();
  readonly expiresAt: number;
  readonly accessRules: CallTarget['accessRules'];
  readonly record: CallRecord;
  /** Null until the call has settled. */
  settledWith: CachedValue<T> | Error | null = null;
  /** Called when the call settles after `start` has returned. */
  onSettled: (() => void) | null = null;
  #inFlight: InFlightCall<T> | null = null;
  #timeouts: Set<TimeoutTarget> | null = null;

  constructor(context: CallOwner, call: CachedCall<T>, { endpoint, region, expiresAt, accessRules }: EndpointAccess) {
    this.context = context;
    this.call = call;
    this.endpoint = endpoint;
    this.region = region;
    this.expiresAt = expiresAt;
    this.accessRules = accessRules;
    this.record = region === null ? { call: call.name, cache: 'miss' } : { call: call.name, region, cache: 'miss' };
    context.summary.calls.push(this.record);
  }

  start(cache: CallerCache): void {
    const result = cache.fetch(this.call, this, this);
    if (!(result instanceof InFlightCall)) {
      this.record.cache = 'hit';
      this.settledWith = result;
    } else if (this.settledWith === null) {
      this.#inFlight = result;
      // Else the call ends before, by its own timeout.
      if (this.context.deadline < result.endsAt) this.#timeouts = scheduleTimeout(this, this.context.deadline);
      if (result.target !== this) this.record.cache = 'coalesced';
    }
  }

  /** @throws Error (as a rejection) the translated error */
  settled(): Promise<CachedValue<T>> {
    return new Promise((resolve, reject) => {
      const settle = () => {
        if (this.settledWith instanceof Error) reject(this.settledWith);
        else if (this.settledWith !== null) resolve(this.settledWith);
      };
      if (this.settledWith === null) this.onSettled = settle;
      else settle();
    });
  }

  onResponse(value: CachedValue<T>): void {
    const { staleBecause } = value;
    this.#setResult(staleBecause === null ? 200 : resultOf(staleBecause));
    if (value.isShared) this.record.cache = 'shared_hit';
    if (staleBecause !== null) {
      this.record.cache = 'stale';
      this.context.recordStale(value, staleBecause);
    }
    this.#settle(value);
  }

  onError(error: Error): void {
    this.#setResult(resultOf(error));
    this.#settle(this.context.recordError(error));
  }

  recordCall(call: string, result: number | string, ms: number): void {
    if (call === this.record.call) {
      this.record.result = result;
      this.record.ms = roundMs(ms);
    } else {
      this.context.summary.calls.push({ call, cache: 'miss', result, ms: roundMs(ms) });
    }
  }

  onTimeout(): void {
    this.#inFlight?.expire(this, this.#error({ kind: 'timeout', timeoutMs: this.context.requestTimeoutMs }));
  }

  /** The request has ended: the call is cancelled unless another request waits for it. */
  abort(): void {
    if (this.settledWith !== null) return;
    this.#inFlight?.leave(this);
    this.onError(this.#error({ kind: 'aborted' }));
  }

  #error(reason: UpstreamError['reason']): UpstreamError {
    const service: Service = this.region === null ? 'identity' : 'image';
    return new UpstreamError(
      { service, call: this.call.name, region: this.region, requestId: this.context.requestId },
      reason,
    );
  }

  #setResult(result: number | string): void {
    this.record.result ??= result;
    this.record.ms ??= roundMs(performance.now() - this.startedAt);
  }

  #settle(settledWith: CachedValue<T> | Error): void {
    this.settledWith = settledWith;
    this.#inFlight = null;
    this.#timeouts?.delete(this);
    this.onSettled?.();
  }
}
