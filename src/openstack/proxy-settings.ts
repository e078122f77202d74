/** Which forward proxy an upstream has. */
import { BlockList, isIP } from 'node:net';

export interface ProxySettings {
  /** The URL of the proxy for http upstreams, with its credentials; null for none. */
  readonly http: string | null;
  /** The same for https upstreams. */
  readonly https: string | null;
  /** Hosts, domains and networks without a proxy, separated by commas or spaces: `NO_PROXY`. */
  readonly exclude: string;
}

/** @returns a function that gives the URL of an origin's proxy, with its credentials; null for none */
export function createProxyLookup({ http, https, exclude }: ProxySettings): (origin: string) => string | null {
  const entries = exclude
    .toLowerCase()
    .split(/[\s,]+/)
    .filter(Boolean);
  const isExcludedAddress = createAddressCheck(entries);
  const isExcludedName = createNameCheck(entries);
  return (origin) => {
    const { protocol, hostname, port } = new URL(origin);
    const proxy = protocol === 'https:' ? https : http;
    const host = hostname.replace(/^\[(.*)\]$/, '$1').replace(/(?<=.)\.$/, '');
    const isExcluded =
      isExcludedAddress(host) || isExcludedName(host, port === '' ? (protocol === 'https:' ? '443' : '80') : port);
    return isExcluded ? null : proxy;
  };
}

/** Whether an address is of this machine, which a proxy can't reach, as in Go's clients, or in `NO_PROXY`. */
function createAddressCheck(entries: readonly string[]): (host: string) => boolean {
  const excluded = new BlockList();
  for (const entry of ['127.0.0.0/8', '::1', ...entries]) {
    const [address = '', prefix] = entry.split('/');
    const version = isIP(address);
    if (version === 0) continue;
    excluded.addSubnet(address, Number(prefix ?? (version === 6 ? 128 : 32)), version === 6 ? 'ipv6' : 'ipv4');
  }
  return (host) => {
    const version = isIP(host);
    return version === 0 ? host === 'localhost' : excluded.check(host, version === 6 ? 'ipv6' : 'ipv4');
  };
}

/** `*`, `name` and `.name` with all names below, `*.name` for those below only; each with `:port` where only one port is meant. */
function createNameCheck(entries: readonly string[]): (host: string, port: string) => boolean {
  const rules = entries.flatMap((entry) => {
    const [, wildcard, name = '', port] = /^(\*)?\.?\[?(.*?)\]?(?::(\d+))?$/.exec(entry) ?? [];
    return isIP(entry) === 6 ? [] : [{ isBelowOnly: wildcard !== undefined, name, port }];
  });
  return (host, hostPort) =>
    rules.some(({ isBelowOnly, name, port }) => {
      if (port !== undefined && port !== hostPort) return false;
      return name === '' ? isBelowOnly : host.endsWith(`.${name}`) || (host === name && !isBelowOnly);
    });
}
