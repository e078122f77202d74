/** What is read of Keystone's description of a token. */
import { describe, expect, test } from 'vitest';
import { parseJson } from '../../src/openstack/json.ts';
import { authTokens } from '../../src/openstack/keystone/token-info.ts';
import { recorded } from '../recorded.ts';

const decodeRecorded = (name: string) => authTokens.decode(parseJson(recorded(name).body));

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
