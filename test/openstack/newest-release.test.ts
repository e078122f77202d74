/** The gateway with Keystone and Glance of OpenStack 2026.2, compared with their REST responses to the same token. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCheck } from '../check.ts';
import { startGateway, type TestGateway } from '../gateway.ts';
import { optionalComponents } from '../real-components.ts';
import { recorded } from '../recorded.ts';
import { expectDataOfRest } from './everything.ts';
import { type AccessRule, projectScope } from './keystone-client.ts';
import { missingNewest, type NewestCloud } from './newest-cloud.ts';
import { sharedNewestCloud } from './shared-cloud.ts';

const { skip } = optionalComponents(missingNewest, 'OpenStack 2026.2 (Debian sid) is not tested');

const rule = (path: string): AccessRule => ({ service: 'image', method: 'GET', path });
const RULES = {
  plain: [],
  ruled: [rule('/v2/info/**')],
  narrow: [rule('/v2/info/stores')],
} as const;

describe.skipIf(skip)('OpenStack 2026.2', () => {
  let cloud: NewestCloud;
  let tokens: Record<'admin' | 'member' | 'unscoped' | 'revoked' | keyof typeof RULES, string>;
  let multi: TestGateway;
  let single: TestGateway;
  /** With the regions of Keystone's catalog. */
  let catalog: TestGateway;

  beforeAll(async () => {
    cloud = sharedNewestCloud();
    const { keystone } = cloud;
    const credential = (rules: readonly AccessRule[]) => keystone.applicationCredentialToken('demo', 'demo', rules);
    tokens = {
      admin: keystone.adminToken,
      member: await keystone.token('demo', projectScope('demo')),
      unscoped: await keystone.token('demo', 'unscoped'),
      revoked: await keystone.token('demo', projectScope('demo')),
      plain: await credential(RULES.plain),
      ruled: await credential(RULES.ruled),
      narrow: await credential(RULES.narrow),
    };
    await keystone.revoke(tokens.revoked);
    multi = await startGateway({ GLANCE_URL: `${cloud.multiStore.url}/v2/` });
    single = await startGateway({ GLANCE_URL: cloud.singleStore.url });
    catalog = await startGateway({ OS_AUTH_URL: keystone.url });
  });
  afterAll(async () => {
    for (const gateway of [multi, single, catalog]) await gateway?.close();
  });

  const CALLERS = [
    'admin',
    'member',
    'unscoped',
    'revoked',
    'plain',
    'ruled',
    'narrow',
    'no token',
    'wrong token',
  ] as const;
  const tokenOf = (caller: (typeof CALLERS)[number]) => {
    if (caller === 'no token') return undefined;
    return caller === 'wrong token' ? 'gAAAAABnothing' : tokens[caller];
  };

  describe.each(CALLERS)('%s', (caller) => {
    test('several stores: every field has the data of the REST response', () =>
      expectDataOfRest(multi, cloud.multiStore, tokenOf(caller)));

    test('a single store: every field has the data of the REST response', () =>
      expectDataOfRest(single, cloud.singleStore, tokenOf(caller)));
  });

  const AVAILABILITY = '{info{stores{id} availability{importMethods stores storesDetail usage}}}';

  test.each([
    ['plain', { importMethods: 'AVAILABLE', stores: 'AVAILABLE', storesDetail: 'FORBIDDEN', usage: 'AVAILABLE' }],
    ['ruled', { importMethods: 'AVAILABLE', stores: 'AVAILABLE', storesDetail: 'FORBIDDEN', usage: 'AVAILABLE' }],
    ['narrow', { importMethods: 'FORBIDDEN', stores: 'AVAILABLE', storesDetail: 'FORBIDDEN', usage: 'FORBIDDEN' }],
  ] as const)('the catalog and the access rules of the application credential %s', async (name, availability) => {
    const { data, errors } = await catalog.query(AVAILABILITY, { token: tokens[name] });
    expect(errors).toEqual([]);
    expect(data).toEqual({ info: { stores: [{ id: 'reliable' }, { id: 'fast' }, { id: 'archive' }], availability } });
  });

  test('both regions of the catalog have their data', async () => {
    const { data, errors } = await catalog.query('{imageRegions{id info{stores{id} usage{enabled scope}}}}', {
      token: tokens.member,
    });
    expect(data).toMatchObject({
      imageRegions: [
        { id: 'RegionOne', info: { stores: { length: 3 }, usage: { enabled: true, scope: 'PROJECT' } } },
        { id: 'RegionTwo', info: { stores: null, usage: { enabled: false, scope: 'PROJECT' } } },
      ],
    });
    expect(errors.map(({ extensions }) => extensions.code)).toEqual(['NOT_FOUND']);
  });

  test.each([
    // Keystone does not let it ask about itself.
    [true, { scope: 'UNKNOWN', expiresAt: null }],
    [false, { scope: 'PROJECT', expiresAt: expect.any(String) }],
  ])('a token of a trust (impersonation: %s) gets what Glance gives it', async (impersonation, access) => {
    const token = await cloud.keystone.trustToken(impersonation);
    await expectDataOfRest(multi, cloud.multiStore, token);
    const query = '{imageRegions{id} info{stores{id} usage{enabled}} imageAccess{scope expiresAt}}';
    expect(await catalog.query(query, { token })).toMatchObject({
      errors: [],
      data: {
        imageRegions: { length: 2 },
        info: { stores: { length: 3 }, usage: { enabled: true } },
        imageAccess: access,
      },
    });
  });

  test.each(['gAAAAABnothing', 'revoked'])('%s: Keystone makes it UNAUTHENTICATED', async (token) => {
    const { data } = await catalog.query('{info{availability{stores}}}', {
      token: token === 'revoked' ? tokens.revoked : token,
    });
    expect(data).toEqual({ info: { availability: { stores: 'UNAUTHENTICATED' } } });
  });

  test.each([
    ['admin', 0],
    ['plain', 0],
    ['ruled', 0],
    ['narrow', 1],
    ['unscoped', 1],
    ['revoked', 1],
  ] as const)('check with the token %s exits with %i', async (name, code) => {
    const checked = await runCheck({ OS_AUTH_URL: cloud.keystone.url, OS_TOKEN: tokens[name] });
    expect([checked.code, checked.out]).toEqual([code, expect.any(String)]);
  });

  test('domain and system scope may not see storesDetail, even as an admin', async () => {
    const system = await cloud.keystone.token('admin', { system: { all: true } });
    const domain = await cloud.keystone.token('demo', { domain: { id: 'default' } });
    for (const [token, scope] of [
      [system, 'SYSTEM'],
      [domain, 'DOMAIN'],
    ] as const) {
      const { data } = await catalog.query('{info{usage{scope} availability{storesDetail}}}', { token });
      expect(data).toEqual({ info: { usage: { scope }, availability: { storesDetail: 'FORBIDDEN' } } });
    }
  });

  test.each([
    ['/versions', 'api-2.18-33.versions', 'multiStore'],
    ['/versions', 'api-2.18-33-singlestore.versions', 'singleStore'],
    ['/v2/info/import', 'api-2.18-33-multistore-admin.import', 'multiStore'],
    ['/v2/info/stores/detail', 'api-2.18-33-singlestore-admin.stores-detail', 'singleStore'],
    ['/v2/info/usage', 'api-2.18-33-multistore-admin.usage', 'multiStore'],
  ] as const)('%s responds as in the recording %s', async (path, name, glance) => {
    const { url } = cloud[glance];
    const response = await fetch(url + path, { headers: { 'X-Auth-Token': tokens.admin, Accept: 'application/json' } });
    const { status, body } = recorded(name);
    expect([response.status, await response.text()]).toEqual([status, body.replaceAll('http://glance.example', url)]);
  });
});
