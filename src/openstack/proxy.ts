/** Connects through the forward proxy of an upstream. Only imported where one is configured. */
import { isIP } from 'node:net';
import { type buildConnector, Client, ProxyAgent } from 'undici';
import { type ConnectByProxy, NO_CLIENT_TIMEOUTS, type SocketOptions } from './connect.ts';
import { createProxyLookup, type ProxySettings } from './proxy-settings.ts';

export function createConnectByProxy(settings: ProxySettings): ConnectByProxy {
  const proxyOf = createProxyLookup(settings);
  return (origin, options) => {
    const url = proxyOf(origin);
    if (url === null) return null;
    const agent = createAgent(url, options);
    return {
      dispatch: (request, handler) => agent.dispatch({ ...request, origin }, handler),
      destroy: () => agent.destroy(),
    };
  };
}

/** An agent with one connection. It opens a tunnel for https, and sends requests for http to the proxy itself. */
function createAgent(uri: string, { upstream, proxy, connectTimeoutMs }: SocketOptions): ProxyAgent {
  return new ProxyAgent({
    uri,
    connectTimeout: connectTimeoutMs,
    requestTls: upstream,
    proxyTls: proxy,
    factory: (origin, options) => new Client(origin, { ...withoutAddressAsName(options), ...NO_CLIENT_TIMEOUTS }),
    // A proxy that does not respond to CONNECT would hold the connection.
    clientFactory: (origin, options) =>
      new Client(origin, { ...withoutAddressAsName(options), headersTimeout: connectTimeoutMs }),
  });
}

/** undici names an https proxy that is an address in the TLS handshake, which Node rejects. */
function withoutAddressAsName(options: object): object {
  const connect = 'connect' in options ? options.connect : undefined;
  if (typeof connect !== 'function') return options;
  return {
    ...options,
    connect({ servername, ...target }: buildConnector.Options, callback: buildConnector.Callback): void {
      const isAddress = !servername || isIP(servername.replace(/^\[(.*)\]$/, '$1')) !== 0;
      connect(isAddress ? target : { servername, ...target }, callback);
    },
  };
}
