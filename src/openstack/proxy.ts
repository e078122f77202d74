/** Connects through the forward proxy of `HTTPS_PROXY` or `HTTP_PROXY`. Only imported where one is set. */
import { BlockList, isIP } from 'node:net';
import { Client, EnvHttpProxyAgent } from 'undici';
import { type ConnectByProxy, NO_CLIENT_TIMEOUTS, type SocketOptions } from './connect.ts';

export interface ProxySettings {
  /** The URL of the proxy for http upstreams, with its credentials; null for none. */
  readonly http: string | null;
  /** The same for https upstreams. */
  readonly https: string | null;
  /** Hosts, domains and networks without a proxy, separated by commas or spaces: `NO_PROXY`. */
  readonly exclude: string;
}

export function createConnectByProxy({ http, https, exclude }: ProxySettings): ConnectByProxy {
  const isExcludedAddress = createAddressCheck(exclude);
  return (origin, options) => {
    const url = origin.startsWith('https:') ? https : http;
    if (url === null || isExcludedAddress(new URL(origin).hostname)) return null;
    const agent = createAgent(url, exclude, options);
    return {
      dispatch: (request, handler) => agent.dispatch({ ...request, origin }, handler),
      destroy: () => agent.destroy(),
    };
  };
}

/** An agent with one connection. It opens a tunnel for https, and sends requests for http to the proxy itself. */
function createAgent(
  url: string,
  exclude: string,
  { upstream, proxy, connectTimeoutMs }: SocketOptions,
): EnvHttpProxyAgent {
  return new EnvHttpProxyAgent({
    // The scheme has already been considered. Without values here undici reads the environment.
    httpProxy: url,
    httpsProxy: '',
    noProxy: exclude,
    connectTimeout: connectTimeoutMs,
    connect: upstream,
    requestTls: upstream,
    proxyTls: proxy,
    factory: (origin, options) => new Client(origin, { ...options, ...NO_CLIENT_TIMEOUTS }),
    // A proxy that does not respond to CONNECT would hold the connection.
    clientFactory: (origin, options) => new Client(origin, { ...options, headersTimeout: connectTimeoutMs }),
  });
}

/**
 * Whether an address is excluded: addresses of this machine, which a proxy can't reach, as Go's clients do, and those in the networks
 * of `NO_PROXY`, which undici does not know. undici decides about names and single addresses.
 */
function createAddressCheck(exclude: string): (hostname: string) => boolean {
  const excluded = new BlockList();
  excluded.addSubnet('127.0.0.0', 8, 'ipv4');
  excluded.addAddress('::1', 'ipv6');
  for (const [, address = '', prefix] of exclude.matchAll(/([^\s,]+)\/(\d+)/g)) {
    excluded.addSubnet(address, Number(prefix), isIP(address) === 6 ? 'ipv6' : 'ipv4');
  }
  return (hostname) => {
    const address = hostname.replace(/^\[(.*)\]$/, '$1');
    const version = isIP(address);
    if (version === 0) return hostname === 'localhost';
    return excluded.check(address, version === 6 ? 'ipv6' : 'ipv4');
  };
}
