/** The sandbox responds as the recorded real servers: status, relevant headers, and the body byte for byte. */
import { describe, expect, test } from 'vitest';
import type { Environment } from '../../src/config/config.ts';
import { DEMO_CLOUD, SANDBOX_ADMIN_TOKEN, SANDBOX_MEMBER_TOKEN, type SandboxCloud } from '../../src/sandbox/cloud.ts';
import { startSandboxGlance } from '../../src/sandbox/glance.ts';
import { startSandboxKeystone } from '../../src/sandbox/keystone.ts';
import { startGateway } from '../gateway.ts';
import { recorded, recordedNames } from '../recorded.ts';

const file = (id: string) => ({
  type: 'file',
  properties: { data_dir: `/var/lib/glance/images/${id}`, chunk_size: 65536, thin_provisioning: false },
});
const RELIABLE = { id: 'reliable', description: 'Replicated across two halls', ...file('reliable') };
const FAST = { id: 'fast', description: 'NVMe, single copy', default: 'true', ...file('fast') };
const ARCHIVE = {
  id: 'archive',
  description: 'Read-only web mirror',
  'read-only': 'true',
  type: 'http',
  properties: {},
};
const swift = { container: 'glance', large_object_size: 5242880000, large_object_chunk_size: 204800000 };
const QUOTA = { usage: 0, limit: 1000 };
const COUNT = { usage: 0, limit: 100 };

const MULTISTORE: SandboxCloud = {
  apiMinor: 16,
  importMethods: ['glance-direct', 'web-download', 'copy-image'],
  stores: [RELIABLE, FAST, ARCHIVE],
  quotas: { image_size_total: QUOTA, image_stage_total: QUOTA, image_count_total: COUNT, image_count_uploading: COUNT },
  driverBroken: false,
  tokens: DEMO_CLOUD.tokens,
};
const WEIGHTED = [
  { ...RELIABLE, weight: 100 },
  { ...FAST, weight: 200 },
  { ...ARCHIVE, weight: 0 },
];

/** The cloud of a recording, by the first part of its name. */
const CLOUDS: Record<string, SandboxCloud> = {
  'api-2.16-multistore': MULTISTORE,
  'api-2.16-cinder': {
    ...MULTISTORE,
    stores: [RELIABLE, FAST, { id: 'vol', type: 'cinder', properties: { volume_type: null, use_multipath: false } }],
  },
  'api-2.16-swift': { ...MULTISTORE, stores: [RELIABLE, FAST, { id: 'sw', type: 'swift', properties: swift }] },
  'api-2.16-singlestore': { ...MULTISTORE, stores: null, quotas: null },
  'api-2.16-s3-driver-broken': { ...MULTISTORE, driverBroken: true },
  'api-2.16-versions': MULTISTORE,
  'api-2.16-healthcheck': MULTISTORE,
  'api-2.16-long-request-id': MULTISTORE,
  'api-2.17-multistore': { ...MULTISTORE, apiMinor: 17, stores: WEIGHTED },
  'api-2.18-multistore': { ...MULTISTORE, apiMinor: 18, stores: WEIGHTED },
  'api-2.18-versions': { ...MULTISTORE, apiMinor: 18 },
};

const PATHS: Record<string, string> = {
  import: '/v2/info/import',
  'post-import': '/v2/info/import',
  stores: '/v2/info/stores',
  'stores-detail': '/v2/info/stores/detail',
  usage: '/v2/info/usage',
  'unknown-path': '/v2/info/nothing',
  'versions-root': '/',
  versions: '/versions',
  healthcheck: '/healthcheck',
};

// The sandbox neither simulates a Keystone that is down, nor Glance 30's unsorted list of versions.
const EXCLUDED = [
  'api-2.16-keystone-down-knowntoken.usage',
  'api-2.16-keystone-down-newtoken.import',
  'api-2.17-versions',
];
const GLANCE = recordedNames().filter((name) => name.startsWith('api-'));
const CASES = GLANCE.filter((name) => !EXCLUDED.includes(name));

test('all but the excluded recordings are compared', () => {
  expect(CASES.length).toBe(GLANCE.length - EXCLUDED.length);
  expect(CASES.length).toBeGreaterThan(40);
});

describe('the sandbox responds as in', () => {
  test.each(CASES)('%s', async (name) => {
    const [setup = '', call = ''] = name.replace('.accept-json', '').split(/\.(?=[a-z])/);
    const caller = /-(admin|member|badtoken|notoken)$/.exec(setup)?.[1] ?? 'admin';
    const cloud =
      CLOUDS[setup.replace(/-(admin|member|badtoken|notoken)$/, '')] ??
      CLOUDS[name.replace(/-root.*|\.accept-json/, '')];
    if (cloud === undefined) throw new Error(`no cloud for ${name}`);
    const path = PATHS[call === '' ? name.replace(/^api-[\d.]+-|\.accept-json/g, '') : call];
    if (path === undefined) throw new Error(`no path for ${name}`);

    const sandbox = await startSandboxGlance(cloud);
    try {
      const token = { admin: SANDBOX_ADMIN_TOKEN, member: SANDBOX_MEMBER_TOKEN, badtoken: 'wrong' }[caller];
      const response = await fetch(sandbox.url + path, {
        method: call === 'post-import' ? 'POST' : 'GET',
        headers: {
          Accept: name.endsWith('.accept-json') ? 'application/json' : '*/*',
          ...(token !== undefined && { 'X-Auth-Token': token }),
          ...(name.includes('long-request-id') && { 'X-Openstack-Request-Id': `req-${'x'.repeat(100)}` }),
        },
      });
      const expected = recorded(name);
      expect(response.status).toBe(expected.status);
      const ownPort = expected.body.replace(/http:\/\/127\.0\.0\.1:\d+/g, sandbox.url);
      expect(await response.text()).toBe(ownPort);
      expect(response.headers.get('content-type')).toBe(expected.headers.get('content-type'));
      expect(response.headers.get('allow')).toBe(expected.headers.get('allow') ?? null);
      for (const header of ['x-openstack-request-id', 'www-authenticate']) {
        expect([header, response.headers.has(header)]).toEqual([header, expected.headers.has(header)]);
      }
    } finally {
      await sandbox.close();
    }
  });
});

test('the sandbox adopts a request id as Glance does', async () => {
  const sandbox = await startSandboxGlance(DEMO_CLOUD);
  const idFor = async (id: string, path = '/v2/info/usage') => {
    const response = await fetch(sandbox.url + path, {
      headers: { 'X-Auth-Token': SANDBOX_ADMIN_TOKEN, 'X-Openstack-Request-Id': id },
    });
    return [response.status, response.headers.get('x-openstack-request-id')];
  };
  expect(await idFor('abc')).toEqual([200, 'req-abc']);
  expect(await idFor('req-1')).toEqual([200, 'req-1']);
  expect((await idFor('x'.repeat(65)))[0]).toBe(500);
  expect(await idFor('x'.repeat(65), '/v2/info/stores')).toEqual([200, null]);
  await sandbox.close();
});

test('without configuration the gateway is a sandbox with a store of every type', async () => {
  const env: Environment = {};
  await using gateway = await startGateway(env);
  const query =
    '{info{storesDetail{id type properties{__typename}} stores{id detail{id}} usage{scope projectId quotas{name unlimited}}}}';
  const admin = await gateway.query(query, { token: SANDBOX_ADMIN_TOKEN });
  expect(admin.errors).toEqual([]);
  expect(admin.data).toMatchObject({
    info: {
      storesDetail: [
        { type: 'rbd', properties: { __typename: 'RbdStoreProperties' } },
        { type: 'file', properties: { __typename: 'FileStoreProperties' } },
        { type: 'cinder', properties: { __typename: 'CinderStoreProperties' } },
        { type: 'swift', properties: { __typename: 'SwiftStoreProperties' } },
        { type: 's3', properties: { __typename: 'S3StoreProperties' } },
        { type: 'http', properties: { __typename: 'OtherStoreProperties' } },
      ],
      usage: { scope: 'PROJECT', projectId: expect.stringMatching(/^[0-9a-f]{32}$/) },
    },
  });
  const member = await gateway.query('{info{stores{id} storesDetail{id} usage{enabled}}}', {
    token: SANDBOX_MEMBER_TOKEN,
  });
  expect(member.errors.map(({ extensions }) => extensions.code)).toEqual(['FORBIDDEN']);
  expect(member.data).toMatchObject({
    info: { stores: expect.any(Array), storesDetail: null, usage: { enabled: true } },
  });
  const anonymous = await gateway.query('{info{importMethods{value}}}');
  expect(anonymous.errors.map(({ extensions }) => extensions.code)).toEqual(['UNAUTHENTICATED']);
});

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
  ])('%s', async (name, path, token) => {
    const keystone = await startSandboxKeystone(DEMO_CLOUD.tokens, { RegionOne: 'http://127.0.0.1:1' });
    const headers = token === undefined ? {} : { 'X-Auth-Token': token, 'X-Subject-Token': token };
    const response = await fetch(keystone.url + path, { headers });
    const expected = recorded(name);
    expect(response.status).toBe(expected.status);
    expect(shapeOf(await response.json())).toEqual(shapeOf(JSON.parse(expected.body.replace(OMITTED, ''))));
    expect(response.headers.has('www-authenticate')).toBe(expected.headers.has('www-authenticate'));
    await keystone.close();
  });
});
