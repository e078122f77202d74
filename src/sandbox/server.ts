import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';

/** A server of the sandbox, on a free port of 127.0.0.1. */
export interface Sandbox {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  close(): Promise<void>;
}

export interface Reply {
  readonly status: number;
  readonly type: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

export async function startServer(respond: (request: IncomingMessage) => Reply): Promise<Sandbox> {
  const server = createServer((request, response) => {
    const { status, type, body, headers } = respond(request);
    request.resume();
    response
      .writeHead(status, { 'Content-Type': type, 'Content-Length': Buffer.byteLength(body), ...headers })
      .end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The sandbox has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    async close() {
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
