/** Broken set-ups: `check` fails, names the cause, and passes once its advice is applied. */
import { describe, expect, test } from 'vitest';
import { NEWEST_GLANCE as GLANCE, runCheck } from '../check.ts';
import { recorded, replay } from '../recorded.ts';
import { type Behaviour, reply, startUpstream, tokenInfo } from '../recording-upstream.ts';
import { imageService, tokenWith } from '../two-regions.ts';

const OS_TOKEN = 'secret-token';
const version = replay('keystone-22-versions');
const startKeystone = (token: unknown) => startUpstream({ '/v3/': version, '/v3/auth/tokens': reply(200, token) });

describe('an address of an upstream', () => {
  test.each<[string, string, Behaviour | Record<string, Behaviour>]>([
    ['another web server that has no such page', 'is not a Glance, since no call exists there', {}],
    [
      'another web server with a page for everything',
      'Is http',
      reply(200, '<html>Welcome</html>', { 'Content-Type': 'text/html' }),
    ],
    ['a resource below Glance', 'it must end where /v2 begins', replay('api-2.16-versions-root.accept-json')],
    [
      'another OpenStack service, with versions',
      'is not a Glance, since no call exists there',
      { '/versions': GLANCE['/versions'] ?? (() => {}) },
    ],
    [
      'a proxy that passes only /v2',
      '/versions does not exist: if a proxy passes only /v2',
      Object.fromEntries(Object.entries(GLANCE).filter(([path]) => path !== '/versions')),
    ],
  ])('check fails when the address of Glance is that of %s', async (_title, cause, behaviour) => {
    await using wrong = await startUpstream(behaviour);
    const { code, causes } = await runCheck({ GLANCE_URL: wrong.url, OS_TOKEN });
    expect([code, causes.join('\n')]).toEqual([1, expect.stringContaining(cause)]);
    await using right = await startUpstream(GLANCE);
    expect((await runCheck({ GLANCE_URL: right.url, OS_TOKEN })).code).toBe(0);
  });

  test('check names a proxy that passes only /v2 of a cloud with a single store', async () => {
    const single = replay('api-2.18-33-singlestore-admin.stores');
    const { '/versions': _versions, ...calls } = GLANCE;
    await using upstream = await startUpstream({
      ...calls,
      '/v2/info/stores': single,
      '/v2/info/stores/detail': single,
    });
    const { rows } = await runCheck({ GLANCE_URL: upstream.url, OS_TOKEN });
    expect(rows.map(({ call, isOk, advice }) => [call, isOk, advice.slice(0, 27)])).toEqual([
      ['versions', false, expect.stringContaining('http://127.0.0.1')],
      ['importMethods', true, ''],
      ['stores', true, 'A cloud with a single store'],
      ['storesDetail', true, 'A cloud with a single store'],
      ['usage', true, ''],
    ]);
  });

  test('check accepts a Glance older than Yoga', async () => {
    const { '/v2/info/usage': _usage, '/v2/info/stores/detail': _detail, ...older } = GLANCE;
    await using upstream = await startUpstream(older);
    const { code, out } = await runCheck({ GLANCE_URL: upstream.url, OS_TOKEN });
    expect(code).toBe(0);
    expect(out).toContain('This Glance is older than the call, which came with Yoga');
  });

  test('check names a server that is not a Keystone', async () => {
    await using wrong = await startUpstream({});
    expect(await runCheck({ OS_AUTH_URL: wrong.url, OS_TOKEN })).toMatchObject({
      code: 1,
      causes: [`${wrong.url} is not a Keystone: correct OS_AUTH_URL`],
    });
  });

  test('check names an address that has no DNS entry, and one that nothing listens at', async () => {
    const { causes: unresolved } = await runCheck({ GLANCE_URL: 'http://glance.invalid', OS_TOKEN });
    expect(unresolved).toEqual([
      "The name in http://glance.invalid can't be resolved: is it right in GLANCE_URL or GLANCE_ENDPOINTS?",
    ]);
    await using keystone = await startKeystone(tokenInfo({ one: 'http://127.0.0.1:9' }));
    const { causes } = await runCheck({ OS_AUTH_URL: keystone.url, OS_TOKEN });
    expect(causes).toEqual([
      "Nothing listens at http://127.0.0.1:9: is it right in Keystone's catalog, and is it up? Is OS_INTERFACE (public) the right one for this network?",
    ]);
  });
});

describe('an address that fails', () => {
  test('check names one that no packet reaches', async () => {
    const env = { OS_AUTH_URL: 'http://[2001:db8::1]', OS_TOKEN, UPSTREAM_CONNECT_TIMEOUT_MS: '100' };
    expect((await runCheck(env)).causes).toEqual([
      "http://[2001:db8::1] can't be reached from here: is it right in OS_AUTH_URL, and does no firewall drop the connection?",
    ]);
  });

  test('check names one that redirects to another, and where to', async () => {
    await using right = await startUpstream(GLANCE);
    const to = (location: string) => reply(301, 'Moved', { Location: location });
    await using wrong = await startUpstream(to(`${right.url}/versions`));
    const { code, causes } = await runCheck({ GLANCE_URL: wrong.url, OS_TOKEN });
    expect([code, causes]).toEqual([
      1,
      [
        `${wrong.url} redirects to ${right.url}, and redirects are not followed: correct GLANCE_URL or GLANCE_ENDPOINTS`,
      ],
    ]);
    expect((await runCheck({ GLANCE_URL: right.url, OS_TOKEN })).code).toBe(0);
    await using login = await startUpstream(to('/login?next=/versions'));
    expect((await runCheck({ GLANCE_URL: login.url, OS_TOKEN })).causes).toEqual([
      `The response is 301 instead of 200 and redirects to /login. Is ${login.url} a Glance, without another server in between?`,
    ]);
  });
});

describe('the catalog', () => {
  test('check names a default region that does not exist', async () => {
    await using glance = await startUpstream(GLANCE);
    await using keystone = await startKeystone(tokenInfo({ one: glance.url, two: glance.url }));
    const env = { OS_AUTH_URL: keystone.url, OS_TOKEN };
    expect(await runCheck({ ...env, OS_REGION_NAME: 'three' })).toMatchObject({
      code: 1,
      causes: ['The region "three" of OS_REGION_NAME has no endpoint; the regions are one, two'],
    });
    expect((await runCheck({ ...env, OS_REGION_NAME: 'two' })).code).toBe(0);
  });

  test('check names the host of an endpoint that is not allowed', async () => {
    await using glance = await startUpstream(GLANCE);
    const url = glance.url.replace('127.0.0.1', 'localhost');
    await using keystone = await startKeystone(tokenInfo({ one: glance.url, two: url }));
    const env = { OS_AUTH_URL: keystone.url, OS_TOKEN };
    const { code, causes } = await runCheck(env);
    expect([code, causes.join()]).toEqual([1, expect.stringContaining('not used unless ENDPOINT_HOSTS has localhost')]);
    expect((await runCheck({ ...env, ENDPOINT_HOSTS: 'localhost' })).code).toBe(0);
  });

  test('check accepts an endpoint without a region, and names an odd entry', async () => {
    await using glance = await startUpstream(GLANCE);
    const catalog = [{ type: null }, imageService({ region_id: null, url: glance.url })];
    await using keystone = await startKeystone(tokenWith(catalog));
    const { code, rows } = await runCheck({ OS_AUTH_URL: keystone.url, OS_TOKEN, OS_REGION_NAME: 'north' });
    expect(code).toBe(0);
    expect(rows.find(({ call }) => call === 'catalog')?.advice).toContain('token.catalog[0].type is not a string');
    expect(rows.at(-1)).toMatchObject({ region: 'north', call: 'usage' });
  });

  test('check names the setting of a wrong interface', async () => {
    await using glance = await startUpstream(GLANCE);
    await using keystone = await startKeystone(
      tokenWith([imageService({ region_id: 'one', url: glance.url, interface: 'internal' })]),
    );
    const env = { OS_AUTH_URL: keystone.url, OS_TOKEN };
    const { code, causes } = await runCheck(env);
    expect([code, causes]).toEqual([
      1,
      ['The catalog has no usable public endpoint of type image: is OS_INTERFACE right?'],
    ]);
    expect((await runCheck({ ...env, OS_INTERFACE: 'internal' })).code).toBe(0);
  });
});

describe('the token', () => {
  test.each([
    [{ domain: { id: 'default' } }, "The token's scope is DOMAIN, so its usage is meaningless"],
    [{ system: { all: true } }, "The token's scope is SYSTEM, so its usage is meaningless"],
    [{}, 'The token has no scope, so its catalog is empty'],
  ])('check names a scope that is not a project: %j', async (scope, cause) => {
    await using glance = await startUpstream(GLANCE);
    await using keystone = await startKeystone(tokenInfo({ one: glance.url }, scope));
    const { code, causes } = await runCheck({ OS_AUTH_URL: keystone.url, OS_TOKEN });
    expect([code, causes]).toEqual([1, [`${cause}: request one that is scoped to a project`]]);
    await using scoped = await startKeystone(tokenInfo({ one: glance.url }));
    expect((await runCheck({ OS_AUTH_URL: scoped.url, OS_TOKEN })).code).toBe(0);
  });

  const withRules = (url: string, paths: readonly string[]) => {
    const { token } = tokenInfo({ one: url });
    const rules = paths.map((path, id) => ({ id: String(id), service: 'image', method: 'GET', path }));
    return { token: { ...token, application_credential: { id: 'a', name: 'a', access_rules: rules } } };
  };

  test('check names the calls that access rules lack', async () => {
    await using glance = await startUpstream(GLANCE);
    await using keystone = await startKeystone(withRules(glance.url, ['/v2/info/stores']));
    const { code, causes } = await runCheck({ OS_AUTH_URL: keystone.url, OS_TOKEN });
    const lacks = (path: string) =>
      `The access rules of the application credential do not have GET ${path} of the service image: create one that does`;
    expect([code, causes]).toEqual([1, [lacks('/v2/info/import'), lacks('/v2/info/usage')]]);
    await using enough = await startKeystone(withRules(glance.url, ['/v2/info/**']));
    expect((await runCheck({ OS_AUTH_URL: enough.url, OS_TOKEN })).code).toBe(0);
  });

  test('check names the setting of a Glance that does not read access rules', async () => {
    const ignored = replay('api-2.18-33-appcred-narrow.import');
    const unauthorized = Object.fromEntries(Object.keys(GLANCE).map((path) => [path, ignored]));
    await using glance = await startUpstream({ ...unauthorized, '/versions': GLANCE['/versions'] ?? ignored });
    await using keystone = await startKeystone(withRules(glance.url, ['/v2/info/**']));
    const { code, causes } = await runCheck({ OS_AUTH_URL: keystone.url, OS_TOKEN });
    expect([code, causes]).toEqual([1, [expect.stringContaining('set service_type = image')]]);
  });

  test('check says whether it is missing, rejected by Keystone, or rejected by Glance alone', async () => {
    const rejects = replay('api-2.18-33-multistore-badtoken.import');
    const unauthorized = Object.fromEntries(Object.keys(GLANCE).map((path) => [path, rejects]));
    await using glance = await startUpstream({ ...unauthorized, '/versions': GLANCE['/versions'] ?? rejects });
    expect((await runCheck({ GLANCE_URL: glance.url })).causes).toEqual([
      expect.stringContaining('OS_TOKEN is missing'),
    ]);
    await using keystone = await startUpstream({
      '/v3/': version,
      '/v3/auth/tokens': replay('keystone-30-badtoken.auth-tokens'),
    });
    const { code, causes } = await runCheck({ OS_AUTH_URL: keystone.url, OS_TOKEN });
    expect([code, causes]).toEqual([1, [expect.stringContaining('The token is missing, wrong, expired or revoked')]]);
    await using accepting = await startKeystone(tokenInfo({ one: glance.url }));
    expect((await runCheck({ OS_AUTH_URL: accepting.url, OS_TOKEN })).causes).toEqual([
      expect.stringContaining('Keystone accepts the token, and this Glance does not'),
    ]);
  });

  test('check names a token that Keystone does not know (404)', async () => {
    const unknown = recorded('keystone-30-appcred-ruled.auth-tokens');
    await using keystone = await startUpstream({ '/v3/': version, '/v3/auth/tokens': reply(404, unknown.body) });
    const { code, causes } = await runCheck({ OS_AUTH_URL: keystone.url, OS_TOKEN });
    expect([code, causes]).toEqual([1, [expect.stringContaining('The token is missing, wrong, expired or revoked')]]);
  });
});
