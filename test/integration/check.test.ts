/** What `glance-graphql check` says about a cloud, and whether it passes. */
import { describe, expect, test, vi } from 'vitest';
import { formatRows } from '../../src/cli/check-row.ts';
import { runCheck } from '../check.ts';
import { replay } from '../recorded.ts';
import { after, type Behaviour, hang, reply, startUpstream } from '../recording-upstream.ts';

// A test waits for an upstream that takes seconds.
vi.setConfig({ testTimeout: 20_000 });

const slowly = (ms: number, recording: string) => after(ms, replay(recording));

describe('check', () => {
  const GLANCE: Record<string, Behaviour> = {
    '/versions': replay('api-2.16-versions'),
    '/v2/info/import': replay('api-2.16-multistore-admin.import'),
    '/v2/info/stores': replay('api-2.16-multistore-admin.stores'),
    '/v2/info/stores/detail': replay('api-2.16-multistore-admin.stores-detail'),
    '/v2/info/usage': replay('api-2.16-multistore-admin.usage'),
  };

  /** Checks a single region. @returns status and advice of each call, as printed */
  async function checkRegion(calls: Record<string, Behaviour>, { basePath = '', timeoutMs = 1000 } = {}) {
    await using upstream = await startUpstream({ ...GLANCE, ...calls });
    const { code, rows, out } = await runCheck({
      GLANCE_URL: upstream.url + basePath,
      OS_TOKEN: 'secret-token',
      UPSTREAM_TIMEOUT_MS: String(timeoutMs),
      UPSTREAM_TIMEOUT_USAGE_MS: String(timeoutMs),
    });
    expect(out).not.toContain('secret-token');
    return {
      isUsable: code === 0,
      advice: Object.fromEntries(rows.map(({ call, status, advice }) => [call, `${status} ${advice}`.trim()])),
    };
  }
  const USAGE = '/v2/info/usage';
  const DETAIL = '/v2/info/stores/detail';
  const limit = (value: number) => reply(200, { usage: { image_size_total: { usage: 0, limit: value } } });

  test('reports no problem for a healthy cloud', async () => {
    const { isUsable, advice } = await checkRegion({});
    expect(isUsable).toBe(true);
    expect(advice).toEqual({
      versions: '200',
      importMethods: '200',
      stores: '200',
      storesDetail: '200',
      usage: '200',
    });
  });

  test.each<[string, Record<string, Behaviour>, string, string]>([
    [
      'a token without the admin role',
      { [DETAIL]: replay('api-2.16-multistore-member.stores-detail.accept-json') },
      'storesDetail',
      '403 Only admins with a project-scoped token may see it: the token has another role or scope',
    ],
    [
      'a cloud with a single store',
      { '/v2/info/stores': replay('api-2.16-singlestore-admin.stores') },
      'stores',
      '404 A cloud with a single store',
    ],
    [
      'a Glance that is older than a call',
      { [USAGE]: replay('api-2.16-multistore-admin.unknown-path') },
      'usage',
      '404 This Glance is older than the call, which came with Yoga',
    ],
    [
      'a cloud without quotas',
      { [USAGE]: replay('api-2.16-singlestore-admin.usage') },
      'usage',
      '200 The cloud enforces no quotas (use_keystone_limits)',
    ],
    [
      'limits of 0',
      { [USAGE]: limit(0) },
      'usage',
      '200 Limits of 0, set so or not registered in Keystone: image_size_total',
    ],
    [
      'limits of -1',
      { [USAGE]: limit(-1) },
      'usage',
      '200 Limits of -1, with which oslo.limit before 2.12 (2026.2) rejects every upload: image_size_total',
    ],
  ])('reports %s, and passes', async (_title, calls, call, expected) => {
    const { isUsable, advice } = await checkRegion(calls);
    expect(advice[call]).toBe(expected);
    expect(isUsable).toBe(true);
  });

  test.each<[string, Record<string, Behaviour>, string, string]>([
    [
      'a store driver that fails',
      { [DETAIL]: replay('api-2.16-s3-driver-broken-admin.stores-detail') },
      'storesDetail',
      "500 Glance can't read the settings of a store: its driver does not load, it has filesystem_store_datadirs, or it is a multi-tenant swift store. The log of glance-api names it",
    ],
    [
      'limits that Glance cannot read',
      { [USAGE]: replay('api-2.16-keystone-down-knowntoken.usage') },
      'usage',
      "500 Glance can't get the limits from Keystone: see [oslo_limit] and its log",
    ],
    [
      'a wrong token',
      { '/v2/info/import': replay('api-2.16-multistore-badtoken.import') },
      'importMethods',
      '401 The token is missing, wrong, expired or revoked: `openstack token issue -f value -c id` issues one',
    ],
    [
      'a timeout',
      { '/v2/info/import': hang },
      'importMethods',
      'timeout No response within 1000 ms (UPSTREAM_TIMEOUT_MS)',
    ],
  ])('reports %s, and fails', async (_title, calls, call, expected) => {
    const { isUsable, advice } = await checkRegion(calls);
    expect(advice[call]).toBe(expected);
    expect(isUsable).toBe(false);
  });

  test('suspects Keystone when a 401 takes seconds', async () => {
    const slow = slowly(2100, 'api-2.16-keystone-down-newtoken.import');
    const { advice } = await checkRegion({ '/v2/info/import': slow }, { timeoutMs: 5000 });
    expect(advice.importMethods).toMatch(
      /^401 A 401 that took \d+ ms is often caused by a Keystone that is down, which Glance waits for$/,
    );
  });

  test('gives usage its own timeout, as the gateway does', async () => {
    const slow = slowly(1600, 'api-2.16-multistore-admin.usage');
    await using upstream = await startUpstream({ ...GLANCE, [USAGE]: slow });
    const env = { GLANCE_URL: upstream.url, UPSTREAM_TIMEOUT_MS: '1000' };
    expect(await runCheck(env)).toMatchObject({
      code: 1,
      causes: ['No response within 1000 ms (UPSTREAM_TIMEOUT_MS)'],
    });
    expect(await runCheck({ ...env, UPSTREAM_TIMEOUT_USAGE_MS: '9000' })).toMatchObject({ code: 0 });
  });

  test('prints advice once where several calls of a region have it', async () => {
    const { out } = await runCheck({ GLANCE_URL: 'http://127.0.0.1:9' });
    expect(out.match(/Nothing listens at/g)).toHaveLength(1);
    expect(out.match(/As above/g)).toHaveLength(4);
    expect(out).toContain('A front end would not be served: 5 of 5 rows failed.');
  });

  test('prints JSON', async () => {
    await using upstream = await startUpstream({
      ...GLANCE,
      [DETAIL]: replay('api-2.16-multistore-member.stores-detail'),
    });
    const { rows } = await runCheck({ GLANCE_URL: upstream.url, OS_TOKEN: 'secret-token' });
    expect(JSON.parse(formatRows(rows, 'json'))).toEqual({
      ok: true,
      rows: expect.arrayContaining([
        {
          region: 'RegionOne',
          call: 'storesDetail',
          status: '403',
          ms: expect.any(Number),
          ok: true,
          advice: 'Only admins with a project-scoped token may see it: the token has another role or scope',
        },
      ]),
    });
  });
});
