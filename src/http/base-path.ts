/**
 * The path under which a reverse proxy serves the gateway, in two directions: `BASE_PATH` is removed from the URLs of requests, and pages
 * name the path that callers see as their base.
 */
import type { IncomingMessage } from 'node:http';
import { compile } from '@fastify/proxy-addr';

export interface BasePathOptions {
  /** Without a slash at the end, so that the root is empty; null when it is not set. */
  readonly basePath: string | null;
  /** The proxies that are trusted to set `X-Forwarded-Prefix`. */
  readonly trustedProxies: readonly string[] | null;
  /** Checks the value of the header. @returns undefined when it is not a path */
  readonly parse: (text: string) => string | undefined;
}

export interface BasePath {
  /** The option `rewriteUrl` of Fastify. Null where paths are used as they are. */
  readonly rewriteUrl: ((request: IncomingMessage) => string) | null;
  /** The path that the caller sees, without a slash at the end. Empty when it is the root, or not known. */
  publicPath(request: IncomingMessage): string;
}

export function createBasePath({ basePath, trustedProxies, parse }: BasePathOptions): BasePath {
  // As Fastify reads the option `trustProxy`.
  const isTrusted = compile([...(trustedProxies ?? [])]);
  return {
    rewriteUrl: basePath ? ({ url = '/' }) => withoutPrefix(url, basePath) : null,
    publicPath({ headers, socket }) {
      if (basePath !== null) return basePath;
      // It says what the proxy has removed. It removes nothing here: a caller could reach with it what the proxy forbids by path.
      const prefix = headers['x-forwarded-prefix'];
      if (typeof prefix !== 'string' || !isTrusted(socket.remoteAddress ?? '', 0)) return '';
      return parse(prefix) ?? '';
    },
  };
}

/** A URL without the prefix is used unchanged: from a proxy that has removed it, or from a probe that calls the process directly. */
function withoutPrefix(target: string, prefix: string): string {
  // "A server MUST accept the absolute-form" (RFC 9112, 3.2.2).
  const url = target.replace(/^https?:\/\/[^/?]*/i, '');
  if (!url.startsWith(prefix)) return target;
  const rest = url.slice(prefix.length);
  if (rest.startsWith('/')) return rest;
  return rest === '' || rest.startsWith('?') ? `/${rest}` : target;
}
