import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { parseToken } from '../../src/keystone/token.ts';
import { parseEndpoint } from '../../src/upstream/endpoint.ts';
import { decodeRetryAfter } from '../../src/upstream/question.ts';

describe('an Image endpoint', () => {
  test.each([
    ['http://host:9292', 'http://host:9292', ''],
    ['http://host:9292/', 'http://host:9292', ''],
    ['https://host/image', 'https://host', '/image'],
    ['https://host/image/v2', 'https://host', '/image'],
    ['https://host:13292/v2/', 'https://host:13292', ''],
    ['https://host/a/b/v2.0', 'https://host', '/a/b'],
    ['HTTPS://Host/v2', 'https://host', ''],
    ['http://[::1]:9292/v2', 'http://[::1]:9292', ''],
  ])('%s is taken', (text, origin, basePath) => {
    expect(parseEndpoint(text)).toEqual({ origin, basePath, url: origin + basePath });
  });

  test.each([
    '',
    'host:9292',
    'ftp://host/',
    '//host',
    'https://',
    'http://user:secret@host/',
    'http://host/?a=b',
    'http://host/#x',
    'http://ho st/',
    'http:\\\\host',
  ])('%j is not', (text) => {
    expect(parseEndpoint(text)).toBeNull();
  });
});

describe('a token', () => {
  test('is taken without the blanks around it', () => {
    expect(parseToken([' gAAAAAB-_=\t'])).toEqual({
      kind: 'usable',
      value: 'gAAAAAB-_=',
      digest: expect.stringMatching(/^[\w-]{43}$/),
    });
  });

  test.each([[[]], [['']], [['   ']]])('that is not there is none: %j', (values) => {
    expect(parseToken(values)).toEqual({ kind: 'none' });
  });

  test('may have 8192 bytes and no more', () => {
    expect(parseToken(['x'.repeat(8192)])).toMatchObject({ kind: 'usable' });
    expect(parseToken(['x'.repeat(8193)])).toEqual({ kind: 'unusable', problem: 'is longer than 8192 bytes' });
  });

  test.each([['two words'], ['a\nb'], ['a\u0000b'], ['tökén'], ['a\u007f']])('%j is unusable', (value) => {
    expect(parseToken([value])).toMatchObject({
      kind: 'unusable',
      problem: expect.stringContaining('printable ASCII'),
    });
  });

  test('sent twice is unusable, even when it is the same one', () => {
    expect(parseToken(['a', 'a'])).toEqual({ kind: 'unusable', problem: 'was sent more than once' });
  });
});

describe('Retry-After', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');

  test.each([
    ['seconds', '7', 7],
    ['zero', '0', 0],
    ['a date', 'Thu, 01 Jan 2026 00:00:30 GMT', 30],
    ['a date gone by', 'Thu, 01 Jan 2015 00:00:30 GMT', 0],
    ['more than an hour', '86400', 3600],
    ['neither', 'soon', null],
    ['a fraction', '1.5e', null],
  ])('as %s', (_title, text, seconds) => {
    expect(decodeRetryAfter(text, now)).toBe(seconds);
  });
});

test('a token’s digest is the same for the same token, another for another, and not its plain hash', () => {
  const digestOf = (value: string) => {
    const token = parseToken([value]);
    return token.kind === 'usable' ? token.digest : '';
  };
  expect(digestOf('one')).toBe(digestOf('one'));
  expect(digestOf('one')).not.toBe(digestOf('two'));
  expect(digestOf('one')).not.toBe(createHash('sha256').update('one').digest('base64url'));
});
