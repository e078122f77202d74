/**
 * Makes entries that nobody can find or read but who has the token they belong to: neither the store's operators nor other callers.
 * A key for names and one for contents are derived from the token (HKDF-SHA-256); contents are AES-256-GCM, bound to their name.
 */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';

/** Another format gets another version, so that entries of the one are none of the other. */
const VERSION = 'glance-graphql/1';
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** The entries of one token. */
export interface Seal {
  /** What an entry is called, whose content is about `subject`. */
  nameOf(subject: string): string;
  seal(name: string, text: string): string;
  /** Null when it is none of this token's, was tampered with, or is of another version. */
  unseal(name: string, sealed: string): string | null;
}

export function sealFor(token: string): Seal {
  const derived = Buffer.from(hkdfSync('sha256', token, '', VERSION, 64));
  const [contentKey, nameKey] = [derived.subarray(0, 32), derived.subarray(32)];
  return {
    nameOf: (subject) => `${VERSION}:${createHmac('sha256', nameKey).update(subject).digest('base64url')}`,
    seal(name, text) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv('aes-256-gcm', contentKey, iv).setAAD(Buffer.from(name));
      const content = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return Buffer.concat([iv, cipher.getAuthTag(), content]).toString('base64');
    },
    unseal(name, sealed) {
      const bytes = Buffer.from(sealed, 'base64');
      const iv = bytes.subarray(0, IV_BYTES);
      const tag = bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES);
      if (tag.length < TAG_BYTES) return null;
      try {
        const decipher = createDecipheriv('aes-256-gcm', contentKey, iv).setAAD(Buffer.from(name)).setAuthTag(tag);
        return decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
      } catch {
        return null;
      }
    },
  };
}
