/**
 * Asks Glance on behalf of many callers. Identical calls under way at the same time (same call, endpoint and token) are one,
 * and an answer serves the same token for a while. It never serves another token: the token is in every key, as its whole
 * SHA-256.
 */
import { LRUCache } from 'lru-cache';
import type { Token } from '../keystone/token.ts';
import type { Call } from '../upstream/call.ts';
import type { Question, Read, Upstream } from '../upstream/client.ts';
import type { Asking } from '../upstream/exchange.ts';
import { isUpstreamsOwn, UpstreamFailure } from '../upstream/failures.ts';
import { type ImportMethods, importMethods } from './import-methods.ts';
import { type Store, stores } from './stores.ts';
import { type StoreDetail, storesDetail } from './stores-detail.ts';
import { type Usage, usage } from './usage.ts';
import { type ApiVersion, versions } from './versions.ts';

/** What each call answers, by its name in the gateway. */
export interface AnswerOf {
  readonly versions: readonly ApiVersion[];
  readonly importMethods: ImportMethods;
  readonly stores: readonly Store[];
  readonly storesDetail: readonly StoreDetail[];
  readonly usage: Usage;
}

export type CallName = keyof AnswerOf;

export interface GlanceQuestion extends Pick<Question<unknown>, 'endpoint' | 'requestId' | 'deadlineMs'> {
  readonly token: Token | null;
  readonly region: string;
  /** When the token ends, in milliseconds since 1970; infinite when that is not known. */
  readonly expiresAt: number;
  /** Whether only an answer will do that is asked for from now on. */
  readonly anew: boolean;
}

/** An answer and its age, in milliseconds of the monotonic clock. */
export interface Aged<T> {
  readonly value: T;
  readonly receivedAt: number;
  /** Until when it serves; not after `receivedAt` when it is not kept. */
  readonly freshUntil: number;
  /** Until when it serves where the upstream fails. */
  readonly staleUntil: number;
  /** Why it serves although it ran out; null while it is fresh. */
  readonly insteadOf: UpstreamFailure | null;
}

/** An answer that is at hand, or one to wait for: of a call of its own, or of one that others wait for too. */
export type Given<T> = Kept<T> | Pending<T>;

export interface Kept<T> extends Aged<T> {
  readonly from: 'kept';
}

export interface Pending<T> extends Asking<Aged<T>> {
  readonly from: 'upstream' | 'shared';
}

/** A pending answer rejects with an UpstreamFailure; failures are not kept. */
export type Ask<T> = (question: GlanceQuestion) => Given<T>;

export type Answers = { readonly [C in CallName]: Ask<AnswerOf[C]> };

/** How long an answer of each call is kept, in milliseconds; 0 keeps none. */
export type KeptMs = Readonly<Record<CallName, number>>;

/** @param staleMs how much longer an answer is kept for when the upstream fails, in milliseconds */
export function createAnswers(upstream: Upstream, keptMs: KeptMs, staleMs: number): Answers {
  const askFor = <T extends object>(call: Call<T>, ms: number) => createAsk(upstream, call, ms, staleMs);
  return {
    versions: askFor(versions, keptMs.versions),
    importMethods: askFor(importMethods, keptMs.importMethods),
    stores: askFor(stores, keptMs.stores),
    storesDetail: askFor(storesDetail, keptMs.storesDetail),
    usage: askFor(usage, keptMs.usage),
  };
}

/**
 * The answers of one call are kept up to so many bytes; beyond, the longest unused goes. Enough for 12,000 tokens: but for usage,
 * most have the same value.
 */
const MAX_KEPT_BYTES = { usage: 10 * 1024 * 1024, other: 4 * 1024 * 1024 };
/** What a kept answer costs beside its value: its key and its place. */
const ENTRY_BYTES = 340;

interface Flight<T> extends Asking<Aged<T>> {
  waiting: number;
}

function createAsk<T extends object>(upstream: Upstream, call: Call<T>, keptMs: number, staleMs: number): Ask<T> {
  const kept = new LRUCache<string, Kept<T>>({ maxSize: MAX_KEPT_BYTES[call.name === usage.name ? 'usage' : 'other'] });
  const counted = new WeakSet<T>();
  const underWay = new Map<string, Flight<T>>();

  function keep(key: string, { value, bytes }: Read<T>, expiresAt: number): Aged<T> {
    const receivedAt = performance.now();
    const left = expiresAt - Date.now();
    const freshUntil = receivedAt + Math.min(keptMs, left);
    const staleUntil = receivedAt + Math.min(keptMs + staleMs, left);
    const answer = { from: 'kept', value, receivedAt, freshUntil, staleUntil, insteadOf: null } as const;
    if (staleUntil > receivedAt) {
      // The same bytes are the same value, which takes its place once.
      const size = ENTRY_BYTES + (counted.has(value) ? 0 : 2 * bytes);
      counted.add(value);
      kept.set(key, answer, { size });
    }
    return answer;
  }

  /** What the same token was answered not long ago, where the upstream fails for reasons of its own. */
  function staleFor(key: string, failure: unknown): Aged<T> | null {
    if (!(failure instanceof UpstreamFailure) || !isUpstreamsOwn(failure.reason)) return null;
    const known = kept.get(key);
    return known !== undefined && performance.now() < known.staleUntil ? { ...known, insteadOf: failure } : null;
  }

  function depart(key: string, question: GlanceQuestion): Flight<T> {
    const { region, endpoint, requestId, deadlineMs, expiresAt } = question;
    const token = question.token?.value ?? null;
    const asking = upstream.ask({ call, service: 'image', region, endpoint, token, requestId, deadlineMs });
    const arrived = () => {
      if (underWay.get(key) === flight) underWay.delete(key);
    };
    const answer = asking.answer.then(
      (read) => {
        arrived();
        return keep(key, read, expiresAt);
      },
      (failure: unknown) => {
        arrived();
        const stale = staleFor(key, failure);
        if (stale !== null) return stale;
        throw failure;
      },
    );
    const flight = { answer, cancel: () => asking.cancel(), waiting: 0 };
    underWay.set(key, flight);
    return flight;
  }

  /** A caller that goes away ends the call only when nobody else waits for it. */
  function join(key: string, flight: Flight<T>, from: Pending<T>['from']): Pending<T> {
    flight.waiting += 1;
    return {
      answer: flight.answer,
      from,
      cancel() {
        flight.waiting -= 1;
        if (flight.waiting > 0) return;
        if (underWay.get(key) === flight) underWay.delete(key);
        flight.cancel();
      },
    };
  }

  return (question) => {
    const { token, endpoint, anew } = question;
    const key = `${token?.digest ?? ''} ${endpoint.origin}${endpoint.basePath}`;
    if (anew) return join(key, depart(key, question), 'upstream');
    const known = kept.get(key);
    if (known !== undefined && known.freshUntil > performance.now()) return known;
    const flight = underWay.get(key);
    return flight === undefined ? join(key, depart(key, question), 'upstream') : join(key, flight, 'shared');
  };
}
