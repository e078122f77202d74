import { hash } from 'node:crypto';

const BLOCK_BYTES = 64;
const DIGEST_BYTES = 32;
/** RFC 2104's. */
const [INNER_PAD, OUTER_PAD] = [0x36, 0x5c];
/** With the highest bit of each byte gone a padded key is ASCII, which `hash` takes as text, in front of what is to be digested. */
const ASCII = 0x7f;

/**
 * HMAC-SHA-256 as RFC 2104 has it, in base64url: what `createHmac` makes of a key whose bytes are all below 128, without an object
 * of native code that is made, and collected, for each request.
 *
 * @param random 64 bytes; 448 bits of them are the key
 */
export function createKeyedDigest(random: Uint8Array): (ascii: string) => string {
  const key = random.map((byte) => byte & ASCII);
  const inner = Buffer.from(key.map((byte) => byte ^ INNER_PAD)).toString('latin1');
  const outer = Buffer.concat([key.map((byte) => byte ^ OUTER_PAD), Buffer.alloc(DIGEST_BYTES)]);
  return (ascii) => {
    outer.write(hash('sha256', inner + ascii, 'binary'), BLOCK_BYTES, 'latin1');
    return hash('sha256', outer, 'base64url');
  };
}
