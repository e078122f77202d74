/**
 * Asks Glance on behalf of many callers. Identical calls under way at the same time (same call, endpoint and token) are one,
 * and an answer serves the same token for a while. It never serves another token: the token's whole HMAC is in every key.
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

export interface GlanceQuestion extends Pick<Question<unknown>, 'endpoint' | 'requestId' | 'tracer' | 'deadlineMs'> {
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
  /** Whether another gateway asked for it, and shared it. */
  readonly isShared: boolean;
}

/** A cache that several gateways share. No entry is found or read but with the token that it was kept with. */
export interface SharedAnswers {
  find(token: string, subject: string): Promise<{ readonly text: string; readonly leftMs: number } | null>;
  keep(token: string, subject: string, text: string, ttlMs: number): void;
}

/** An answer that is at hand, or one to wait for: of a call of its own, or of one that others wait for too. */
export type Given<T> = Kept<T> | Pending<T>;

export interface Kept<T> extends Aged<T> {
  readonly from: 'kept';
}

export interface Pending<T> extends Asking<Aged<T>> {
  readonly from: 'upstream' | 'shared';
  /** When it has its answer or has failed, by the deadline of who asked first: in milliseconds of the monotonic clock. */
  readonly endsBy: number;
}

/** A pending answer rejects with an UpstreamFailure; failures are not kept. */
export type Ask<T> = (question: GlanceQuestion) => Given<T>;

export type Answers = { readonly [C in CallName]: Ask<AnswerOf[C]> };

/** How long an answer of each call is kept, in milliseconds; 0 keeps none. */
export type KeptMs = Readonly<Record<CallName, number>>;

export interface AnswersOptions {
  readonly upstream: Upstream;
  readonly keptMs: KeptMs;
  /** How much longer an answer is kept for when the upstream fails, in milliseconds. */
  readonly staleMs: number;
  readonly shared: SharedAnswers | null;
}

export function createAnswers({ keptMs, ...options }: AnswersOptions): Answers {
  const askFor = <T extends object>(call: Call<T>, ms: number) => createAsk(call, { ...options, keptMs: ms });
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

/**
 * A call that is under way. It lets go of the call once that is over: V8 copies a map that lives long each time enough of its keys
 * have changed, and what a copy leads to seems alive for as long as the copy is not collected. That was most of what calls leave.
 */
interface Flight<T> {
  asking: Asking<Aged<T>> | null;
  waiting: number;
  readonly endsBy: number;
}

interface AskOptions extends Omit<AnswersOptions, 'keptMs'> {
  readonly keptMs: number;
}

/** An answer, and for how long others may have it: less than all of its time where another gateway asked for it. */
interface Fetched<T> extends Read<T> {
  readonly keptMs: number;
  readonly isShared: boolean;
}

function createAsk<T extends object>(call: Call<T>, { upstream, keptMs, staleMs, shared }: AskOptions): Ask<T> {
  const kept = new LRUCache<string, Kept<T>>({ maxSize: MAX_KEPT_BYTES[call.name === usage.name ? 'usage' : 'other'] });
  const counted = new WeakSet<T>();
  const underWay = new Map<string, Flight<T>>();

  function keep(key: string, { value, text, isShared, ...fetched }: Fetched<T>, expiresAt: number): Aged<T> {
    const now = performance.now();
    const left = expiresAt - Date.now();
    const freshUntil = now + Math.min(fetched.keptMs, left);
    const staleUntil = now + Math.min(fetched.keptMs + staleMs, left);
    // It is as old as it has not long to serve.
    const receivedAt = now - (keptMs - fetched.keptMs);
    const answer = { from: 'kept', value, receivedAt, freshUntil, staleUntil, insteadOf: null, isShared } as const;
    if (staleUntil > now) {
      // The same bytes are the same value, which takes its place once.
      const size = ENTRY_BYTES + (counted.has(value) ? 0 : 2 * text.length);
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

  function depart(key: string, question: GlanceQuestion): Pending<T> {
    const asking = fetch(question);
    const flight: Flight<T> = { asking: null, waiting: 0, endsBy: performance.now() + question.deadlineMs };
    const arrived = () => {
      if (underWay.get(key) === flight) underWay.delete(key);
      flight.asking = null;
    };
    const answer = asking.answer.then(
      (read) => {
        arrived();
        return keep(key, read, question.expiresAt);
      },
      (failure: unknown) => {
        arrived();
        const stale = staleFor(key, failure);
        if (stale !== null) return stale;
        throw failure;
      },
    );
    flight.asking = { answer, cancel: () => asking.cancel() };
    underWay.set(key, flight);
    return join(key, flight, answer, 'upstream');
  }

  function ask({ token, region, endpoint, requestId, tracer, deadlineMs }: GlanceQuestion): Asking<Fetched<T>> {
    const value = token?.value ?? null;
    const asking = upstream.ask({
      call,
      service: 'image',
      region,
      endpoint,
      token: value,
      requestId,
      tracer,
      deadlineMs,
    });
    const answer = asking.answer.then((read) => ({ ...read, keptMs, isShared: false }));
    return { answer, cancel: () => asking.cancel() };
  }

  /** From where several gateways share answers, or else from the upstream, for all of them. */
  function fetch(question: GlanceQuestion): Asking<Fetched<T>> {
    const { token, endpoint, expiresAt, anew } = question;
    if (shared === null || token === null || keptMs === 0) return ask(question);
    const subject = `${call.name} ${endpoint.origin}${endpoint.basePath}`;
    let asking: Asking<Fetched<T>> | null = null;
    let isCancelled = false;
    const askForAll = async () => {
      asking = ask(question);
      if (isCancelled) asking.cancel();
      const fetched = await asking.answer;
      shared.keep(token.value, subject, fetched.text, Math.min(keptMs, expiresAt - Date.now()));
      return fetched;
    };
    const found = anew ? Promise.resolve(null) : shared.find(token.value, subject);
    return {
      answer: found.then((entry) => (entry && fromShared(entry)) ?? askForAll()),
      cancel() {
        isCancelled = true;
        asking?.cancel();
      },
    };
  }

  function fromShared({ text, leftMs }: { readonly text: string; readonly leftMs: number }): Fetched<T> | null {
    try {
      return { value: call.read(text), text, keptMs: Math.min(leftMs, keptMs), isShared: true };
    } catch {
      // Another version may have kept what this one does not understand.
      return null;
    }
  }

  /** A caller that goes away ends the call only when nobody else waits for it. */
  function join(key: string, flight: Flight<T>, answer: Promise<Aged<T>>, from: Pending<T>['from']): Pending<T> {
    flight.waiting += 1;
    return {
      answer,
      from,
      endsBy: flight.endsBy,
      cancel() {
        flight.waiting -= 1;
        if (flight.waiting > 0) return;
        if (underWay.get(key) === flight) underWay.delete(key);
        flight.asking?.cancel();
      },
    };
  }

  return (question) => {
    const { token, endpoint, anew } = question;
    const key = `${token?.digest ?? ''} ${endpoint.origin}${endpoint.basePath}`;
    if (anew) return depart(key, question);
    const known = kept.get(key);
    if (known !== undefined && known.freshUntil > performance.now()) return known;
    const flight = underWay.get(key);
    return flight?.asking ? join(key, flight, flight.asking.answer, 'shared') : depart(key, question);
  };
}
