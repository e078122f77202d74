/**
 * Asks Glance on behalf of many callers. Identical calls under way at the same time (same call, endpoint and token) are one,
 * and an answer serves the same token for a while. It never serves another token: the token's whole HMAC is in every key.
 */
import { LRUCache } from 'lru-cache';
import type { Token } from '../keystone/token.ts';
import type { Asking, Receiver } from '../upstream/asking.ts';
import type { Call } from '../upstream/call.ts';
import type { Upstream } from '../upstream/client.ts';
import { isUpstreamsOwn, UpstreamFailure } from '../upstream/failures.ts';
import type { Question, Read } from '../upstream/question.ts';
import { createFlights } from './flights.ts';
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

export interface GlanceQuestion
  extends Pick<Question<unknown>, 'endpoint' | 'requestId' | 'tracer' | 'askedAt' | 'deadlineMs'> {
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
export type Given<T> = Kept<T> | Pending;

export interface Kept<T> extends Aged<T> {
  readonly from: 'kept';
}

export interface Pending {
  readonly from: 'upstream' | 'shared';
  readonly asking: Asking;
}

/**
 * @param receiver told of an answer that is not at hand, or of an UpstreamFailure, maybe before this returns; failures are not kept
 */
export type Ask<T> = (question: GlanceQuestion, receiver: Receiver<Aged<T>>) => Given<T>;

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

interface AskOptions extends Omit<AnswersOptions, 'keptMs'> {
  readonly keptMs: number;
}

/** For how long others may have an answer: less than all of its time where another gateway asked for it. */
interface Serving {
  readonly keptMs: number;
  readonly isShared: boolean;
}

function createAsk<T extends object>(call: Call<T>, { upstream, keptMs, staleMs, shared }: AskOptions): Ask<T> {
  const kept = new LRUCache<string, Kept<T>>({ maxSize: MAX_KEPT_BYTES[call.name === usage.name ? 'usage' : 'other'] });
  const counted = new WeakSet<T>();
  const flights = createFlights<Aged<T>>();
  const own: Serving = { keptMs, isShared: false };

  function keep(key: string, { value, text }: Read<T>, serving: Serving, expiresAt: number): Aged<T> {
    const now = performance.now();
    const left = expiresAt === Number.POSITIVE_INFINITY ? expiresAt : expiresAt - Date.now();
    const freshUntil = now + Math.min(serving.keptMs, left);
    const staleUntil = now + Math.min(serving.keptMs + staleMs, left);
    // It is as old as it has not long to serve.
    const receivedAt = now - (keptMs - serving.keptMs);
    const { isShared } = serving;
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

  function askUpstream(question: GlanceQuestion, receiver: Receiver<Read<T>>): Asking {
    const { token, region, endpoint, requestId, tracer, askedAt, deadlineMs } = question;
    const value = token?.value ?? null;
    return upstream.ask(
      { call, service: 'image', region, endpoint, token: value, requestId, tracer, askedAt, deadlineMs },
      receiver,
    );
  }

  /** Where several gateways share answers: from there, or else from the upstream, for all of them. */
  function askForAll(
    cache: SharedAnswers,
    { value: token }: Token,
    question: GlanceQuestion,
    flight: { onFound(found: Read<T>, leftMs: number): void } & Receiver<Read<T>>,
  ): Asking {
    const subject = `${call.name} ${question.endpoint.url}`;
    let asking: Asking | null = null;
    let isCancelled = false;
    const ask = () => {
      asking = askUpstream(question, {
        onAnswer(answer) {
          cache.keep(token, subject, answer.text, Math.min(keptMs, question.expiresAt - Date.now()));
          flight.onAnswer(answer);
        },
        onFailure: flight.onFailure,
      });
      if (isCancelled) asking.cancel();
    };
    const finding = question.anew ? Promise.resolve(null) : cache.find(token, subject);
    const look = async () => {
      const entry = await finding;
      const found = entry && readShared(entry.text);
      if (found) flight.onFound(found, entry.leftMs);
      else ask();
    };
    look().catch(flight.onFailure);
    return {
      cancel() {
        isCancelled = true;
        asking?.cancel();
      },
    };
  }

  function readShared(text: string): Read<T> | null {
    try {
      return { value: call.read(text), text };
    } catch {
      // Another version may have kept what this one does not understand.
      return null;
    }
  }

  function begin(key: string, question: GlanceQuestion, flight: Receiver<Aged<T>>): Asking {
    const { token, expiresAt } = question;
    const onAnswer = (answer: Read<T>) => flight.onAnswer(keep(key, answer, own, expiresAt));
    const onFailure = (failure: Error) => {
      const stale = staleFor(key, failure);
      if (stale === null) flight.onFailure(failure);
      else flight.onAnswer(stale);
    };
    if (shared === null || token === null || keptMs === 0) return askUpstream(question, { onAnswer, onFailure });
    const onFound = (answer: Read<T>, leftMs: number) =>
      flight.onAnswer(keep(key, answer, { keptMs: Math.min(leftMs, keptMs), isShared: true }, expiresAt));
    return askForAll(shared, token, question, { onFound, onAnswer, onFailure });
  }

  return (question, receiver) => {
    const { token, endpoint, region, requestId, askedAt, deadlineMs, anew } = question;
    const key = `${token?.digest ?? ''} ${endpoint.url}`;
    const known = anew ? undefined : kept.get(key);
    if (known !== undefined && known.freshUntil > askedAt) return known;
    const asked = { service: 'image', call: call.name, region, requestId } as const;
    const lateness = () => new UpstreamFailure(asked, { kind: 'late', deadlineMs: Math.round(deadlineMs) });
    const deadline = { at: askedAt + deadlineMs, lateness };
    const joined = anew ? null : flights.join(key, receiver, deadline);
    if (joined !== null) return { from: 'shared', asking: joined };
    const ask = (flight: Receiver<Aged<T>>) => begin(key, question, flight);
    return { from: 'upstream', asking: flights.depart(key, receiver, deadline, ask) };
  };
}
