/** GraphQL requests to the gateway that served the page. */

/** An error of the gateway: of a field, or of the whole request. docs/errors.md lists the codes. */
export interface GatewayError {
  readonly message: string;
  readonly extensions: {
    /** `NO_CONNECTION` when there is no response of the gateway. */
    readonly code: string;
    readonly service?: string;
    readonly requestId?: string;
    readonly retryable?: boolean;
  };
}

/** A result that served although it has expired, because its call failed. */
export interface StaleCall {
  readonly call: string;
  /** In seconds. */
  readonly age: number;
}

export interface GatewayResponse<Data> {
  readonly data: Data | null;
  readonly errors: readonly GatewayError[];
  readonly stale: readonly StaleCall[];
  /** When the upstream responded, in milliseconds since 1970. */
  readonly receivedAt: number;
}

export interface SendOptions {
  readonly token: string;
  readonly signal?: AbortSignal;
  /** Whether the gateway calls the upstream in any case. */
  readonly noCache?: boolean;
}

/** The path is relative to the page, so that it works behind any path of a proxy. */
const GRAPHQL_PATH = 'graphql';

/** An overloaded gateway responds with 503, a rate limit with 429, and both with `Retry-After`. */
const MAX_ATTEMPTS = 4;
const MAX_WAIT_SECONDS = 10;

/** Sends a body, and sends it again when the gateway asks for that. @throws TypeError when there is no response */
export async function post(body: unknown, { token, signal, noCache = false }: SendOptions): Promise<Response> {
  const request: RequestInit = {
    method: 'POST',
    headers: {
      'Content-Type': 'application/json',
      Accept: 'application/json',
      ...(token !== '' && { 'X-Auth-Token': token }),
      ...(noCache && { 'Cache-Control': 'no-cache' }),
    },
    body: JSON.stringify(body),
    ...(signal && { signal }),
  };
  for (let attempt = 1; ; attempt += 1) {
    const response = await fetch(GRAPHQL_PATH, request);
    if ((response.status !== 503 && response.status !== 429) || attempt === MAX_ATTEMPTS) return response;
    const seconds = Number(response.headers.get('Retry-After') ?? 1);
    await wait(Math.min(Number.isNaN(seconds) ? 1 : seconds, MAX_WAIT_SECONDS) * 1000, signal);
  }
}

/** Never rejects, unless it is aborted: every failure is an error in the response. */
export async function send<Data>(body: unknown, options: SendOptions): Promise<GatewayResponse<Data>> {
  let requestId: string | null = null;
  try {
    const response = await post(body, options);
    requestId = response.headers.get('X-Openstack-Request-Id');
    const ageSeconds = Number(response.headers.get('Age') ?? 0);
    const { data = null, errors = [], extensions } = await response.json();
    if (data === null && errors.length === 0) throw new Error(`HTTP ${response.status}`);
    return { data, errors, stale: extensions?.stale ?? [], receivedAt: Date.now() - ageSeconds * 1000 };
  } catch (error) {
    if (options.signal?.aborted) throw error;
    const message = error instanceof Error ? error.message : String(error);
    const extensions = { code: 'NO_CONNECTION', retryable: true, ...(requestId !== null && { requestId }) };
    return { data: null, errors: [{ message, extensions }], stale: [], receivedAt: Date.now() };
  }
}

function wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, ms);
    signal?.addEventListener('abort', () => {
      clearTimeout(timer);
      reject(signal.reason);
    });
  });
}
