/**
 * The only test double of this suite: an HTTP server in place of an upstream. It records the requests that it receives and
 * responds as the test specifies: completely, late, in small pieces, cut off, or with bytes that are not HTTP.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { listen } from './listen.ts';

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  /** As received: case and order of the names are preserved. */
  readonly headers: readonly (readonly [name: string, value: string])[];
}

export type Behaviour = (request: IncomingMessage, response: ServerResponse) => void;

export interface RecordingUpstream extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`, or `https://localhost:PORT`. */
  readonly url: string;
  readonly port: number;
  readonly seen: readonly SeenRequest[];
  /** The number of open connections. */
  connections(): Promise<number>;
  /** The number of connections since the start. */
  accepted(): number;
}

/** A key and its certificate, in PEM. */
export interface TlsFiles {
  readonly key: Buffer | string;
  readonly cert: Buffer | string;
}

/**
 * Starts one on a free port of 127.0.0.1. `behaviour` handles every request, or maps paths to handlers; others get 404.
 *
 * @param tls for an upstream over https
 */
export async function startUpstream(
  behaviour: Behaviour | Record<string, Behaviour>,
  tls?: TlsFiles,
): Promise<RecordingUpstream> {
  const seen: SeenRequest[] = [];
  const respond: RequestListener = (request, response) => {
    const path = request.url ?? '';
    const headers = request.rawHeaders.flatMap((name, index, all) =>
      index % 2 === 0 ? [[name, all[index + 1] ?? ''] as const] : [],
    );
    seen.push({ method: request.method ?? '', path, headers });
    response.on('error', () => {});
    const handler = typeof behaviour === 'function' ? behaviour : behaviour[path];
    if (handler === undefined) response.writeHead(404).end();
    else handler(request, response);
  };
  const server = tls === undefined ? createServer(respond) : createTlsServer({ ...tls }, respond);
  let accepted = 0;
  server.on('connection', () => {
    accepted += 1;
  });
  const port = await listen(server);
  return {
    url: tls === undefined ? `http://127.0.0.1:${port}` : `https://localhost:${port}`,
    port,
    seen,
    accepted: () => accepted,
    connections: () =>
      new Promise((resolve, reject) =>
        server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
      ),
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}

/** Responds with a JSON body; strings and buffers are sent unchanged. */
export function reply(status: number, body: unknown, headers: Record<string, string> = {}): Behaviour {
  return (_request, response) => {
    const text = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
    response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(text);
  };
}

/** Responds after a delay, in milliseconds. */
export function after(ms: number, behaviour: Behaviour): Behaviour {
  return (request, response) => void setTimeout(() => behaviour(request, response), ms);
}

export const hang: Behaviour = () => {};

export const reset: Behaviour = (request) => request.socket.resetAndDestroy();

/** Responds to requests when `release` is called, and to later ones at once. */
export function hold(behaviour: Behaviour): { readonly behaviour: Behaviour; release(): void } {
  const released = Promise.withResolvers<void>();
  return {
    behaviour: (request, response) => void released.promise.then(() => behaviour(request, response)),
    release: released.resolve,
  };
}

/** Keystone's response about a token, whose catalog has a public Image endpoint for each region. */
export function tokenInfo(
  endpoints: Readonly<Record<string, string>>,
  scope: object = { project: { id: 'project-one' } },
  expiresInMs = 3_600_000,
) {
  const entries = Object.entries(endpoints).map(([id, url]) => ({ interface: 'public', region_id: id, url }));
  const expires = new Date(Date.now() + expiresInMs).toISOString();
  return { token: { ...scope, expires_at: expires, catalog: [{ type: 'image', endpoints: entries }] } };
}

/** Keystone's response about a token that expires soon: made at the first request, since a gateway takes its time to start. */
export function expiringToken(create: () => { readonly token: { readonly expires_at: string } }) {
  let info: ReturnType<typeof create> | null = null;
  const behaviour: Behaviour = (request, response) => {
    info ??= create();
    reply(200, info)(request, response);
  };
  return {
    behaviour,
    /** As `Date.now()`. */
    expiresAt: () => Date.parse(info?.token.expires_at ?? ''),
  };
}

/** The token that a request has, or an empty text. */
export const tokenIn = ({ headers }: IncomingMessage): string => String(headers['x-auth-token'] ?? '');
