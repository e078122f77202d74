import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { parseEndpoint } from '../../src/openstack/endpoint.ts';
import { parseToken } from '../../src/openstack/keystone/token.ts';
import { decodeRetryAfter } from '../../src/openstack/request.ts';

describe('parseEndpoint', () => {
  test.each([
    ['http://host:9292', 'http://host:9292', ''],
    ['http://host:9292/', 'http://host:9292', ''],
    ['https://host/image', 'https://host', '/image'],
    ['https://host/image/v2', 'https://host', '/image'],
    ['https://host:13292/v2/', 'https://host:13292', ''],
    ['https://host/a/b/v2.0', 'https://host', '/a/b'],
    ['HTTPS://Host/v2', 'https://host', ''],
    ['http://[::1]:9292/v2', 'http://[::1]:9292', ''],
  ])('accepts %s', (text, origin, basePath) => {
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
  ])('rejects %j', (text) => {
    expect(parseEndpoint(text)).toBeNull();
  });
});

describe('parseToken', () => {
  test('trims whitespace around a token', () => {
    expect(parseToken([' gAAAAAB-_=\t'])).toEqual({
      kind: 'usable',
      value: 'gAAAAAB-_=',
      hash: expect.stringMatching(/^[\w-]{43}$/),
    });
  });

  test.each([[[]], [['']], [['   ']]])('returns none for a missing token: %j', (values) => {
    expect(parseToken(values)).toEqual({ kind: 'none' });
  });

  test('accepts at most 8192 bytes', () => {
    expect(parseToken(['x'.repeat(8192)])).toMatchObject({ kind: 'usable' });
    expect(parseToken(['x'.repeat(8193)])).toEqual({ kind: 'malformed', problem: 'is longer than 8192 bytes' });
  });

  test.each([['two words'], ['a\nb'], ['a\u0000b'], ['tökén'], ['a\u007f']])('rejects %j', (value) => {
    expect(parseToken([value])).toMatchObject({
      kind: 'malformed',
      problem: expect.stringContaining('printable ASCII'),
    });
  });

  test('rejects a header that is sent twice, even with the same token', () => {
    expect(parseToken(['a', 'a'])).toEqual({ kind: 'malformed', problem: 'was sent more than once' });
  });
});

describe('decodeRetryAfter decodes', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');

  test.each([
    ['seconds', '7', 7],
    ['zero', '0', 0],
    ['a date', 'Thu, 01 Jan 2026 00:00:30 GMT', 30],
    ['a date in the past', 'Thu, 01 Jan 2015 00:00:30 GMT', 0],
    ['more than an hour', '86400', 3600],
    ['neither', 'soon', null],
    ['a fraction', '1.5e', null],
  ])('%s', (_title, text, seconds) => {
    expect(decodeRetryAfter(text, now)).toBe(seconds);
  });
});

test('hashes equal tokens equally, different tokens differently, and not without the secret', () => {
  const hashOf = (value: string) => {
    const token = parseToken([value]);
    return token.kind === 'usable' ? token.hash : '';
  };
  expect(hashOf('one')).toBe(hashOf('one'));
  expect(hashOf('one')).not.toBe(hashOf('two'));
  expect(hashOf('one')).not.toBe(createHash('sha256').update('one').digest('base64url'));
});
