/** Which hosts of a service catalog may be sent a caller's token. */
import { getDomain } from 'tldts';

/** What `ENDPOINT_HOSTS` takes, for messages. */
export const HOSTS_ACCEPTED =
  'host names separated by commas, such as glance.example, *.cloud.example for all below a domain, or * for all';

/** @returns null when it is none */
export function parseHosts(text: string): readonly string[] | null {
  const hosts = text.split(',').map((host) => host.trim().toLowerCase());
  const isHost = (host: string) =>
    host === '*' || /^(\*\.)?[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?$|^\[[0-9a-f:.]+\]$/.test(host);
  return hosts.every(isHost) ? hosts : null;
}

/**
 * Keystone's own host may always be, and so may what is listed; without a list, all hosts of the domain that Keystone's owner
 * has registered, by the public suffix list. An address, and a name without a domain, has no such.
 *
 * @param keystone an origin
 */
export function createHostRule(keystone: string, listed: readonly string[] | null): (origin: string) => boolean {
  const own = new URL(keystone).hostname;
  const domain = getDomain(own, { allowPrivateDomains: true });
  const hosts = listed ?? (domain === null ? [] : [domain, `*.${domain}`]);
  return (origin) => {
    const { hostname } = new URL(origin);
    return hostname === own || hosts.some((host) => matches(hostname, host));
  };
}

function matches(hostname: string, host: string): boolean {
  if (host === '*') return true;
  return host.startsWith('*.') ? hostname.endsWith(host.slice(1)) : hostname === host;
}
