/** The hosts of a service catalog that a caller's token may be sent to. */
import { getDomain } from 'tldts';

/** The values that `ENDPOINT_HOSTS` accepts, for error messages. */
export const HOSTS_EXPECTED =
  'host names separated by commas, such as glance.example, *.cloud.example for all below a domain, or * for all';

/** @returns null when the text is not a list of hosts */
export function parseHosts(text: string): readonly string[] | null {
  const hosts = text.split(',').map((host) => host.trim().toLowerCase());
  const isHost = (host: string) =>
    host === '*' || /^(\*\.)?[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?$|^\[[0-9a-f:.]+\]$/.test(host);
  return hosts.every(isHost) ? hosts : null;
}

/**
 * Allows Keystone's own host and the listed hosts. Without a list, allows every host of Keystone's registered domain (by the public
 * suffix list). IP addresses and names such as `keystone` or `localhost` have no registered domain.
 *
 * @param keystone Keystone's origin
 * @param listed the value of `ENDPOINT_HOSTS`, or null
 * @returns whether an origin is allowed
 */
export function createHostAllowlist(keystone: string, listed: readonly string[] | null): (origin: string) => boolean {
  const keystoneHost = withoutFinalDot(new URL(keystone).hostname);
  const domain = getDomain(keystoneHost, { allowPrivateDomains: true });
  const patterns = listed ?? (domain === null ? [] : [domain, `*.${domain}`]);
  return (origin) => {
    const hostname = withoutFinalDot(new URL(origin).hostname);
    return hostname === keystoneHost || patterns.some((pattern) => matches(hostname, pattern));
  };
}

/** `glance.example.` is `glance.example`, and no other host. */
export function withoutFinalDot(hostname: string): string {
  return hostname.replace(/\.$/, '');
}

function matches(hostname: string, pattern: string): boolean {
  if (pattern === '*') return true;
  return pattern.startsWith('*.') ? hostname.endsWith(pattern.slice(1)) : hostname === pattern;
}
