/** What is read of Keystone's description of a token. */
import { describe, expect, test } from 'vitest';
import { parseJson } from '../../src/openstack/json.ts';
import { authTokens } from '../../src/openstack/keystone/token-info.ts';
import { recorded } from '../recorded.ts';

const decodeRecorded = (name: string) => authTokens.decode(parseJson(recorded(name).body));

const decodeToken = (token: object) =>
  authTokens.decode(parseJson(JSON.stringify({ token: { expires_at: '2026-11-25T00:51:07.000000Z', ...token } })));

test.each([
  [{ project: { id: 'p' } }, 'PROJECT'],
  [{ project: { id: 'p' }, 'OS-TRUST:trust': { id: 't', impersonation: true } }, 'PROJECT'],
  [{ project: { id: 'p' }, is_domain: true }, 'PROJECT'],
  [{ domain: { id: 'd' } }, 'DOMAIN'],
  [{ system: { all: true } }, 'SYSTEM'],
  [{ methods: ['ec2credential'], project: { id: 'p' } }, 'PROJECT'],
  [{ methods: ['mapped'], user: { 'OS-FEDERATION': { protocol: { id: 'openid' } } } }, 'UNSCOPED'],
  [{ project: null, domain: null, system: null, catalog: null, application_credential: null }, 'UNSCOPED'],
] as const)('the scope of %j is %s', (token, scope) => {
  expect(decodeToken(token).scope).toBe(scope);
});

test('the expiry is a time, or unknown', () => {
  expect(decodeToken({}).expiresAt).toBe(Date.UTC(2026, 10, 25, 0, 51, 7));
  for (const expires_at of [null, undefined])
    expect(decodeToken({ expires_at }).expiresAt).toBe(Number.POSITIVE_INFINITY);
  expect(() => decodeToken({ expires_at: 'never' })).toThrow('token.expires_at is not a time');
});

describe('access rules', () => {
  test('are those of the application credential', () => {
    const rulesIn = (name: string) =>
      decodeRecorded(`keystone-30-appcred-${name}.auth-tokens.access-rules-header`).accessRules;
    expect(rulesIn('narrow')).toEqual([
      { id: '338dc2defad7448590fc64c92531ae18', service: 'image', method: 'GET', path: '/v2/info/stores' },
    ]);
    expect(rulesIn('ruled')?.map(({ path }) => path)).toEqual(['/v2/info/**', '/v2/images']);
    expect(rulesIn('plain')).toBeNull();
  });

  test('are null for a token of a password', () => {
    expect(decodeRecorded('keystone-30-member.auth-tokens').accessRules).toBeNull();
  });

  test('are checked', () => {
    const decodeRules = (rules: unknown) => {
      const token = { expires_at: '2026-11-25T00:51:07.000000Z', application_credential: { access_rules: rules } };
      return authTokens.decode(parseJson(JSON.stringify({ token }))).accessRules;
    };
    expect(decodeRules([])).toEqual([]);
    expect(decodeRules(null)).toBeNull();
    expect(() => decodeRules([{ id: 'a', service: 'image', method: 'GET', path: 1 }])).toThrow(
      'token.application_credential.access_rules[0].path is not a string',
    );
  });
});
