/** `imageAccess`: what Keystone reports about the caller's token. */
import { expect, test } from 'vitest';
import { startGateway } from '../gateway.ts';
import { recorded } from '../recorded.ts';
import { reply, startUpstream, tokenIn } from '../recording-upstream.ts';
import { tokenWith } from '../two-regions.ts';

const ACCESS = '{imageAccess{scope projectId projectName roles expiresAt accessRules{service method path}}}';

test('a token scoped to a project has its project, roles and expiry, privately cacheable', async () => {
  const { body } = recorded('keystone-22-member.auth-tokens');
  const expiry = new Date(Date.now() + 600_000).toISOString();
  await using keystone = await startUpstream(reply(200, body.replace('2026-11-23T11:07:17.000000Z', expiry)));
  await using gateway = await startGateway({ OS_AUTH_URL: keystone.url, CACHE_TTL_CATALOG_MS: '60000' });
  const { data, errors, headers } = await gateway.query(ACCESS, { token: 'the-token' });
  expect(errors).toEqual([]);
  expect(data).toEqual({
    imageAccess: {
      scope: 'PROJECT',
      projectId: '9c444c73346f4c90a4d458c8e1a7a5b9',
      projectName: 'demo',
      roles: ['member', 'reader'],
      expiresAt: expiry,
      accessRules: null,
    },
  });
  expect(headers.get('cache-control')).toMatch(/^private, max-age=(59|60)$/);
});

test.each([
  ['a domain', { domain: { id: 'd1', name: 'Default' }, roles: [{ id: 'r', name: 'admin' }] }, 'DOMAIN', ['admin']],
  ['the system', { system: { all: true }, roles: [{ id: 'r', name: 'reader' }] }, 'SYSTEM', ['reader']],
  ['nothing', {}, 'UNSCOPED', []],
])('a token scoped to %s has no project', async (_title, sent, scope, roles) => {
  await using keystone = await startUpstream(reply(200, tokenWith(undefined, sent)));
  await using gateway = await startGateway({ OS_AUTH_URL: keystone.url });
  const { data, errors } = await gateway.query(ACCESS, { token: 'the-token' });
  expect(errors).toEqual([]);
  expect(data).toMatchObject({ imageAccess: { scope, projectId: null, projectName: null, roles } });
});

test('a token that may not be looked up with itself has nothing but an unknown scope', async () => {
  await using keystone = await startUpstream({
    '/v3/auth/tokens': reply(403, { error: { code: 403, message: 'You are not authorized.', title: 'Forbidden' } }),
    '/v3/auth/catalog': reply(200, { catalog: [] }),
  });
  await using gateway = await startGateway({ OS_AUTH_URL: keystone.url });
  const { data, errors } = await gateway.query(ACCESS, { token: 'the-token' });
  expect(errors).toEqual([]);
  const nothing = { projectId: null, projectName: null, roles: null, expiresAt: null, accessRules: null };
  expect(data).toEqual({ imageAccess: { scope: 'UNKNOWN', ...nothing } });
});

test('a token of an application credential with access rules lists them', async () => {
  const { body } = recorded('keystone-30-appcred-ruled.auth-tokens.access-rules-header');
  await using keystone = await startUpstream(reply(200, body));
  await using gateway = await startGateway({ OS_AUTH_URL: keystone.url });
  const { data, errors } = await gateway.query('{imageAccess{accessRules{service method path}}}', { token: 'a-token' });
  expect(errors).toEqual([]);
  const rule = { service: 'image', method: 'GET', path: '/v2/info/**' };
  expect(data).toMatchObject({ imageAccess: { accessRules: expect.arrayContaining([rule]) } });
});

test('each token gets its own, also from the cache', async () => {
  await using keystone = await startUpstream((request, response) => {
    const name = tokenIn(request) === 'token-one' ? 'one' : 'two';
    reply(200, tokenWith(undefined, { project: { id: name, name } }))(request, response);
  });
  await using gateway = await startGateway({ OS_AUTH_URL: keystone.url, CACHE_TTL_CATALOG_MS: '60000' });
  for (const name of ['one', 'two', 'one', 'two']) {
    const { data } = await gateway.query('{imageAccess{projectName}}', { token: `token-${name}` });
    expect(data).toEqual({ imageAccess: { projectName: name } });
  }
  expect(keystone.seen.length).toBe(2);
});

test('it is null without Keystone, and null with the reason when Keystone rejects the token', async () => {
  await using glance = await startUpstream({});
  await using withoutKeystone = await startGateway({ GLANCE_URL: glance.url });
  const { data, errors } = await withoutKeystone.query(ACCESS, { token: 'the-token' });
  expect([data, errors]).toEqual([{ imageAccess: null }, []]);
  expect(glance.seen).toEqual([]);

  await using sandbox = await startGateway();
  const rejected = await sandbox.query(ACCESS, { token: 'not-a-token' });
  expect(rejected.data).toEqual({ imageAccess: null });
  expect(rejected.errors).toMatchObject([
    { path: ['imageAccess'], extensions: { code: 'UNAUTHENTICATED', service: 'identity', status: 401 } },
  ]);
});

test.each([{ roles: [{ id: 'r' }] }, { roles: 'admin' }, { project: { id: 'p', name: 7 } }])(
  'a description of another shape is an invalid response: %j',
  async (scope) => {
    await using keystone = await startUpstream(reply(200, tokenWith(undefined, scope)));
    await using gateway = await startGateway({ OS_AUTH_URL: keystone.url });
    const { errors } = await gateway.query(ACCESS, { token: 'the-token' });
    expect(errors).toMatchObject([{ extensions: { code: 'UPSTREAM_INVALID_RESPONSE', service: 'identity' } }]);
  },
);
