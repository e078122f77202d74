/** What the headers of a request say about its caller: the token and the request id. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { type CallerToken, parseToken } from '../openstack/keystone/token.ts';

/**
 * `X-Auth-Token`, or else `Authorization: Bearer`. Node drops a second `Authorization` header and joins a second `X-Auth-Token` with a
 * comma, so the raw headers are read.
 */
export function tokenOf({ rawHeaders }: IncomingMessage): CallerToken {
  const token = parseToken(valuesOf('x-auth-token', rawHeaders));
  if (token.kind !== 'none') return token;
  const bearers = valuesOf('authorization', rawHeaders).filter((value) => /^bearer(?:\s|$)/i.test(value));
  return parseToken(bearers.map((value) => value.slice('bearer'.length)));
}

function valuesOf(name: string, rawHeaders: readonly string[]): string[] {
  const values: string[] = [];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const [header, value] = [rawHeaders[index], rawHeaders[index + 1]];
    if (header?.length === name.length && header.toLowerCase() === name) values.push(value ?? '');
  }
  return values;
}

/**
 * The caller's `X-Openstack-Request-Id` when it is `req-…` with at most 60 characters, else a new one. Glance fails on ids over 64
 * characters, and oslo.middleware ignores ids without `req-`.
 */
export function requestIdOf({ headers }: IncomingMessage): string {
  const id = headers['x-openstack-request-id'];
  return typeof id === 'string' && /^req-[\w-]{1,56}$/.test(id) ? id : `req-${randomUUID()}`;
}
