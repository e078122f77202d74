/**
 * Encrypts the entries of a shared cache, so that only a holder of the token that an entry was stored with can find or read it: neither
 * other callers nor the operators of the store. HKDF-SHA-256 derives a key for names and one for contents from the token. Contents are
 * AES-256-GCM, bound to their name.
 */
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';

/** Part of every key and name: entries of another format are not found. */
const VERSION = 'glance-graphql/1';
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** One entry of one token. */
export interface EntryCipher {
  /** The name of the entry. */
  readonly key: string;
  encrypt(text: string): string;
  /** Null when the entry is of another token or name, was changed, or has another format. */
  decrypt(encrypted: string): string | null;
}

/** @param subject what the entry is about */
export function createEntryCipher(token: string, subject: string): EntryCipher {
  const derived = Buffer.from(hkdfSync('sha256', token, '', VERSION, 64));
  const [contentKey, nameKey] = [derived.subarray(0, 32), derived.subarray(32)];
  const key = `${VERSION}:${createHmac('sha256', nameKey).update(subject).digest('base64url')}`;
  return {
    key,
    encrypt(text) {
      const iv = randomBytes(IV_BYTES);
      const cipher = createCipheriv('aes-256-gcm', contentKey, iv).setAAD(Buffer.from(key));
      const content = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
      return Buffer.concat([iv, cipher.getAuthTag(), content]).toString('base64');
    },
    decrypt(encrypted) {
      const bytes = Buffer.from(encrypted, 'base64');
      const iv = bytes.subarray(0, IV_BYTES);
      const tag = bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES);
      if (tag.length < TAG_BYTES) return null;
      try {
        const decipher = createDecipheriv('aes-256-gcm', contentKey, iv).setAAD(Buffer.from(key)).setAuthTag(tag);
        return decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES), undefined, 'utf8') + decipher.final('utf8');
      } catch {
        return null;
      }
    },
  };
}
