/** The calls of Glance, cached by caller and shared between gateways. */

import type { Call } from '../openstack/call.ts';
import type { PendingCall } from '../openstack/callbacks.ts';
import type { OpenStackClient } from '../openstack/client.ts';
import { type ImportMethods, importMethods } from '../openstack/glance/import-methods.ts';
import { type Store, stores } from '../openstack/glance/stores.ts';
import { type StoreDetail, storesDetail } from '../openstack/glance/stores-detail.ts';
import { type Usage, usage } from '../openstack/glance/usage.ts';
import { type ApiVersion, versions } from '../openstack/glance/versions.ts';
import type { CachedCall, CallReceiver, CallTarget } from './cached-call.ts';
import { memoizeDecoder } from './decoder-memo.ts';
import { withAccessRules } from './restricted-call.ts';
import type { DecodedResponse } from './sized-value.ts';

/** The value of each call, by its name. */
export interface CallResults {
  readonly versions: readonly ApiVersion[];
  readonly importMethods: ImportMethods;
  readonly stores: readonly Store[];
  readonly storesDetail: readonly StoreDetail[];
  readonly usage: Usage;
}

export type CallName = keyof CallResults;

export type GlanceCalls = { readonly [C in CallName]: CachedCall<DecodedResponse<CallResults[C]>> };

/** A cache that several gateways share. */
export interface SharedCache {
  /** The entry about `subject`. It can be found and read only with the token that it was stored with. */
  entry(token: string, subject: string): SharedEntry;
}

export interface SharedEntry {
  get(): Promise<{ readonly text: string; readonly remainingTtlMs: number } | null>;
  set(text: string, ttlMs: number): void;
}

export interface GlanceCallsOptions {
  readonly client: OpenStackClient;
  /** In milliseconds; 0 stores nothing. */
  readonly ttlMs: Readonly<Record<CallName, number>>;
  readonly staleIfErrorMs: number;
  readonly timeoutMs: number;
  /** Null for `timeoutMs`. */
  readonly usageTimeoutMs: number | null;
  readonly sharedCache: SharedCache | null;
}

/** A cloud has few different bodies of a call. */
const MEMO_BYTES = 4 * 1024 * 1024;
/** Usage differs by project, and unique bodies only make garbage collection more expensive. */
const USAGE_MEMO_BYTES = 64 * 1024;

export function createGlanceCalls(options: GlanceCallsOptions): GlanceCalls {
  return {
    versions: createGlanceCall('versions', versions, options),
    importMethods: createGlanceCall('importMethods', importMethods, options),
    stores: createGlanceCall('stores', stores, options),
    storesDetail: createGlanceCall('storesDetail', storesDetail, options),
    usage: createGlanceCall('usage', usage, { ...options, timeoutMs: options.usageTimeoutMs ?? options.timeoutMs }),
  };
}

function createGlanceCall<T>(
  name: CallName,
  call: Call<T>,
  { client, ttlMs, staleIfErrorMs, timeoutMs, sharedCache }: GlanceCallsOptions,
): CachedCall<DecodedResponse<T>> {
  const decode = memoizeDecoder(call.decode, name === 'usage' ? USAGE_MEMO_BYTES : MEMO_BYTES);

  function fetch(
    target: CallTarget,
    decodeBody: (text: string) => DecodedResponse<T>,
    receiver: CallReceiver<DecodedResponse<T>>,
  ): PendingCall {
    const { context, endpoint, region, startedAt } = target;
    const { token, requestId, tracer } = context;
    return client.fetch(
      {
        service: 'image',
        call: name,
        path: call.path,
        decode: decodeBody,
        endpoint,
        region,
        token,
        sendSubjectToken: false,
        requestId,
        tracer,
        startedAt,
        timeoutMs,
      },
      receiver,
    );
  }

  function start(target: CallTarget, receiver: CallReceiver<DecodedResponse<T>>): PendingCall {
    const { token } = target.context;
    if (sharedCache === null || token === null || ttlMs[name] === 0) return fetch(target, decode, receiver);
    return fetchViaSharedCache(sharedCache.entry(token.value, `${name} ${target.endpoint.url}`), target, receiver);
  }

  function fetchViaSharedCache(
    sharedEntry: SharedEntry,
    target: CallTarget,
    receiver: CallReceiver<DecodedResponse<T>>,
  ): PendingCall {
    const decodeAndShare = (text: string) => {
      const decoded = decode(text);
      sharedEntry.set(text, Math.min(ttlMs[name], target.expiresAt - performance.now()));
      return decoded;
    };
    if (target.context.bypassCache) return fetch(target, decodeAndShare, receiver);
    let pending: PendingCall | null = null;
    let isCancelled = false;
    const lookUp = async () => {
      const found = await sharedEntry.get();
      if (isCancelled) return;
      const shared = found && decodeShared(found.text);
      if (found && shared) receiver.onResponse(shared, found.remainingTtlMs);
      else pending = fetch(target, decodeAndShare, receiver);
    };
    lookUp().catch((error) => receiver.onError(error));
    return {
      cancel() {
        isCancelled = true;
        pending?.cancel();
      },
    };
  }

  function decodeShared(text: string): DecodedResponse<T> | null {
    try {
      return decode(text);
    } catch {
      // Another version of the gateway may have stored what this one does not understand.
      return null;
    }
  }

  return {
    name,
    ttlMs: ttlMs[name],
    staleIfErrorMs,
    timeoutMs,
    start: call.isPublic ? start : withAccessRules(call, start),
    internedPart: (response) => response,
    ownBytes: () => 0,
    expiresAt: (_response, target) => target.expiresAt,
    keepsEndpoint: () => true,
  };
}
