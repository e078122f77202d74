/** A TCP proxy to an upstream that delays, truncates, slows down or corrupts responses. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { listen } from '../listen.ts';

export type Fault =
  | { readonly kind: 'none' }
  | { readonly kind: 'delay'; readonly delayMs: number }
  /** The connection is reset after this many bytes of each chunk. */
  | { readonly kind: 'truncate'; readonly afterBytes: number }
  /** One byte at a time. */
  | { readonly kind: 'trickle'; readonly everyMs: number }
  /** This share of bytes is replaced by random ones. */
  | { readonly kind: 'corrupt'; readonly percent: number }
  /** Connections are accepted, but nothing is forwarded. */
  | { readonly kind: 'black hole' };

export interface LossyProxy extends AsyncDisposable {
  readonly url: string;
  fault: Fault;
}

export async function startLossyProxy(target: string): Promise<LossyProxy> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  const proxy: { fault: Fault } = { fault: { kind: 'none' } };
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
      if (proxy.fault.kind !== 'black hole') upstream.write(chunk);
    });
    upstream.on('data', (chunk: Buffer) => forward(chunk, caller, proxy.fault));
  });
  return Object.assign(proxy, {
    url: `http://127.0.0.1:${await listen(server)}`,
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  });
}

async function forward(chunk: Buffer, caller: Socket, fault: Fault): Promise<void> {
  switch (fault.kind) {
    case 'none':
      caller.write(chunk);
      break;
    case 'delay':
      await pause(fault.delayMs);
      caller.write(chunk);
      break;
    case 'truncate':
      caller.write(chunk.subarray(0, fault.afterBytes), () => caller.resetAndDestroy());
      break;
    case 'trickle':
      for (const byte of chunk) {
        if (caller.destroyed) return;
        caller.write(Buffer.of(byte));
        await pause(fault.everyMs);
      }
      break;
    case 'corrupt':
      caller.write(chunk.map((byte) => (Math.random() * 100 < fault.percent ? Math.floor(Math.random() * 256) : byte)));
      break;
    case 'black hole':
      break;
  }
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
