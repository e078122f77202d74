/** Starts a whole gateway on a free port, and sends it requests. */
import type { Server } from 'node:http';
import { Writable } from 'node:stream';
import { expect } from 'vitest';
import { type Environment, loadConfig } from '../src/config/config.ts';
import { createGateway } from '../src/gateway.ts';
import { createLogger } from '../src/telemetry/logger.ts';
import { metric } from './program.ts';

export interface GraphqlResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly data: unknown;
  readonly errors: readonly GraphqlError[];
}

export interface GraphqlError {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions: Readonly<Record<string, unknown>>;
}

/** A response whose body is not parsed. */
export interface RawResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export interface TestGateway extends AsyncDisposable {
  readonly url: string;
  readonly server: Server;
  /** The log lines so far, parsed. */
  readonly log: readonly Readonly<Record<string, unknown>>[];
  query(query: string, options?: QueryOptions): Promise<GraphqlResponse>;
  /** Posts a body to `/graphql`: a string unchanged, anything else as JSON. */
  post(body: unknown, options?: PostOptions): Promise<RawResponse>;
  fetch(path: string, init?: RequestInit): Promise<Response>;
  close(): Promise<void>;
}

export interface PostOptions {
  /** Whether the 503 of an overloaded gateway is returned. By default the request is sent again: the machine may be busy. */
  readonly acceptOverload?: boolean;
  readonly token?: string;
  readonly headers?: Record<string, string>;
  readonly signal?: AbortSignal;
}

export interface QueryOptions extends PostOptions {
  readonly variables?: Record<string, unknown>;
  readonly operationName?: string;
}

/** Caching is off by default, so that a test sees each of its upstream calls. */
export const NO_CACHING = {
  CACHE_TTL_IMPORT_MS: '0',
  CACHE_TTL_STORES_MS: '0',
  CACHE_TTL_STORES_DETAIL_MS: '0',
  CACHE_TTL_VERSIONS_MS: '0',
  CACHE_TTL_USAGE_MS: '0',
};

/** Set by the second run of the integration tests, which executes every operation with graphql-js. */
const EXECUTION = process.env.TEST_FAST_PATH === '0' ? { FAST_PATH: '0' } : {};

/** Shorter tokens, such as `a`, occur in ordinary words. */
const MIN_SECRET_LENGTH = 8;

/** Every test also checks that no log line, metric or response contains a token, even at the most verbose log level. */
function expectNoSecrets(texts: readonly string[], secrets: ReadonlySet<string>): void {
  for (const secret of secrets) {
    if (secret.length < MIN_SECRET_LENGTH) continue;
    const found = texts.find((text) => text.includes(secret));
    if (found !== undefined) throw new Error(`The token ${secret} is disclosed: ${found.slice(0, 500)}`);
  }
}

/** Every test also checks that no response discloses an upstream's address or the gateway's own files. */
function expectNoAddresses(texts: readonly string[], env: Environment): void {
  const hosts = [env.GLANCE_URL, env.OS_AUTH_URL].flatMap((url) => (url === undefined ? [] : [new URL(url).host]));
  const addresses = [...hosts, 'Keystone uri', 'node_modules', '.ts:', 'file://', import.meta.dirname];
  for (const address of addresses) {
    const found = texts.find((text) => text.includes(address));
    if (found !== undefined) throw new Error(`"${address}" is disclosed: ${found.slice(0, 500)}`);
  }
}

/** Starts a gateway with these variables; without `GLANCE_URL` or `OS_AUTH_URL` it is the sandbox. */
export async function startGateway(env: Environment = {}): Promise<TestGateway> {
  const log: Record<string, unknown>[] = [];
  const sink = new Writable({
    write(chunk, _encoding, done) {
      log.push(JSON.parse(String(chunk)));
      done();
    },
  });
  const config = loadConfig({ PORT: '0', LOG_LEVEL: 'trace', ...NO_CACHING, ...EXECUTION, ...env });
  const gateway = await createGateway(config, createLogger(config.logLevel, sink));
  const url = await gateway.app.listen({ host: config.host, port: config.port });
  let closed: Promise<void> | null = null;
  const close = () => {
    closed ??= closeAndInspect();
    return closed;
  };
  const responses: string[] = [];
  const secrets = new Set<string>();

  async function closeAndInspect(): Promise<void> {
    const metrics = await (await fetch(`${url}/metrics`)).text().catch(() => '');
    await gateway.close();
    expectNoSecrets([...log.map((line) => JSON.stringify(line)), metrics, ...responses], secrets);
    expectNoAddresses(responses, env);
  }

  async function post(body: unknown, options: PostOptions = {}): Promise<RawResponse> {
    const { token, headers = {}, signal, acceptOverload = false } = options;
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        ...(token !== undefined && { 'X-Auth-Token': token }),
        ...headers,
      },
      body: typeof body === 'string' ? body : JSON.stringify(body),
      ...(signal && { signal }),
    });
    if (response.status === 503 && !acceptOverload) {
      await new Promise((resolve) => setTimeout(resolve, 250));
      return post(body, options);
    }
    const text = await response.text();
    if (token !== undefined) secrets.add(token);
    responses.push(`${[...response.headers].join('\n')}\n${text}`);
    return { status: response.status, headers: response.headers, text };
  }

  return {
    url,
    log,
    server: gateway.app.server,
    close,
    post,
    fetch: (path, init) => fetch(url + path, init),
    async query(query, { variables, operationName, ...options } = {}) {
      const { status, headers, text } = await post({ query, variables, operationName }, options);
      const body: { data?: unknown; errors?: GraphqlError[] } = JSON.parse(text);
      return { status, headers, data: body.data ?? null, errors: body.errors ?? [] };
    },
    [Symbol.asyncDispose]: close,
  };
}

/** The log line of a request, which is written after the response was sent. */
export async function requestLine(gateway: TestGateway, requestId: string | null) {
  const lines = () => gateway.log.filter((line) => line.msg === 'request' && line.requestId === requestId);
  await expect.poll(() => lines().length).toBe(1);
  return lines()[0] ?? {};
}

/** The lines of `/metrics` that match. The text is reused for half a second, so tests poll. */
export async function metricLines(gateway: TestGateway, pattern: RegExp): Promise<string[]> {
  const text = await (await gateway.fetch('/metrics')).text();
  return text.split('\n').filter((line) => pattern.test(line));
}

/** The requests that the gateway is handling, without the one that reads the metrics. */
export async function requestsInFlight(gateway: TestGateway): Promise<number> {
  return (await metric(gateway, 'glance_graphql_requests_in_flight')) - 1;
}
