/** A call as an HTTP request, and what the status, type and shape of its response mean. */
import { isUtf8 } from 'node:buffer';
import type { Endpoint } from './endpoint.ts';
import { errorMessageOf, isErrorObject } from './error-message.ts';
import { type CallInfo, type ErrorReason, RedirectError, type Service, UpstreamError } from './errors.ts';
import { DecodeError } from './json.ts';
import type { Token } from './keystone/token.ts';
import type { RawResponse } from './transport.ts';

/** The trace of a request. */
export interface CallTracer {
  readonly traceId: string;
  /** @param resends the number of attempts before this one */
  startCall(request: UpstreamRequest<unknown>, resends: number): CallSpan;
}

/** The span of one attempt of a call. */
export interface CallSpan {
  /** `traceparent`, and `tracestate` if the caller sent it: the upstream's spans become children of this one. */
  readonly headers: Readonly<Record<string, string>>;
  /** @param result the HTTP status, or the kind of error */
  end(result: number | string): void;
}

/** The caller and the request that a call is made for. */
export interface CallContext {
  /** The caller's token; null sends no token header, as for clouds without Keystone. */
  readonly token: Token | null;
  readonly requestId: string;
  /** Null where calls are not traced. */
  readonly tracer: CallTracer | null;
}

/** @typeParam T what `decode` makes of the body */
export interface UpstreamRequest<T> extends CallContext {
  readonly service: Service;
  readonly call: string;
  /** Appended to the endpoint. */
  readonly path: string;
  /**
   * @throws DecodeError when the body does not follow the API
   * @throws SyntaxError when it is not JSON
   */
  readonly decode: (body: string) => T;
  readonly endpoint: Endpoint;
  /** Null for Keystone's calls. */
  readonly region: string | null;
  /** Whether the call is about that same token, which Keystone expects in a second header. */
  readonly sendSubjectToken: boolean;
  /** In milliseconds of the monotonic clock. */
  readonly startedAt: number;
  /** For the whole call, connecting and retrying included. */
  readonly timeoutMs: number;
}

export function callInfoOf({ service, call, region, requestId }: CallInfo): CallInfo {
  return { service, call, region, requestId };
}

/** The headers that go upstream, and no others but those of HTTP itself. */
export function headersFor(
  request: UpstreamRequest<unknown>,
  traceHeaders: Readonly<Record<string, string>> | undefined,
): Record<string, string> {
  const { token, sendSubjectToken, requestId } = request;
  const headers: Record<string, string> = token === null ? {} : { 'X-Auth-Token': token.value };
  if (token !== null && sendSubjectToken) {
    headers['X-Subject-Token'] = token.value;
    // Without it Keystone responds with 404 for tokens with access rules.
    headers['OpenStack-Identity-Access-Rules'] = '1';
  }
  // Glance sends its errors as HTML for anything but exactly this.
  headers.Accept = 'application/json';
  headers['X-Openstack-Request-Id'] = requestId;
  return traceHeaders === undefined ? headers : Object.assign(headers, traceHeaders);
}

/** @throws UpstreamError for anything but a 200 with a body that can be decoded */
export function decodeResponse<T>(response: RawResponse, request: UpstreamRequest<T>): T {
  const { status, body } = response;
  if (status >= 400) throw errorFor(response, request, httpError(response, request));
  const invalid = (problem: string, cause?: unknown) =>
    errorFor(response, request, { kind: 'invalid_response', status, problem }, cause);
  if (status === 300) throw invalid('is 300 Multiple Choices: the path of the configured endpoint is wrong');
  if (status !== 200) throw invalid(`is ${status} instead of 200`, redirectOf(response, request));
  if (!isUtf8(body)) throw invalid('is not UTF-8');
  try {
    return request.decode(body.toString());
  } catch (error) {
    if (error instanceof DecodeError) throw invalid(`has a wrong shape: ${error.message}`, error);
    // V8's own message quotes the text.
    if (error instanceof SyntaxError || error instanceof RangeError) throw invalid('is not JSON');
    throw error;
  }
}

/** Redirects are not followed, as they would take the token to another address. */
function redirectOf({ headers }: RawResponse, { endpoint, path }: UpstreamRequest<unknown>): RedirectError | undefined {
  const location = firstOf(headers.location);
  const base = endpoint.url + path;
  return location !== undefined && URL.canParse(location, base)
    ? new RedirectError(new URL(location, base))
    : undefined;
}

function errorFor(
  { headers }: RawResponse,
  request: UpstreamRequest<unknown>,
  reason: ErrorReason,
  cause?: unknown,
): UpstreamError {
  const sent = headers['x-openstack-request-id'];
  const requestId = typeof sent === 'string' && /^req-[\w-]{1,60}$/.test(sent) ? sent : request.requestId;
  return new UpstreamError({ ...callInfoOf(request), requestId }, reason, cause);
}

function httpError({ status, headers, body }: RawResponse, { service, token }: UpstreamRequest<unknown>): ErrorReason {
  const text = body.toString();
  const retryAfter = firstOf(headers['retry-after']);
  return {
    kind: 'http_error',
    status,
    message: errorMessageOf(text, token?.value ?? null),
    retryAfter: retryAfter === undefined ? null : decodeRetryAfter(retryAfter),
    ...(service === 'identity' && status === 404 && text !== '' && !isErrorObject(text) && { isForeign: true }),
  };
}

/** A header that was sent several times is a list. */
const firstOf = (header: RawResponse['headers'][string]) => (typeof header === 'string' ? header : header?.[0]);

const MAX_RETRY_AFTER_SECONDS = 3600;

/** Seconds or an HTTP date (RFC 9110, 10.2.3) as seconds from now, from 0 to an hour; null when it is neither. */
export function decodeRetryAfter(text: string, now = Date.now()): number | null {
  const seconds = /^\d{1,10}$/.test(text.trim()) ? Number(text) : Math.ceil((Date.parse(text) - now) / 1000);
  return Number.isNaN(seconds) ? null : Math.min(Math.max(seconds, 0), MAX_RETRY_AFTER_SECONDS);
}
