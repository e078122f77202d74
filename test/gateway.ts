/** A whole gateway on a free port, and the requests that tests make of it. */
import { Writable } from 'node:stream';
import { type Environment, loadConfig } from '../src/config.ts';
import { createGateway } from '../src/gateway.ts';
import { createLogger } from '../src/telemetry/log.ts';

export interface GraphqlAnswer {
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

export interface TestGateway extends AsyncDisposable {
  readonly url: string;
  /** The lines logged so far, parsed. */
  readonly log: readonly Readonly<Record<string, unknown>>[];
  query(query: string, options?: QueryOptions): Promise<GraphqlAnswer>;
  fetch(path: string, init?: RequestInit): Promise<Response>;
  close(): Promise<void>;
}

export interface QueryOptions {
  readonly token?: string;
  readonly headers?: Record<string, string>;
  readonly variables?: Record<string, unknown>;
  readonly signal?: AbortSignal;
}

/** So that a test sees each of its calls upstream; those about keeping answers say otherwise. */
const NOTHING_KEPT = {
  CACHE_TTL_IMPORT_MS: '0',
  CACHE_TTL_STORES_MS: '0',
  CACHE_TTL_STORES_DETAIL_MS: '0',
  CACHE_TTL_VERSIONS_MS: '0',
  CACHE_TTL_USAGE_MS: '0',
};

/** Set by the suite's second run, which has every operation executed anew. */
const WAY = process.env.TEST_PLAIN_EXECUTION === '1' ? { PLAIN_EXECUTION: '1' } : {};

/** Starts it with these variables; without `GLANCE_URL` it is the sandbox. */
export async function startGateway(env: Environment = {}): Promise<TestGateway> {
  const log: Record<string, unknown>[] = [];
  const sink = new Writable({
    write(chunk, _encoding, done) {
      log.push(JSON.parse(String(chunk)));
      done();
    },
  });
  const config = loadConfig({ PORT: '0', LOG_LEVEL: 'trace', ...NOTHING_KEPT, ...WAY, ...env });
  const gateway = await createGateway(config, createLogger(config.logLevel, sink));
  const url = await gateway.app.listen({ host: config.host, port: config.port });
  let closed: Promise<void> | null = null;
  const close = () => {
    closed ??= gateway.close();
    return closed;
  };

  return {
    url,
    log,
    close,
    fetch: (path, init) => fetch(url + path, init),
    async query(query, { token, headers = {}, variables, signal } = {}) {
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: {
          'Content-Type': 'application/json',
          ...(token !== undefined && { 'X-Auth-Token': token }),
          ...headers,
        },
        body: JSON.stringify({ query, ...(variables && { variables }) }),
        ...(signal && { signal }),
      });
      const body: { data?: unknown; errors?: GraphqlError[] } = JSON.parse(await response.text());
      return { status: response.status, headers: response.headers, data: body.data ?? null, errors: body.errors ?? [] };
    },
    [Symbol.asyncDispose]: close,
  };
}
