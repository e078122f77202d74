/**
 * The cached data of each caller: the context of its token and the results of its calls. A result is served to the token
 * that it was fetched with, and no other.
 *
 * For each caller, a call of an endpoint is fresh, stale, or in flight. Identical calls in flight are made once. The cache is bounded
 * by the bytes of all that it keeps alive; what callers share is counted once. A caller can be evicted, and can evict others, only
 * once it has a result, so tokens that no upstream accepts evict nobody.
 */
import type { ResponseCallbacks } from '../openstack/callbacks.ts';
import type { CachedCall, CachedValue, CallTarget } from './cached-call.ts';
import { type CallerEntry, InFlightCall } from './in-flight-call.ts';
import type { ByteBudget } from './sized-value.ts';

/** Equal calls that one caller has in flight at a time when it bypasses the cache. */
const MAX_EQUAL_CALLS = 4;

/** The bytes of a caller, and of each of its results, in addition to those that the result counts. */
const CALLER_BYTES = 400;
const VALUE_BYTES = 128;

export class CallerCache implements ByteBudget {
  readonly #maxBytes: number;
  /** Callers with a result, roughly in the order of their last use. */
  readonly #stored = new Map<string, Caller>();
  /** Callers with calls in flight and no result. */
  readonly #waiting = new Map<string, Caller>();
  #bytes = 0;
  #sequence = 0;
  #isStoring = false;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Returns the fresh result, or the call that the waiter waits for.
   *
   * @param waiter may be called before this returns
   */
  fetch<T>(
    call: CachedCall<T>,
    target: CallTarget,
    waiter: ResponseCallbacks<CachedValue<T>>,
  ): CachedValue<T> | InFlightCall<T> {
    const key = target.context.token?.hash ?? '';
    const { url } = target.endpoint;
    const caller = this.#stored.get(key) ?? this.#waiting.get(key) ?? this.#addCaller(key);
    const { bypassCache } = target.context;
    if (!bypassCache) {
      const value = caller.find(call, url);
      if (value !== undefined && target.startedAt < value.freshUntil) return value;
    }
    // What bypasses the cache can't join a call that began before.
    const equal = caller.findInFlight(call, url);
    if (equal !== undefined && !(bypassCache && equal.isStarted)) {
      equal.join(waiter);
      return equal;
    }
    this.#sequence += 1;
    const inFlight = new InFlightCall(caller, call, target, this.#sequence);
    caller.inFlight = [...caller.inFlight, inFlight];
    inFlight.join(waiter);
    // Else it starts when an earlier one ends, so that one caller does not take all connections.
    if (caller.countEqual(inFlight) <= MAX_EQUAL_CALLS) inFlight.start();
    return inFlight;
  }

  charge(bytes: number): void {
    this.#bytes += bytes;
    if (bytes > 0 && this.#bytes > this.#maxBytes && !this.#isStoring) this.#evict();
  }

  /** Runs a change of several charges, and evicts after it. */
  store(caller: Caller, change: () => void): void {
    this.#isStoring = true;
    try {
      if (this.#waiting.get(caller.key) === caller) {
        this.#waiting.delete(caller.key);
        this.#stored.set(caller.key, caller);
        this.charge(CALLER_BYTES);
      }
      change();
    } finally {
      this.#isStoring = false;
    }
    if (this.#bytes > this.#maxBytes) this.#evict();
  }

  remove(caller: Caller): void {
    this.forget(caller);
    if (this.#stored.get(caller.key) === caller) {
      this.#stored.delete(caller.key);
      this.charge(-CALLER_BYTES);
    }
    caller.discard();
  }

  /** A caller without a result is removed after its last call. */
  forget(caller: Caller): void {
    if (this.#waiting.get(caller.key) === caller) this.#waiting.delete(caller.key);
  }

  /** Removes callers with only expired results, so that unused tokens take no memory. */
  removeExpired(): void {
    const now = performance.now();
    for (const caller of this.#stored.values()) if (caller.isExpired(now)) this.remove(caller);
  }

  #addCaller(key: string): Caller {
    const caller = new Caller(key, this);
    this.#waiting.set(key, caller);
    return caller;
  }

  /** Second-chance eviction: callers used since the last round are skipped once, so a hit does not reorder the map. */
  #evict(): void {
    for (const [key, caller] of this.#stored) {
      if (this.#bytes <= this.#maxBytes) return;
      if (caller.wasUsed) {
        caller.wasUsed = false;
        this.#stored.delete(key);
        this.#stored.set(key, caller);
      } else {
        this.remove(caller);
      }
    }
  }
}

const NONE: readonly never[] = [];

class Caller implements CallerEntry {
  readonly key: string;
  /** Arrays are replaced: one that grows reserves 17 places. */
  inFlight: readonly InFlightCall<unknown>[] = NONE;
  wasUsed = false;
  readonly #cache: CallerCache;
  #values: readonly CachedValue<unknown>[] = NONE;
  #isRemoved = false;

  constructor(key: string, cache: CallerCache) {
    this.key = key;
    this.#cache = cache;
  }

  find<T>(call: CachedCall<T>, url: string): CachedValue<T> | undefined {
    for (const value of this.#values) {
      if (value.url !== url || !isResultOf(call, value)) continue;
      this.wasUsed = true;
      return value;
    }
    return undefined;
  }

  /** The youngest one. */
  findInFlight<T>(call: CachedCall<T>, url: string): InFlightCall<T> | undefined {
    for (let index = this.inFlight.length - 1; index >= 0; index -= 1) {
      const inFlight = this.inFlight[index];
      if (inFlight?.url === url && isCallOf(call, inFlight)) return inFlight;
    }
    return undefined;
  }

  countEqual({ call, url }: InFlightCall<unknown>): number {
    return this.inFlight.filter((other) => other.call === call && other.url === url).length;
  }

  end(call: InFlightCall<unknown>): void {
    const remaining = this.inFlight.filter((other) => other !== call);
    this.inFlight = remaining.length === 0 ? NONE : remaining;
    remaining.find((other) => !other.isStarted && other.call === call.call && other.url === call.url)?.start();
    if (this.inFlight.length === 0 && this.#values.length === 0) this.#cache.forget(this);
  }

  store<T>(value: CachedValue<T>): void {
    if (this.#isRemoved) return;
    const { call, url } = value;
    const replaced = this.#values.find((other) => other.url === url && isResultOf(call, other));
    if (replaced !== undefined && replaced.sequence > value.sequence) return;
    this.#cache.store(this, () => {
      this.#cache.charge(bytesOf(value));
      call.internedPart(value.value).hold(this.#cache);
      this.#drop((other) => other === replaced || (other.call !== call && !call.keepsEndpoint(value.value, other.url)));
      this.#values = [...this.#values, value];
    });
  }

  stale<T>(call: CachedCall<T>, url: string): CachedValue<T> | undefined {
    const value = this.find(call, url);
    return value !== undefined && performance.now() < value.staleUntil ? value : undefined;
  }

  isExpired(now: number): boolean {
    return this.inFlight.length === 0 && this.#values.every(({ staleUntil }) => staleUntil <= now);
  }

  clear(): void {
    this.#cache.remove(this);
  }

  discard(): void {
    this.#isRemoved = true;
    this.#drop(() => true);
  }

  #drop(isDropped: (value: CachedValue<unknown>) => boolean): void {
    const dropped = this.#values.filter(isDropped);
    if (dropped.length === 0) return;
    this.#values = this.#values.filter((value) => !dropped.includes(value));
    for (const value of dropped) {
      this.#cache.charge(-bytesOf(value));
      value.call.internedPart(value.value).release();
    }
  }
}

/** Without the part that callers share. */
function bytesOf<T>({ call, value }: CachedValue<T>): number {
  return VALUE_BYTES + call.ownBytes(value);
}

function isResultOf<T>(call: CachedCall<T>, value: CachedValue<unknown>): value is CachedValue<T> {
  return value.call === call;
}

function isCallOf<T>(call: CachedCall<T>, inFlight: InFlightCall<unknown>): inFlight is InFlightCall<T> {
  return inFlight.call === call;
}
