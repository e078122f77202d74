/** The sandbox's Keystone responds as the recorded one. */
import { describe, expect, test } from 'vitest';
import { SANDBOX_ADMIN_TOKEN, SANDBOX_MEMBER_TOKEN } from '../../src/sandbox/cloud.ts';
import { startSandboxKeystone } from '../../src/sandbox/keystone.ts';
import { recorded } from '../recorded.ts';

describe('the sandbox’s Keystone responds as in', () => {
  const shapeOf = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.slice(0, 1).map(shapeOf);
    if (typeof value === 'object' && value !== null) {
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, shapeOf(item)]));
    }
    return value === null ? null : typeof value;
  };
  // The sandbox omits audit ids and media types.
  const OMITTED = /"audit_ids": \[[^\]]*\], |, "media-types": \[\{[^}]*\}\]/g;

  test.each([
    ['keystone-22-member.auth-tokens', '/v3/auth/tokens', SANDBOX_MEMBER_TOKEN],
    ['keystone-22-member.auth-catalog', '/v3/auth/catalog', SANDBOX_MEMBER_TOKEN],
    ['keystone-22-badtoken.auth-tokens', '/v3/auth/tokens', 'wrong'],
    ['keystone-22-notoken.auth-tokens', '/v3/auth/tokens', undefined],
    ['keystone-22-versions', '/v3', undefined],
    ['keystone-30-member.auth-tokens', '/v3/auth/tokens', SANDBOX_MEMBER_TOKEN],
    ['keystone-30-appcred-plain.auth-catalog', '/v3/auth/catalog', SANDBOX_MEMBER_TOKEN],
    ['keystone-30-badtoken.auth-tokens', '/v3/auth/tokens', 'wrong'],
  ])('%s', async (name, path, token) => {
    const keystone = await startSandboxKeystone({ RegionOne: 'http://127.0.0.1:1' });
    const headers = token === undefined ? {} : { 'X-Auth-Token': token, 'X-Subject-Token': token };
    const response = await fetch(keystone.url + path, { headers });
    const expected = recorded(name);
    expect(response.status).toBe(expected.status);
    expect(shapeOf(await response.json())).toEqual(shapeOf(JSON.parse(expected.body.replace(OMITTED, ''))));
    expect(response.headers.has('www-authenticate')).toBe(expected.headers.has('www-authenticate'));
    await keystone.close();
  });
});

describe('the sandbox’s Keystone rejects a member exactly as in', () => {
  test.each([
    ['keystone-30-foreign-token.auth-tokens', '/v3/auth/tokens', SANDBOX_ADMIN_TOKEN],
    ['keystone-30-no-subject.auth-tokens', '/v3/auth/tokens', undefined],
    ['keystone-30-unknown-subject.auth-tokens', '/v3/auth/tokens', 'gAAAAABnothing'],
    ['keystone-30-member.unknown-path', '/v3/nothing', undefined],
  ])('%s', async (name, path, subject) => {
    const keystone = await startSandboxKeystone({ RegionOne: 'http://127.0.0.1:1' });
    const headers = { 'X-Auth-Token': SANDBOX_MEMBER_TOKEN, ...(subject && { 'X-Subject-Token': subject }) };
    const response = await fetch(keystone.url + path, { headers });
    const { status, headers: expected, body } = recorded(name);
    expect([response.status, response.headers.get('content-type'), (await response.text()).trim()]).toEqual([
      status,
      expected.get('content-type'),
      body.trim(),
    ]);
    await keystone.close();
  });
});

test('the sandbox’s Keystone describes the tokens of others to an admin', async () => {
  const keystone = await startSandboxKeystone({ RegionOne: 'http://127.0.0.1:1' });
  const headers = { 'X-Auth-Token': SANDBOX_ADMIN_TOKEN, 'X-Subject-Token': SANDBOX_MEMBER_TOKEN };
  const response = await fetch(`${keystone.url}/v3/auth/tokens`, { headers });
  expect(await response.json()).toMatchObject({ token: { user: { name: 'member' } } });
  await keystone.close();
});
