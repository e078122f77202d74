import {
  localhostAllowedHostnames,
  localhostAllowedOrigins,
  validateHostHeader,
  validateOriginHeader,
} from '@modelcontextprotocol/server';

/**
 * Whether a request may come from where it says, as "Security Warning" of the protocol's Streamable HTTP transport asks: a page of any site
 * can reach a server on the user's machine by rebinding its own name to it. Browsers send `Origin` with every POST; agents send none.
 *
 * @param corsOrigins that may use the gateway
 */
export function isTrustedOrigin(
  origin: string | undefined,
  host: string | undefined,
  corsOrigins: readonly string[],
): boolean {
  if (origin === undefined || corsOrigins.includes(origin)) return true;
  const isLocalPage = validateOriginHeader(origin, localhostAllowedOrigins()).ok;
  return isLocalPage && validateHostHeader(host, localhostAllowedHostnames()).ok;
}
