/** What a forward proxy has to do with a failure. Names addresses, so it is for operators alone. */
import type { Config } from '../config/config.ts';
import type { Endpoint } from '../openstack/endpoint.ts';
import { createProxyLookup } from '../openstack/proxy-settings.ts';
import { causeOf, isNoTls, type Outcome } from './check-call.ts';

export interface UsedProxy {
  /** Without credentials. */
  readonly origin: string;
  /** The variable that sets it. */
  readonly variable: 'HTTPS_PROXY' | 'HTTP_PROXY';
}

/** The proxy of an endpoint, or null. */
export function proxyOf({ origin }: Endpoint, { proxies }: Config): UsedProxy | null {
  const url = proxies === null ? null : createProxyLookup(proxies)(origin);
  if (url === null) return null;
  return { origin: new URL(url).origin, variable: origin.startsWith('https:') ? 'HTTPS_PROXY' : 'HTTP_PROXY' };
}

/** What to do when the proxy itself fails; null when it did its part. */
export function proxyAdvice(outcome: Outcome, proxy: UsedProxy): string | null {
  const { code, message } = causeOf(outcome);
  const upstream = outcome.endpoint.origin;
  const { origin, variable } = proxy;
  const remedy = `correct ${variable}, or add ${new URL(upstream).hostname} to NO_PROXY if it needs no proxy`;
  if (origin.startsWith('https:') && isNoTls(message)) {
    const other = upstream.startsWith('https:') ? `, or ${upstream} does not` : '';
    return `The proxy ${origin} does not speak TLS${other}: most proxies are an http:// URL in ${variable}`;
  }
  // undici's errors have no codes for these.
  const [, status] = /^Proxy \D*\((\d{3})\)/.exec(message) ?? [];
  if (status === '407')
    return `The proxy ${origin} rejects the user and password, or their absence (407): correct ${variable}`;
  if (status !== undefined)
    return `The proxy ${origin} refuses to connect to ${upstream} (${status}): allow it there; else ${remedy}`;
  switch (code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `The name of the proxy ${origin} can't be resolved: ${remedy}`;
    case 'ECONNREFUSED':
      return `Nothing listens at the proxy ${origin}: ${remedy}`;
    case 'UND_ERR_CONNECT_TIMEOUT':
    case 'UND_ERR_HEADERS_TIMEOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'ETIMEDOUT':
      return `The proxy ${origin} does not respond: ${remedy}`;
    case 'UND_ERR_PRX_CONN':
      return `The proxy ${origin} closes the connection to ${upstream}: can the proxy reach it? Else ${remedy}`;
    case 'UND_ERR_PRX_TLS':
      return `The certificate of the proxy ${origin} has the wrong name: use one of its names in ${variable}`;
    default:
      return null;
  }
}
