/**
 * Asks OpenStack services for JSON: keep-alive connections, a breaker and a retry budget for each endpoint, and a second attempt
 * where one can help. Every answer leaves here decoded, or as an `UpstreamFailure`.
 */
import { Client } from 'undici';
import { type Asking, answerTo, type Receiver, toError } from './asking.ts';
import { type Breaker, type BreakerState, createBreaker } from './breaker.ts';
import { type ConnectionLimits, type Connections, createConnections } from './connections.ts';
import type { Endpoint } from './endpoint.ts';
import { type Answer, exchange } from './exchange.ts';
import { type Asked, UpstreamFailure } from './failures.ts';
import { headersFor, type Question, type Read, read } from './question.ts';
import { createRetryBudget, isWorthRetrying, pauseWithin, type RetryBudget } from './retries.ts';

/** Connections and waiting calls are bounded for each endpoint. */
export interface UpstreamOptions extends ConnectionLimits {
  /** The text of a bundle of CA certificates in PEM, trusted beside the system's; null for none. */
  readonly ca: readonly string[] | null;
  /** Whether https upstreams must prove who they are. */
  readonly verify: boolean;
  readonly connectTimeoutMs: number;
  readonly maxBodyBytes: number;
  /** Told of each answer: the HTTP status or the kind of failure, and the time in milliseconds. */
  readonly onAnswer?: (asked: Asked, result: number | string, ms: number) => void;
  /** Told when an upstream is not asked any more, is tried, and is asked again. */
  readonly onBreaker?: (asked: Asked, state: BreakerState) => void;
}

export interface Upstream {
  /** @param receiver told of the decoded answer, or of an `UpstreamFailure`, maybe before this returns */
  ask<T>(question: Question<T>, receiver: Receiver<Read<T>>): Asking;
  /** @throws UpstreamFailure (as a rejection) whatever goes wrong */
  answerTo<T>(question: Question<T>): Promise<Read<T>>;
  close(): Promise<void>;
}

export function createUpstream(options: UpstreamOptions): Upstream {
  const ways = new Map<string, Way>();

  function wayTo({ url, origin }: Endpoint, asked: Asked): Way {
    let way = ways.get(url);
    if (way === undefined) {
      way = {
        options,
        connections: createConnections(() => connectionTo(origin, options), options),
        breaker: createBreaker((state) => options.onBreaker?.(asked, state)),
        retries: createRetryBudget(),
      };
      ways.set(url, way);
    }
    return way;
  }

  function ask<T>(question: Question<T>, receiver: Receiver<Read<T>>): Asking {
    const { service, call, region, requestId } = question;
    const asked: Asked = { service, call: call.name, region, requestId };
    const inquiry = new Inquiry(wayTo(question.endpoint, asked), asked, question, receiver);
    inquiry.begin();
    return inquiry;
  }

  return {
    ask,
    answerTo: (question) => answerTo((receiver) => ask(question, receiver)),
    async close() {
      await Promise.all([...ways.values()].map(({ connections }) => connections.destroy()));
    },
  };
}

function connectionTo(origin: string, { connectTimeoutMs, verify, ca }: UpstreamOptions): Client {
  return new Client(origin, {
    // One deadline over the whole exchange is kept by `exchange`.
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: { timeout: connectTimeoutMs, rejectUnauthorized: verify, ...(ca && { ca: [...ca] }) },
  });
}

/** To one endpoint. */
interface Way {
  readonly options: UpstreamOptions;
  readonly connections: Connections;
  readonly breaker: Breaker;
  readonly retries: RetryBudget;
}

/** A question on its way: one attempt, or two. */
class Inquiry<T> implements Asking, Receiver<Answer> {
  readonly #way: Way;
  readonly #asked: Asked;
  readonly #question: Question<T>;
  readonly #receiver: Receiver<Read<T>>;
  #isSecond = false;
  #isCancelled = false;
  // Of the attempt that is under way:
  #begin = 0;
  #span: { end(result: number | string): void } | undefined;
  #breaker: Receiver<unknown> | null = null;
  #sent: Asking | null = null;

  constructor(way: Way, asked: Asked, question: Question<T>, receiver: Receiver<Read<T>>) {
    this.#way = way;
    this.#asked = asked;
    this.#question = question;
    this.#receiver = receiver;
  }

  begin(): void {
    this.#way.retries.earn();
    this.#attempt(this.#question.askedAt);
  }

  #attempt(now: number): void {
    const { breaker, connections, options } = this.#way;
    const { endpoint, call, tracer } = this.#question;
    this.#begin = now;
    const span = tracer?.beginCall(this.#asked);
    this.#span = span;
    this.#breaker = breaker.admit(now);
    if (this.#breaker === null) {
      this.onFailure(new UpstreamFailure(this.#asked, { kind: 'broken', retryAfter: breaker.retryAfter() }));
      return;
    }
    const request = {
      asked: this.#asked,
      path: endpoint.basePath + call.path,
      headers: headersFor(this.#question, span?.traceparent),
      askedAt: now,
      deadlineMs: this.#endsAt - now,
      maxBodyBytes: options.maxBodyBytes,
    };
    this.#sent = exchange(connections, request, this);
  }

  onAnswer(answer: Answer): void {
    this.#tell(answer.status);
    const result = this.#read(answer);
    if (result instanceof Error) {
      this.#fail(result);
      return;
    }
    this.#breaker?.onAnswer(result);
    this.#receiver.onAnswer(result);
  }

  #read(answer: Answer): Read<T> | Error {
    try {
      return read(answer, this.#asked, this.#question);
    } catch (error) {
      return toError(error);
    }
  }

  onFailure(failure: Error): void {
    if (failure instanceof UpstreamFailure) this.#tell(failure.reason.kind);
    this.#fail(failure);
  }

  get #endsAt(): number {
    return this.#question.askedAt + this.#question.deadlineMs;
  }

  #fail(failure: Error): void {
    this.#breaker?.onFailure(failure);
    const pause = this.#isSecond ? null : pauseWithin(this.#endsAt - performance.now());
    const isWorthwhile = failure instanceof UpstreamFailure && isWorthRetrying(failure.reason);
    if (!isWorthwhile || pause === null || !this.#way.retries.spend()) {
      this.#receiver.onFailure(failure);
      return;
    }
    this.#isSecond = true;
    setTimeout(() => {
      if (this.#isCancelled) this.#receiver.onFailure(failure);
      else this.#attempt(performance.now());
    }, pause);
  }

  #tell(result: number | string): void {
    this.#way.options.onAnswer?.(this.#asked, result, performance.now() - this.#begin);
    this.#span?.end(result);
  }

  cancel(): void {
    this.#isCancelled = true;
    this.#sent?.cancel();
  }
}
