import { randomBytes } from 'node:crypto';
import { createKeyedDigest } from './keyed-digest.ts';

/** The most that is taken for a token, in bytes. A Fernet token has some 250; Node reads 16 kB of headers in all. */
export const MAX_TOKEN_BYTES = 8192;

/** A token that may go upstream. */
export interface Token {
  readonly kind: 'usable';
  readonly value: string;
  /** What it is known by in this process: its HMAC-SHA-256 under a key of the process, from which nobody finds the token. */
  readonly digest: string;
}

/** What a caller sent as its Keystone token. */
export type CallerToken =
  | { readonly kind: 'none' }
  | Token
  /** Nothing goes upstream with it. `problem` completes "The token …". */
  | { readonly kind: 'unusable'; readonly problem: string };

/** Reads the values of a token header, one for each time that it was sent. Blanks around a token are no part of it. */
export function parseToken(values: readonly string[]): CallerToken {
  if (values.length > 1) return { kind: 'unusable', problem: 'was sent more than once' };
  const value = (values[0] ?? '').trim();
  if (value === '') return { kind: 'none' };
  if (value.length > MAX_TOKEN_BYTES) {
    return { kind: 'unusable', problem: `is longer than ${MAX_TOKEN_BYTES} bytes` };
  }
  if (!/^[\x21-\x7e]+$/.test(value)) {
    return { kind: 'unusable', problem: 'has characters other than printable ASCII without blanks' };
  }
  return tokenFrom(value);
}

/** Its key is made anew by each process, and never told: without it nobody can try which token a digest, or a part of one, belongs to. */
const digestOf = createKeyedDigest(randomBytes(64));

/** @param value known to be printable ASCII without blanks */
export function tokenFrom(value: string): Token {
  return { kind: 'usable', value, digest: digestOf(value) };
}
