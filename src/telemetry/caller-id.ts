import { createHmac, randomBytes } from 'node:crypto';

/** Made anew by each process, and never told: without it nobody can try which token an id belongs to. */
const key = randomBytes(32);

/**
 * What a caller is called in the log: the same for all requests of one token to one process, and nothing that leads to the token.
 *
 * @param digest of the token
 */
export function callerId(digest: string): string {
  return createHmac('sha256', key).update(digest).digest('base64url').slice(0, 12);
}
