/** Connects through the forward proxy of an upstream. Only imported where one is configured. */
import { Client, ProxyAgent } from 'undici';
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
    factory: (origin, options) => new Client(origin, { ...options, ...NO_CLIENT_TIMEOUTS }),
    // A proxy that does not respond to CONNECT would hold the connection.
    clientFactory: (origin, options) => new Client(origin, { ...options, headersTimeout: connectTimeoutMs }),
  });
}
