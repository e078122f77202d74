/** A call that has not settled. It runs to its own timeout and is cancelled when the last request that waits for it has left. */
import { deliver, type PendingCall, type ResponseCallbacks } from '../openstack/callbacks.ts';
import { isTokenRejected, isUpstreamFault, UpstreamError } from '../openstack/errors.ts';
import type { CachedCall, CachedValue, CallReceiver, CallTarget } from './cached-call.ts';

/** The longest that a result is served when the token's expiry is unknown: Keystone's default lifetime of a token. In milliseconds. */
const UNKNOWN_EXPIRY_MS = 3_600_000;

/** What the call does to the cache entry of its caller. */
export interface CallerEntry {
  /** The call is not in flight any more. */
  end(call: InFlightCall<unknown>): void;
  store<T>(value: CachedValue<T>): void;
  /** A stored result that may serve in place of an error. */
  stale<T>(call: CachedCall<T>, url: string): CachedValue<T> | undefined;
  /** The token is not valid any more. */
  clear(): void;
}

export class InFlightCall<T> implements CallReceiver<T> {
  readonly call: CachedCall<T>;
  readonly url: string;
  readonly target: CallTarget;
  /** False while it waits for an earlier call of the same caller. */
  isStarted = false;
  readonly #sequence: number;
  #entry: CallerEntry | null;
  #pending: PendingCall | null = null;
  #waiters: ResponseCallbacks<CachedValue<T>>[] = [];

  constructor(entry: CallerEntry, call: CachedCall<T>, target: CallTarget, sequence: number) {
    this.call = call;
    this.url = target.endpoint.url;
    this.#entry = entry;
    this.target = target;
    this.#sequence = sequence;
  }

  /** When the call's own timeout fires, in milliseconds of the monotonic clock. */
  get endsAt(): number {
    return this.target.startedAt + this.call.timeoutMs;
  }

  /** The first waiter joins before. */
  start(): void {
    this.isStarted = true;
    const pending = this.call.start(this.target, this);
    if (this.#entry !== null) this.#pending = pending;
  }

  join(waiter: ResponseCallbacks<CachedValue<T>>): void {
    this.#waiters.push(waiter);
  }

  /** The waiter's own deadline has passed: it leaves with a stale result, else with the error. */
  expire(waiter: ResponseCallbacks<CachedValue<T>>, error: Error): void {
    const stale = this.#staleFor(error);
    this.leave(waiter);
    if (stale === undefined) waiter.onError(error);
    else waiter.onResponse(stale);
  }

  leave(waiter: ResponseCallbacks<CachedValue<T>>): void {
    const index = this.#waiters.indexOf(waiter);
    if (index === -1) return;
    this.#waiters.splice(index, 1);
    if (this.#waiters.length > 0) return;
    const pending = this.#pending;
    this.#end();
    pending?.cancel();
  }

  onResponse(value: T, sharedTtlMs?: number): void {
    const { call, url } = this;
    const ttlMs = sharedTtlMs === undefined ? call.ttlMs : Math.min(sharedTtlMs, call.ttlMs);
    const now = Math.floor(performance.now());
    const expiry = call.expiresAt(value, this.target);
    const expiresAt = expiry === Number.POSITIVE_INFINITY ? now + UNKNOWN_EXPIRY_MS : Math.floor(expiry);
    const result: CachedValue<T> = {
      call,
      url,
      value,
      sequence: this.#sequence,
      // A shared result is as old as its remaining time is short.
      receivedAt: now - (call.ttlMs - ttlMs),
      freshUntil: Math.min(now + Math.floor(ttlMs), expiresAt),
      staleUntil: Math.min(now + Math.floor(ttlMs) + call.staleIfErrorMs, expiresAt),
      staleBecause: null,
      isShared: sharedTtlMs !== undefined,
    };
    if (result.staleUntil > now) this.#entry?.store(result);
    this.#end();
    this.#deliver(result);
  }

  onError(error: Error): void {
    const stale = this.#staleFor(error);
    if (isTokenRejected(error)) this.#entry?.clear();
    this.#end();
    if (stale !== undefined) this.#deliver(stale);
    else for (const waiter of this.#takeWaiters()) waiter.onError(error);
  }

  #deliver(result: CachedValue<T>): void {
    for (const waiter of this.#takeWaiters()) deliver(waiter, result);
  }

  #takeWaiters(): readonly ResponseCallbacks<CachedValue<T>>[] {
    const waiters = this.#waiters;
    this.#waiters = [];
    return waiters;
  }

  #staleFor(error: Error): CachedValue<T> | undefined {
    if (this.call.staleIfErrorMs === 0) return undefined;
    if (!(error instanceof UpstreamError) || !isUpstreamFault(error.reason)) return undefined;
    const stored = this.#entry?.stale(this.call, this.url);
    return stored && { ...stored, staleBecause: error };
  }

  /** Drops all references: the cache's map may keep old copies of itself alive, and all that they refer to. */
  #end(): void {
    this.#entry?.end(this);
    this.#entry = null;
    this.#pending = null;
  }
}
