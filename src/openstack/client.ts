/**
 * Calls OpenStack services over keep-alive connections. Each call of each endpoint has a connection pool, a circuit breaker and a
 * retry budget of its own, so that a failing call does not affect the others. A call ends with a decoded value or an `UpstreamError`.
 */
import { type PendingCall, type ResponseCallbacks, toError, toPromise } from './callbacks.ts';
import { type Admission, CircuitBreaker, type CircuitState } from './circuit-breaker.ts';
import { type Connection, type ConnectOptions, createConnect } from './connect.ts';
import { ConnectionPool, type PoolLimits } from './connection-pool.ts';
import { type CallInfo, isOutage, resultOf, type Service, UpstreamError } from './errors.ts';
import { type CallSpan, callInfoOf, decodeResponse, headersFor, type UpstreamRequest } from './request.ts';
import { backoffDelay, isRetryable, RetryBudget } from './retry.ts';
import { type RawResponse, send, type TransportRequest } from './transport.ts';

export interface ClientOptions extends PoolLimits, ConnectOptions {
  /** The largest body of a response, by service. */
  readonly maxBodyBytes: Readonly<Record<Service, number>>;
  /** Called after each attempt with the HTTP status or the kind of error, and the time in milliseconds. */
  readonly onResult?: (callInfo: CallInfo, result: number | string, ms: number) => void;
  readonly onCircuitChange?: (callInfo: CallInfo, state: CircuitState) => void;
}

export interface OpenStackClient {
  /** @param callbacks called with the decoded value or an `UpstreamError`, possibly before this returns */
  fetch<T>(request: UpstreamRequest<T>, callbacks: ResponseCallbacks<T>): PendingCall;
  /** @throws UpstreamError (as a rejection) */
  request<T>(request: UpstreamRequest<T>): Promise<T>;
  close(): Promise<void>;
}

/** Endpoints that were not called for so long are removed, in milliseconds. */
const MAX_UNUSED_MS = 300_000;

export function createClient(options: ClientOptions): OpenStackClient {
  const clients = new Map<string, Map<string, EndpointClient>>();
  const connect = createConnect(options);

  function clientFor(request: UpstreamRequest<unknown>): EndpointClient {
    let calls = clients.get(request.endpoint.url);
    let client = calls?.get(request.call);
    if (client !== undefined) return client;
    closeUnused(request.startedAt);
    client = createEndpointClient(request, options, connect);
    calls = clients.get(request.endpoint.url);
    if (calls === undefined) clients.set(request.endpoint.url, new Map([[request.call, client]]));
    else calls.set(request.call, client);
    return client;
  }

  function closeUnused(now: number): void {
    for (const [url, calls] of clients) {
      for (const [call, { pool, usedAt }] of calls) {
        if (pool.active > 0 || now - usedAt < MAX_UNUSED_MS) continue;
        calls.delete(call);
        void pool.destroy();
      }
      if (calls.size === 0) clients.delete(url);
    }
  }

  function fetch<T>(request: UpstreamRequest<T>, callbacks: ResponseCallbacks<T>): PendingCall {
    const call = new RetryingCall(clientFor(request), request, callbacks);
    call.start();
    return call;
  }

  return {
    fetch,
    request: (request) => toPromise((callbacks) => fetch(request, callbacks)),
    async close() {
      const pools = [...clients.values()].flatMap((calls) => [...calls.values()].map(({ pool }) => pool));
      await Promise.all(pools.map((pool) => pool.destroy()));
    },
  };
}

/** One call of one endpoint. */
interface EndpointClient {
  readonly options: ClientOptions;
  readonly pool: ConnectionPool;
  readonly breaker: CircuitBreaker;
  readonly retries: RetryBudget;
  /** In milliseconds of the monotonic clock. */
  usedAt: number;
}

function createEndpointClient(
  request: UpstreamRequest<unknown>,
  options: ClientOptions,
  connect: (origin: string) => Connection,
): EndpointClient {
  const callInfo = callInfoOf(request);
  const { endpoint } = request;
  const pool = new ConnectionPool(() => connect(endpoint.origin), options);
  const probe = {
    callInfo,
    path: endpoint.basePath + request.path,
    headers: { Accept: 'application/json' },
    timeoutMs: options.connectTimeoutMs,
    maxBodyBytes: options.maxBodyBytes[request.service],
  };
  return {
    options,
    pool,
    breaker: new CircuitBreaker({
      onStateChange: (state) => options.onCircuitChange?.(callInfo, state),
      isReachable: () => isReachable(() => connect(endpoint.origin), probe),
    }),
    retries: new RetryBudget(),
    usedAt: request.startedAt,
  };
}

/** Over a connection of its own: those of the pool may all be taken. */
async function isReachable(open: () => Connection, probe: Omit<TransportRequest, 'endsAt'>): Promise<boolean> {
  const pool = new ConnectionPool(open, { maxConnections: 1, maxWaiting: 1 });
  const request = { ...probe, endsAt: performance.now() + probe.timeoutMs };
  try {
    const { status } = await toPromise<RawResponse>((callbacks) => send(pool, request, callbacks));
    return !isOutage({ kind: 'http_error', status, message: null, retryAfter: null });
  } catch {
    return false;
  } finally {
    await pool.destroy();
  }
}

/** A call of one attempt or two. */
class RetryingCall<T> implements PendingCall, ResponseCallbacks<RawResponse> {
  readonly #client: EndpointClient;
  readonly #request: UpstreamRequest<T>;
  readonly #callbacks: ResponseCallbacks<T>;
  readonly #callInfo: CallInfo;
  /** An opaque key: the circuit breaker counts failures by caller. */
  readonly #caller: string;
  /** The error of the first attempt, which is being retried. */
  #firstError: UpstreamError | null = null;
  #retryTimer: NodeJS.Timeout | null = null;
  // Of the current attempt:
  #attemptAt = 0;
  #span: CallSpan | null = null;
  #admission: Admission = 'rejected';
  #pending: PendingCall | null = null;

  constructor(client: EndpointClient, request: UpstreamRequest<T>, callbacks: ResponseCallbacks<T>) {
    this.#client = client;
    this.#request = request;
    this.#callbacks = callbacks;
    this.#callInfo = callInfoOf(request);
    this.#caller = request.token?.hash ?? '';
  }

  start(): void {
    this.#client.usedAt = this.#request.startedAt;
    this.#client.retries.deposit();
    this.#attempt(this.#request.startedAt);
  }

  cancel(): void {
    if (this.#retryTimer === null) {
      this.#pending?.cancel();
      return;
    }
    clearTimeout(this.#retryTimer);
    this.#retryTimer = null;
    this.#callbacks.onError(new UpstreamError(this.#callInfo, { kind: 'aborted' }));
  }

  get #endsAt(): number {
    return this.#request.startedAt + this.#request.timeoutMs;
  }

  #attempt(now: number): void {
    const { breaker, pool, options } = this.#client;
    const request = this.#request;
    const callInfo = this.#callInfo;
    const { endpoint, timeoutMs, tracer } = request;
    this.#attemptAt = now;
    this.#span = tracer === null ? null : tracer.startCall(request, this.#firstError === null ? 0 : 1);
    this.#admission = breaker.admit(this.#caller, now);
    if (this.#admission === 'rejected' && this.#firstError !== null) {
      this.#span?.end('circuit_open');
      this.#callbacks.onError(this.#firstError);
      return;
    }
    if (this.#admission === 'rejected') {
      const retryAfter = breaker.retryAfter(this.#caller, now);
      this.onError(new UpstreamError(callInfo, { kind: 'circuit_open', retryAfter }));
      return;
    }
    const attempt = {
      callInfo,
      path: endpoint.basePath + request.path,
      headers: headersFor(request, this.#span?.headers),
      endsAt: this.#endsAt,
      timeoutMs,
      maxBodyBytes: options.maxBodyBytes[request.service],
    };
    this.#pending = send(pool, attempt, this);
  }

  onResponse(response: RawResponse): void {
    let value: T;
    try {
      value = decodeResponse(response, this.#request);
    } catch (error) {
      this.onError(toError(error));
      return;
    }
    const now = performance.now();
    this.#observe(response.status, now);
    this.#client.breaker.onSuccess(this.#caller, this.#admission, now);
    this.#callbacks.onResponse(value);
  }

  onError(error: Error): void {
    if (!(error instanceof UpstreamError)) {
      this.#span?.end(resultOf(error));
      this.#callbacks.onError(error);
      return;
    }
    const { breaker, retries } = this.#client;
    const { reason } = error;
    const now = performance.now();
    this.#observe(resultOf(error), now);
    if (this.#admission !== 'rejected') breaker.onError(this.#caller, this.#admission, reason, now);
    const delay = this.#firstError !== null || !isRetryable(reason) ? null : backoffDelay(this.#endsAt - now);
    if (delay === null || !retries.withdraw()) {
      this.#callbacks.onError(error);
      return;
    }
    this.#firstError = error;
    this.#retryTimer = setTimeout(() => {
      this.#retryTimer = null;
      this.#attempt(performance.now());
    }, delay);
  }

  #observe(result: number | string, now: number): void {
    this.#client.options.onResult?.(this.#callInfo, result, now - this.#attemptAt);
    this.#span?.end(result);
  }
}
