import { createHmac } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createKeyedDigest } from '../../src/keystone/keyed-digest.ts';

test('is the HMAC-SHA-256 of whatever may be a token, under a key of 7 bits a byte', () => {
  const token = fc.string({
    unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
    maxLength: 8192,
  });
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 64, maxLength: 64 }), fc.array(token), (random, tokens) => {
      const digestOf = createKeyedDigest(random);
      const key = random.map((byte) => byte & 0x7f);
      for (const one of tokens) expect(digestOf(one)).toBe(createHmac('sha256', key).update(one).digest('base64url'));
    }),
  );
});
