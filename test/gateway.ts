/** A whole gateway on a free port, and the requests that tests make of it. */
import { Writable } from 'node:stream';
import { type Environment, loadConfig } from '../src/config.ts';
import { createGateway } from '../src/gateway.ts';
import { createLog } from '../src/telemetry/log.ts';

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

/** Shorter ones, as `a`, are words. */
const MIN_SECRET_LENGTH = 8;

/** Whatever a test is about: no token is told, not even in the log at its most verbose. */
function expectNoSecrets(texts: readonly string[], secrets: ReadonlySet<string>): void {
  for (const secret of secrets) {
    if (secret.length < MIN_SECRET_LENGTH) continue;
    const found = texts.find((text) => text.includes(secret));
    if (found !== undefined) throw new Error(`The token ${secret} is told: ${found.slice(0, 500)}`);
  }
}

/** And no answer tells where an upstream is, or what the gateway's own files are. */
function expectNoPlaces(texts: readonly string[], env: Environment): void {
  const hosts = [env.GLANCE_URL, env.OS_AUTH_URL].flatMap((url) => (url === undefined ? [] : [new URL(url).host]));
  const places = [...hosts, 'Keystone uri', 'node_modules', '.ts:', 'file://', import.meta.dirname];
  for (const place of places) {
    const found = texts.find((text) => text.includes(place));
    if (found !== undefined) throw new Error(`"${place}" is told: ${found.slice(0, 500)}`);
  }
}

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
  const gateway = await createGateway(config, createLog(config.logLevel, sink));
  const url = await gateway.app.listen({ host: config.host, port: config.port });
  let closed: Promise<void> | null = null;
  const close = () => {
    closed ??= closeAndSearch();
    return closed;
  };
  const told: string[] = [];
  const secrets = new Set<string>();

  async function closeAndSearch(): Promise<void> {
    const metrics = await (await fetch(`${url}/metrics`)).text().catch(() => '');
    await gateway.close();
    expectNoSecrets([...log.map((line) => JSON.stringify(line)), metrics, ...told], secrets);
    expectNoPlaces(told, env);
  }

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
      const text = await response.text();
      if (token !== undefined) secrets.add(token);
      told.push(`${[...response.headers].join('\n')}\n${text}`);
      const body: { data?: unknown; errors?: GraphqlError[] } = JSON.parse(text);
      return { status: response.status, headers: response.headers, data: body.data ?? null, errors: body.errors ?? [] };
    },
    [Symbol.asyncDispose]: close,
  };
}
