/**
 * One GET over undici's `dispatch`, with one timeout over connecting, waiting and reading, a limit on the body, and cancellation. It
 * follows no redirect, decompresses nothing, retries nothing, and sends only the given headers.
 */
import { type Dispatcher, errors } from 'undici';
import { deliver, type PendingCall, type ResponseCallbacks } from './callbacks.ts';
import type { Connection } from './connect.ts';
import type { ConnectionPool, Waiter } from './connection-pool.ts';
import { type CallInfo, type ErrorReason, UpstreamError } from './errors.ts';
import { ResponseBody } from './response-body.ts';
import { scheduleTimeout, type TimeoutTarget } from './timeouts.ts';

/** By their names in lower case. A header that was sent several times is a list. */
type ResponseHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

export interface RawResponse {
  readonly status: number;
  readonly headers: ResponseHeaders;
  readonly body: Buffer;
}

export interface TransportRequest {
  readonly callInfo: CallInfo;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** When the timeout fires, in milliseconds of the monotonic clock. */
  readonly endsAt: number;
  /** The configured timeout in milliseconds, for the error. */
  readonly timeoutMs: number;
  readonly maxBodyBytes: number;
}

/**
 * @param callbacks called with an `UpstreamError` when no whole response arrives: `timeout`, `connection_error`, `invalid_response`,
 * `aborted`, or, possibly before this returns, `queue_full`
 */
export function send(
  pool: ConnectionPool,
  request: TransportRequest,
  callbacks: ResponseCallbacks<RawResponse>,
): PendingCall {
  const handler = new ResponseHandler(pool, request, callbacks);
  if (!pool.acquire(handler)) handler.rejectFullQueue();
  return handler;
}

/**
 * Whether the response violates HTTP. undici's errors have no codes for that. A connection that closes within a body is not meant:
 * undici calls that an invalid state at the end of file, or another length than announced.
 */
function isMalformedHttp(error: Error, hasStarted: boolean): boolean {
  if (error instanceof errors.HTTPParserError) return !error.message.includes('Invalid EOF state');
  if (error instanceof errors.ResponseContentLengthMismatchError) return !hasStarted;
  if (error instanceof errors.SocketError) return /^bad (response|upgrade)$/.test(error.message);
  return error instanceof errors.HeadersOverflowError;
}

/** Interim responses (1xx) have no end of their own, and undici reads them all. */
const MAX_INTERIM_RESPONSES = 10;
/** How long the response to a cancelled call is read, in milliseconds. */
const MAX_DRAIN_MS = 500;

class ResponseHandler implements Dispatcher.DispatchHandler, PendingCall, TimeoutTarget, Waiter {
  settled = false;
  readonly #pool: ConnectionPool;
  readonly #request: TransportRequest;
  readonly #callbacks: ResponseCallbacks<RawResponse>;
  #timeouts: Set<TimeoutTarget>;
  /** Whether it waits for a connection. */
  #isQueued = true;
  #connection: Connection | null = null;
  #controller: Dispatcher.DispatchController | null = null;
  /** Whether the call settled before its request was sent. */
  #isUnsent = false;
  #status = 0;
  #headers: ResponseHeaders = {};
  readonly #body = new ResponseBody(() => this.#fail({ kind: 'queue_full' }));
  #interimResponses = 0;

  constructor(pool: ConnectionPool, request: TransportRequest, callbacks: ResponseCallbacks<RawResponse>) {
    this.#pool = pool;
    this.#request = request;
    this.#callbacks = callbacks;
    this.#timeouts = scheduleTimeout(this, request.endsAt);
  }

  onConnection(connection: Connection): void {
    this.#isQueued = false;
    this.#connection = connection;
    const { path, headers } = this.#request;
    try {
      connection.dispatch({ method: 'GET', path, headers }, this);
    } catch (error) {
      this.#fail({ kind: 'connection_error', responseStarted: this.#status !== 0 }, error);
      this.#release(false);
    }
  }

  rejectFullQueue(): void {
    this.#isQueued = false;
    this.#fail({ kind: 'queue_full' });
  }

  onTimeout(): void {
    if (this.settled) this.#controller?.abort(new Error('The response to a cancelled call is late'));
    else this.#fail({ kind: 'timeout', timeoutMs: this.#request.timeoutMs });
  }

  /** A response that comes soon is still read: callers who leave by the thousand would make the upstream open as many connections. */
  cancel(): void {
    const error = this.#settle({ kind: 'aborted' });
    if (error === null) return;
    if (this.#controller !== null) this.#timeouts = scheduleTimeout(this, performance.now() + MAX_DRAIN_MS);
    this.#callbacks.onError(error);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (!this.settled) return;
    // The call has settled while undici connected. An error here keeps the request from being sent, and leaves the connection open.
    this.#isUnsent = true;
    throw new Error('The call has settled');
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: ResponseHeaders): void {
    if (status < 200) {
      this.#interimResponses += 1;
      if (this.#interimResponses > MAX_INTERIM_RESPONSES) this.#failAsMalformed();
      return;
    }
    this.#status = status;
    this.#headers = headers;
    const encoding = headers['content-encoding'];
    if (encoding !== undefined && encoding !== 'identity') {
      this.#fail({ kind: 'invalid_response', status, problem: 'is compressed, which was not requested' });
    } else if (Number(headers['content-length']) > this.#request.maxBodyBytes) {
      this.#failTooLarge();
    }
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.settled) return;
    if (this.#body.length + chunk.length > this.#request.maxBodyBytes) this.#failTooLarge();
    else this.#body.append(chunk);
  }

  onResponseEnd(): void {
    // Before the response is decoded, so that the next waiter does not wait for that.
    this.#release(true);
    if (this.settled) return;
    this.settled = true;
    deliver(this.#callbacks, { status: this.#status, headers: this.#headers, body: this.#body.take() });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    const hasStarted = this.#status !== 0;
    if (isMalformedHttp(error, hasStarted)) {
      this.#failAsMalformed(error);
    } else {
      this.#fail({ kind: 'connection_error', responseStarted: hasStarted }, error);
    }
    this.#release(this.#isUnsent);
  }

  #failAsMalformed(cause?: Error): void {
    this.#fail({ kind: 'invalid_response', status: this.#status || null, problem: 'is not valid HTTP' }, cause);
  }

  #failTooLarge(): void {
    const problem = `is larger than ${this.#request.maxBodyBytes} bytes`;
    this.#fail({ kind: 'invalid_response', status: this.#status, problem });
  }

  #fail(reason: ErrorReason, cause?: unknown): void {
    const error = this.#settle(reason, cause);
    if (error === null) return;
    this.#controller?.abort(error);
    this.#callbacks.onError(error);
  }

  /** Returns null when the call has settled before. */
  #settle(reason: ErrorReason, cause?: unknown): UpstreamError | null {
    if (this.settled) return null;
    this.settled = true;
    this.#body.take();
    this.#timeouts.delete(this);
    if (this.#isQueued) this.#pool.leave();
    return new UpstreamError(this.#request.callInfo, reason, cause);
  }

  /** Called when undici is done with the request, which may be after the call has settled. */
  #release(reusable: boolean): void {
    if (this.#connection === null) return;
    const connection = this.#connection;
    this.#connection = null;
    this.#timeouts.delete(this);
    this.#pool.release(connection, reusable);
  }
}
