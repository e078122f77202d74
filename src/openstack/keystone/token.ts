import { hash, randomBytes } from 'node:crypto';

/** The longest accepted token in bytes. A Fernet token has about 250; Node accepts 16 kB of headers in all. */
const MAX_TOKEN_BYTES = 8192;

/** A token that may be sent upstream. */
export interface Token {
  readonly kind: 'usable';
  readonly value: string;
  /** SHA-256 over a secret of this process and the token, in base64url: the token's name in caches and logs. */
  readonly hash: string;
}

/** What a caller sent as its Keystone token. */
export type CallerToken =
  | { readonly kind: 'none' }
  | Token
  /** Rejected without an upstream call. `problem` completes "The token …". */
  | { readonly kind: 'malformed'; readonly problem: string };

const NO_TOKEN: CallerToken = { kind: 'none' };

/** @param values of the token header, one for each time it was sent; spaces around a token are ignored */
export function parseToken(values: readonly string[]): CallerToken {
  if (values.length > 1) return { kind: 'malformed', problem: 'was sent more than once' };
  const value = (values[0] ?? '').trim();
  if (value === '') return NO_TOKEN;
  if (value.length > MAX_TOKEN_BYTES) return { kind: 'malformed', problem: `is longer than ${MAX_TOKEN_BYTES} bytes` };
  if (!/^[\x21-\x7e]+$/.test(value)) {
    return { kind: 'malformed', problem: 'has characters other than printable ASCII without spaces' };
  }
  return createToken(value);
}

/** Without it nobody can test which token a hash belongs to. It never leaves the process. */
const secret = randomBytes(32).toString('base64url');

/** @param value printable ASCII without spaces */
export function createToken(value: string): Token {
  return { kind: 'usable', value, hash: hash('sha256', secret + value, 'base64url') };
}
