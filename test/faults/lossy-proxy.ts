/** A path to an upstream that delays, cuts, trickles and garbles, as the test says, at the level of bytes. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

export type Path =
  /** All goes through. */
  | { readonly kind: 'fine' }
  | { readonly kind: 'slow'; readonly delayMs: number }
  /** Answers end after so many bytes, with a reset. */
  | { readonly kind: 'cut'; readonly afterBytes: number }
  /** A byte at a time. */
  | { readonly kind: 'trickle'; readonly everyMs: number }
  /** So many of a hundred bytes are others. */
  | { readonly kind: 'garble'; readonly percent: number }
  /** Connections are taken, and nothing more. */
  | { readonly kind: 'black hole' };

export interface LossyProxy extends AsyncDisposable {
  readonly url: string;
  path: Path;
}

export async function startLossyProxy(target: string): Promise<LossyProxy> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  const proxy = { path: { kind: 'fine' } as Path };
  const server = createServer((caller) => {
    const upstream = connect(Number(port), hostname);
    for (const socket of [caller, upstream]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        caller.destroy();
        upstream.destroy();
      });
    }
    caller.on('data', (chunk) => {
      if (proxy.path.kind !== 'black hole') upstream.write(chunk);
    });
    upstream.on('data', (chunk: Buffer) => bringBack(chunk, caller, proxy.path));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return Object.assign(proxy, {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`,
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  });
}

async function bringBack(chunk: Buffer, caller: Socket, path: Path): Promise<void> {
  switch (path.kind) {
    case 'fine':
      caller.write(chunk);
      break;
    case 'slow':
      await pause(path.delayMs);
      caller.write(chunk);
      break;
    case 'cut':
      caller.write(chunk.subarray(0, path.afterBytes), () => caller.resetAndDestroy());
      break;
    case 'trickle':
      for (const byte of chunk) {
        if (caller.destroyed) return;
        caller.write(Buffer.of(byte));
        await pause(path.everyMs);
      }
      break;
    case 'garble':
      caller.write(chunk.map((byte) => (Math.random() * 100 < path.percent ? Math.floor(Math.random() * 256) : byte)));
      break;
    case 'black hole':
      break;
  }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
