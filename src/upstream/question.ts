/** What is asked of an upstream, as HTTP, and what its answer's status, type and shape mean. */
import { isUtf8 } from 'node:buffer';
import type { Call } from './call.ts';
import type { Endpoint } from './endpoint.ts';
import type { Answer } from './exchange.ts';
import { explanationOf } from './explanation.ts';
import { type Asked, type FailureReason, type Service, UpstreamFailure } from './failures.ts';
import { WrongShape } from './json.ts';

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
  /** In milliseconds of the monotonic clock. */
  readonly askedAt: number;
  /** For the whole exchange, connecting included. */
  readonly deadlineMs: number;
}

/** A decoded answer, and the text that it came in. */
export interface Read<T> {
  readonly value: T;
  readonly text: string;
}

/** The headers that go upstream: these, and no other. */
export function headersFor(
  { token, aboutToken = false, requestId }: Question<unknown>,
  traceparent?: string,
): Record<string, string> {
  // Glance negotiates unforgivingly: anything but exactly this Accept brings its errors as HTML.
  const headers: Record<string, string> = token === null ? {} : { 'X-Auth-Token': token };
  if (token !== null && aboutToken) headers['X-Subject-Token'] = token;
  headers.Accept = 'application/json';
  headers['X-Openstack-Request-Id'] = requestId;
  if (traceparent !== undefined) headers.Traceparent = traceparent;
  return headers;
}

/** @throws UpstreamFailure for any answer but a good one */
export function read<T>(answer: Answer, asked: Asked, { call, token }: Question<T>): Read<T> {
  const { status, body } = answer;
  if (status >= 400) throw failureBy(answer, asked, refusalBy(answer, token));
  const unusable = (problem: string, cause?: unknown) =>
    failureBy(answer, asked, { kind: 'unusable', status, problem }, cause);
  if (status === 300) throw unusable('is 300 Multiple Choices: the path of the configured endpoint is wrong');
  if (status !== 200) throw unusable(`is ${status} instead of 200`);
  if (!isUtf8(body)) throw unusable('is not UTF-8');
  try {
    const text = body.toString();
    return { value: call.read(text), text };
  } catch (error) {
    if (error instanceof WrongShape) throw unusable(`has a wrong shape: ${error.message}`, error);
    // V8's own message quotes the text.
    if (error instanceof SyntaxError || error instanceof RangeError) throw unusable('is not JSON');
    throw error;
  }
}

function failureBy(answer: Answer, asked: Asked, reason: FailureReason, cause?: unknown): UpstreamFailure {
  return new UpstreamFailure({ ...asked, requestId: requestIdOf(answer) ?? asked.requestId }, reason, cause);
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
