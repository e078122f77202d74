/**
 * A forward proxy as a process of its own, configured by `OPTIONS`, a JSON object. All hosts are this machine. Prints its port, and
 * then a line of JSON for each request.
 */
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse, request as sendRequest } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ProxyOptions } from './forward-proxy.ts';

const { credentials, tls, mode }: ProxyOptions = JSON.parse(process.env.OPTIONS ?? '{}');
const fixture = (name: string) => readFileSync(new URL(`fixtures/${name}`, import.meta.url));

const print = (value: unknown) => process.stdout.write(`${JSON.stringify(value)}\n`);
const log = ({ method, url, headers }: IncomingMessage) => print({ method, url, headers });

function isAuthorized({ headers }: IncomingMessage): boolean {
  if (credentials === undefined) return true;
  return headers['proxy-authorization'] === `Basic ${Buffer.from(credentials).toString('base64')}`;
}

/** An http request, whose target is a whole URL. */
function forward(request: IncomingMessage, response: ServerResponse): void {
  log(request);
  if (!isAuthorized(request)) {
    response.writeHead(407, { 'Proxy-Authenticate': 'Basic' }).end('<h1>Who are you?</h1>');
    return;
  }
  const { port, pathname, search } = new URL(request.url ?? '');
  const { method, headers } = request;
  const sent = sendRequest({ host: '127.0.0.1', port, path: pathname + search, method, headers }, (received) => {
    response.writeHead(received.statusCode ?? 500, received.headers);
    received.pipe(response);
  });
  sent.on('error', () => response.writeHead(502).end());
  request.pipe(sent);
}

/** `CONNECT host:port`. */
function tunnel(request: IncomingMessage, socket: Duplex, head: Buffer): void {
  log(request);
  socket.on('error', () => {});
  if (mode === 'silent') return;
  if (mode === 'forbid') return void socket.end('HTTP/1.1 403 Forbidden\r\n\r\n');
  if (!isAuthorized(request)) return void socket.end('HTTP/1.1 407 Proxy Authentication Required\r\n\r\n');
  const upstream = connect(Number(request.url?.split(':').at(-1)), '127.0.0.1', () => {
    socket.write('HTTP/1.1 200 Connection established\r\n\r\n');
    upstream.write(head);
    upstream.pipe(socket);
    socket.pipe(upstream);
  });
  upstream.on('error', () => socket.destroy());
  socket.on('close', () => upstream.destroy());
}

const server = tls
  ? createTlsServer({ key: fixture('localhost-key.pem'), cert: fixture('localhost.pem') }, forward)
  : createServer(forward);
server.on('connect', tunnel);
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  print({ port: typeof address === 'object' ? address?.port : null });
});
