/**
 * Asks Glance on behalf of many callers. Identical calls under way at the same time (same call, endpoint and token) are one,
 * and an answer serves the same token for a while. It never serves another token: the token is in every key, as its whole
 * SHA-256.
 */
import { LRUCache } from 'lru-cache';
import { digestOf } from '../keystone/token.ts';
import type { Call } from '../upstream/call.ts';
import type { Question, Upstream } from '../upstream/client.ts';
import { type ImportMethods, importMethods } from './import-methods.ts';
import { type Store, stores } from './stores.ts';
import { type StoreDetail, storesDetail } from './stores-detail.ts';
import { type Usage, usage } from './usage.ts';
import { type ApiVersion, versions } from './versions.ts';

export interface GlanceQuestion
  extends Pick<Question<unknown>, 'endpoint' | 'token' | 'requestId' | 'deadlineMs' | 'signal'> {
  readonly region: string;
  /** When the token ends, in milliseconds since 1970; infinite when that is not known. */
  readonly expiresAt: number;
}

/** @throws UpstreamFailure (as a rejection); failures are not kept */
export type Ask<T> = (question: GlanceQuestion) => Promise<T>;

export interface Answers {
  readonly versions: Ask<readonly ApiVersion[]>;
  readonly importMethods: Ask<ImportMethods>;
  readonly stores: Ask<readonly Store[]>;
  readonly storesDetail: Ask<readonly StoreDetail[]>;
  readonly usage: Ask<Usage>;
}

/** How long an answer of each call is kept, in milliseconds; 0 keeps none. */
export type KeptMs = Readonly<Record<keyof Answers, number>>;

export function createAnswers(upstream: Upstream, keptMs: KeptMs): Answers {
  return {
    versions: createAsk(upstream, versions, keptMs.versions),
    importMethods: createAsk(upstream, importMethods, keptMs.importMethods),
    stores: createAsk(upstream, stores, keptMs.stores),
    storesDetail: createAsk(upstream, storesDetail, keptMs.storesDetail),
    usage: createAsk(upstream, usage, keptMs.usage),
  };
}

/** The answers of one call are kept up to so many bytes; beyond, the longest unused goes. */
const MAX_KEPT_BYTES = 24 * 1024 * 1024;
/** What a kept answer costs beside its own text: its key and its place. */
const ENTRY_BYTES = 400;

interface Flight<T> {
  readonly answer: Promise<T>;
  readonly controller: AbortController;
  waiting: number;
}

function createAsk<T extends object>(upstream: Upstream, call: Call<T>, keptMs: number): Ask<T> {
  const kept = new LRUCache<string, T>({ maxSize: MAX_KEPT_BYTES });
  const underWay = new Map<string, Flight<T>>();

  function depart(key: string, { expiresAt, ...question }: GlanceQuestion): Flight<T> {
    const controller = new AbortController();
    const asked = upstream.ask({ ...question, call, service: 'image', signal: controller.signal });
    const answer = asked.then(
      ({ value, bytes }) => {
        if (underWay.get(key) === flight) underWay.delete(key);
        const ttl = Math.min(keptMs, expiresAt - Date.now());
        if (ttl > 0) kept.set(key, value, { ttl, size: bytes * 2 + ENTRY_BYTES });
        return value;
      },
      (failure: unknown) => {
        if (underWay.get(key) === flight) underWay.delete(key);
        throw failure;
      },
    );
    const flight = { answer, controller, waiting: 0 };
    underWay.set(key, flight);
    return flight;
  }

  /** A caller that goes away ends the call only when nobody else waits for it. */
  function join(key: string, flight: Flight<T>, signal: AbortSignal): Promise<T> {
    const leave = () => {
      flight.waiting -= 1;
      if (flight.waiting > 0) return;
      if (underWay.get(key) === flight) underWay.delete(key);
      flight.controller.abort();
    };
    flight.waiting += 1;
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave, { once: true });
    return flight.answer;
  }

  return (question) => {
    const { token, endpoint, signal } = question;
    const key = `${token === null ? '' : digestOf(token)} ${endpoint.origin}${endpoint.basePath}`;
    const known = kept.get(key);
    if (known !== undefined) return Promise.resolve(known);
    return join(key, underWay.get(key) ?? depart(key, question), signal);
  };
}
