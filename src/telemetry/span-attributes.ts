/** The attributes of spans, by OpenTelemetry's semantic conventions for HTTP. */
import type { Attributes } from '@opentelemetry/api';
import type { UpstreamRequest } from '../openstack/request.ts';

/** A request of a caller. */
export interface TracedRequest {
  readonly id: string;
  readonly method: string;
  /** As registered; null when no route matches. */
  readonly route: string | null;
  /** Without the query string, which may hold variables. */
  readonly path: string;
  readonly scheme: string;
  /** The version of HTTP, such as `1.1`. */
  readonly version: string;
}

/** Node accepts further methods, such as those of WebDAV. */
const KNOWN_METHODS = new Set([
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'CONNECT',
  'TRACE',
  'QUERY',
]);

/** The method in the name of a span. */
export const methodOf = ({ method }: TracedRequest): string => (KNOWN_METHODS.has(method) ? method : 'HTTP');

export function requestAttributes({ id, method, route, path, scheme, version }: TracedRequest): Attributes {
  return {
    ...(KNOWN_METHODS.has(method)
      ? { 'http.request.method': method }
      : { 'http.request.method': '_OTHER', 'http.request.method_original': method }),
    ...(route !== null && { 'http.route': route }),
    'url.path': path,
    'url.scheme': scheme,
    'network.protocol.version': version,
    'openstack.request_id': id,
  };
}

export function upstreamAttributes(
  { service, call, region, endpoint, path }: UpstreamRequest<unknown>,
  resends: number,
): Attributes {
  const { hostname, port, protocol } = new URL(endpoint.origin);
  return {
    'http.request.method': 'GET',
    // The brackets of an IPv6 address are not a part of it.
    'server.address': hostname.replace(/^\[|\]$/g, ''),
    'server.port': Number(port) || (protocol === 'https:' ? 443 : 80),
    'url.full': endpoint.url + path,
    'url.template': path,
    'openstack.service': service,
    'openstack.call': call,
    ...(region !== null && { 'openstack.region': region }),
    ...(resends > 0 && { 'http.request.resend_count': resends }),
  };
}
