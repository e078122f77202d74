/**
 * Asks OpenStack services for JSON: keep-alive connections by endpoint, the three headers that go upstream, and what an answer's
 * status, type and shape mean, with a second attempt where one can help. Every answer leaves here decoded, or as an `UpstreamFailure`.
 */
import { isUtf8 } from 'node:buffer';
import { setTimeout } from 'node:timers/promises';
import { Client } from 'undici';
import { type Breaker, type BreakerState, createBreaker } from './breaker.ts';
import type { Call } from './call.ts';
import { type ConnectionLimits, type Connections, createConnections } from './connections.ts';
import type { Endpoint } from './endpoint.ts';
import { type Answer, type Asking, exchange } from './exchange.ts';
import { explanationOf } from './explanation.ts';
import { type Asked, type FailureReason, type Service, UpstreamFailure } from './failures.ts';
import { WrongShape } from './json.ts';
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

/** The request that a call is made for. */
export interface Asker {
  readonly requestId: string;
  /** Null where calls are not traced. */
  readonly tracer: CallTracer | null;
}

export interface CallTracer {
  beginCall(asked: Asked): { readonly traceparent: string; end(result: number | string): void };
}

export interface Question<T> extends Asker {
  readonly call: Call<T>;
  readonly service: Service;
  /** Null where the call concerns no region, as Keystone's. */
  readonly region: string | null;
  readonly endpoint: Endpoint;
  /** The caller's token; null sends no token header at all, as for clouds without Keystone. */
  readonly token: string | null;
  /** Whether the call asks about that same token: Keystone wants it a second time then. */
  readonly aboutToken?: boolean;
  /** For the whole exchange, connecting included. */
  readonly deadlineMs: number;
}

/** A decoded answer, and the text that it came in. */
export interface Read<T> {
  readonly value: T;
  readonly text: string;
}

export interface Upstream {
  /** @throws UpstreamFailure (as a rejection) whatever goes wrong */
  ask<T>(question: Question<T>): Asking<Read<T>>;
  close(): Promise<void>;
}

/** To one endpoint. */
interface Way {
  readonly connections: Connections;
  readonly breaker: Breaker;
  readonly retries: RetryBudget;
}

export function createUpstream(options: UpstreamOptions): Upstream {
  const ways = new Map<string, Way>();

  function wayTo({ origin, basePath }: Endpoint, asked: Asked): Way {
    let way = ways.get(origin + basePath);
    if (way === undefined) {
      way = {
        connections: createConnections(() => connectionTo(origin), options),
        breaker: createBreaker((state) => options.onBreaker?.(asked, state)),
        retries: createRetryBudget(),
      };
      ways.set(origin + basePath, way);
    }
    return way;
  }

  function connectionTo(origin: string): Client {
    return new Client(origin, {
      // One deadline over the whole exchange is kept by `exchange`.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: {
        timeout: options.connectTimeoutMs,
        rejectUnauthorized: options.verify,
        ...(options.ca && { ca: [...options.ca] }),
      },
    });
  }

  function attempt<T>(way: Way, question: Question<T>, deadlineMs: number): Asking<Read<T>> {
    const asked = askedBy(question);
    const begin = performance.now();
    const span = question.tracer?.beginCall(asked);
    const tell = (result: number | string) => {
      options.onAnswer?.(asked, result, performance.now() - begin);
      span?.end(result);
    };
    const asking = way.breaker.guard(() => {
      const sent = send(way, asked, question, deadlineMs, span?.traceparent);
      return {
        answer: sent.answer.then(
          (answer) => {
            tell(answer.status);
            return read(answer, asked, question);
          },
          (failure: UpstreamFailure) => {
            tell(failure.reason.kind);
            throw failure;
          },
        ),
        cancel: () => sent.cancel(),
      };
    });
    if (asking !== null) return asking;
    tell('broken');
    const reason = { kind: 'broken', retryAfter: way.breaker.retryAfter() } as const;
    return { answer: Promise.reject(new UpstreamFailure(asked, reason)), cancel() {} };
  }

  function send(
    { connections }: Way,
    asked: Asked,
    question: Question<unknown>,
    deadlineMs: number,
    traceparent: string | undefined,
  ): Asking<Answer> {
    const headers = headersFor(question);
    return exchange(connections, {
      asked,
      path: question.endpoint.basePath + question.call.path,
      headers: traceparent === undefined ? headers : { ...headers, Traceparent: traceparent },
      deadlineMs,
      maxBodyBytes: options.maxBodyBytes,
    });
  }

  return {
    ask(question) {
      const way = wayTo(question.endpoint, askedBy(question));
      const end = performance.now() + question.deadlineMs;
      let current = attempt(way, question, question.deadlineMs);
      let isCancelled = false;
      way.retries.earn();
      return {
        answer: current.answer.catch(async (failure: unknown) => {
          const pause = pauseWithin(end - performance.now());
          const isWorthwhile = failure instanceof UpstreamFailure && isWorthRetrying(failure.reason);
          if (!isWorthwhile || pause === null || !way.retries.spend()) throw failure;
          await setTimeout(pause);
          if (isCancelled) throw failure;
          current = attempt(way, question, end - performance.now());
          return current.answer;
        }),
        cancel() {
          isCancelled = true;
          current.cancel();
        },
      };
    },
    async close() {
      await Promise.all([...ways.values()].map(({ connections }) => connections.destroy()));
    },
  };
}

function askedBy({ service, call, region, requestId }: Question<unknown>): Asked {
  return { service, call: call.name, region, requestId };
}

// Glance negotiates unforgivingly: anything but exactly this Accept brings its errors as HTML.
function headersFor({ token, aboutToken = false, requestId }: Question<unknown>): Record<string, string> {
  const headers = { Accept: 'application/json', 'X-Openstack-Request-Id': requestId };
  if (token === null) return headers;
  return aboutToken
    ? { 'X-Auth-Token': token, 'X-Subject-Token': token, ...headers }
    : { 'X-Auth-Token': token, ...headers };
}

function read<T>(answer: Answer, { requestId, ...rest }: Asked, { call, token }: Question<T>): Read<T> {
  const asked = { ...rest, requestId: requestIdOf(answer) ?? requestId };
  const { status } = answer;
  const unusable = (problem: string, cause?: unknown) =>
    new UpstreamFailure(asked, { kind: 'unusable', status, problem }, cause);

  if (status >= 400) throw new UpstreamFailure(asked, refusalBy(answer, token));
  if (status === 300) throw unusable('is 300 Multiple Choices: the path of the configured endpoint is wrong');
  if (status !== 200) throw unusable(`is ${status} instead of 200`);
  if (!isUtf8(answer.body)) throw unusable('is not UTF-8');
  try {
    const text = answer.body.toString();
    return { value: call.read(text), text };
  } catch (error) {
    if (error instanceof WrongShape) throw unusable(`has a wrong shape: ${error.message}`, error);
    // V8's own message quotes the text.
    if (error instanceof SyntaxError || error instanceof RangeError) throw unusable('is not JSON');
    throw error;
  }
}

function refusalBy(answer: Answer, token: string | null): FailureReason {
  const retryAfter = answer.headers['retry-after'];
  return {
    kind: 'refused',
    status: answer.status,
    explanation: explanationOf(answer.body.toString(), token),
    retryAfter: retryAfter === undefined ? null : decodeRetryAfter(retryAfter),
  };
}

function requestIdOf(answer: Answer): string | null {
  const id = answer.headers['x-openstack-request-id'];
  return typeof id === 'string' && /^req-[\w-]{1,60}$/.test(id) ? id : null;
}

const MAX_RETRY_AFTER_SECONDS = 3600;

/** Seconds or an HTTP date (RFC 9110, 10.2.3) as seconds from now, from 0 to an hour; null when it is neither. */
export function decodeRetryAfter(text: string, now = Date.now()): number | null {
  const seconds = /^\d{1,10}$/.test(text.trim()) ? Number(text) : Math.ceil((Date.parse(text) - now) / 1000);
  return Number.isNaN(seconds) ? null : Math.min(Math.max(seconds, 0), MAX_RETRY_AFTER_SECONDS);
}
