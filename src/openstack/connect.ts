/** Opens connections to upstreams, directly or through a proxy. */
import { createSecureContext } from 'node:tls';
import { type buildConnector, Client, type Dispatcher } from 'undici';

/** One connection, which carries one request at a time and connects on first use. */
export type Connection = Pick<Dispatcher, 'dispatch' | 'destroy'>;

export interface ConnectOptions {
  /** CA certificates in PEM to trust instead of the default ones; null for the default ones. */
  readonly ca: readonly string[] | null;
  /** Whether certificates of https upstreams are verified. */
  readonly verify: boolean;
  /** Whether to connect over IPv4 only. */
  readonly forceIpv4: boolean;
  readonly connectTimeoutMs: number;
  /** Null without proxies. */
  readonly connectByProxy: ConnectByProxy | null;
}

/** The proxy's own TLS is always verified. */
export interface SocketOptions {
  readonly upstream: buildConnector.BuildOptions;
  readonly proxy: buildConnector.BuildOptions;
  readonly connectTimeoutMs: number;
}

/** @returns null for an origin that needs no proxy */
export type ConnectByProxy = (origin: string, options: SocketOptions) => Connection | null;

/** `transport.ts` has one timeout over the whole call. */
export const NO_CLIENT_TIMEOUTS = { headersTimeout: 0, bodyTimeout: 0 };

/** @returns a function that opens a connection to an origin */
export function createConnect(options: ConnectOptions): (origin: string) => Connection {
  const { ca, verify, forceIpv4, connectTimeoutMs, connectByProxy } = options;
  const proxy = {
    timeout: connectTimeoutMs,
    // Parsing a bundle of certificates takes some 20 ms, so not for each connection.
    ...(ca && { secureContext: createSecureContext({ ca: [...ca] }) }),
    ...(forceIpv4 && { family: 4 }),
  };
  // A connection carries one request at a time, for which HTTP/2 has nothing to offer.
  const upstream = { ...proxy, rejectUnauthorized: verify, allowH2: false };
  const direct = (origin: string) => new Client(origin, { ...NO_CLIENT_TIMEOUTS, connect: upstream });
  if (connectByProxy === null) return direct;
  return (origin) => connectByProxy(origin, { upstream, proxy, connectTimeoutMs }) ?? direct(origin);
}
