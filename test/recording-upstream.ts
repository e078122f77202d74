/**
 * The one kind of double in this suite: an HTTP server that plays an upstream. It keeps a log of the requests that reached
 * it, and answers each as the test says: whole, late, in drops, cut off, or with bytes that are no HTTP at all.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  /** As they came over the wire: names with their case, in their order. */
  readonly headers: readonly (readonly [name: string, value: string])[];
}

export type Behaviour = (request: IncomingMessage, response: ServerResponse) => void;

export interface RecordingUpstream extends AsyncDisposable {
  readonly url: string;
  readonly seen: readonly SeenRequest[];
  /** Connections that are open now. */
  connections(): Promise<number>;
}

/** Starts one on a free port of 127.0.0.1. `behaviour` answers every request, or those whose path is its key. */
export async function startUpstream(behaviour: Behaviour | Record<string, Behaviour>): Promise<RecordingUpstream> {
  const seen: SeenRequest[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    const headers = request.rawHeaders.flatMap((name, index, all) =>
      index % 2 === 0 ? [[name, all[index + 1] ?? ''] as const] : [],
    );
    seen.push({ method: request.method ?? '', path, headers });
    response.on('error', () => {});
    const answer = typeof behaviour === 'function' ? behaviour : behaviour[path];
    if (answer === undefined) response.writeHead(404).end();
    else answer(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    seen,
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

/** Answers with a JSON body, or a text as it is. */
export function reply(status: number, body: unknown, headers: Record<string, string> = {}): Behaviour {
  return (_request, response) => {
    const text = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
    response.writeHead(status, { 'Content-Type': 'application/json', ...headers }).end(text);
  };
}

/** Answers so many milliseconds later. */
export function after(ms: number, behaviour: Behaviour): Behaviour {
  return (request, response) => void setTimeout(() => behaviour(request, response), ms);
}

export const hang: Behaviour = () => {};

export const reset: Behaviour = (request) => request.socket.resetAndDestroy();
