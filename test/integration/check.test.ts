/** What `glance-graphql check` says about a cloud, and whether it passes. */
import { describe, expect, test, vi } from 'vitest';
import { checkCloud, formatRows } from '../../src/cli/check.ts';
import { createCloud } from '../../src/cloud.ts';
import { type Environment, loadConfig } from '../../src/config/config.ts';
import { replay } from '../recorded.ts';
import { after, type Behaviour, hang, reply, startUpstream } from '../recording-upstream.ts';

// A test waits for an upstream that takes seconds.
vi.setConfig({ testTimeout: 20_000 });

describe('check', () => {
  const GLANCE: Record<string, Behaviour> = {
    '/versions': replay('api-2.16-versions'),
    '/v2/info/import': replay('api-2.16-multistore-admin.import'),
    '/v2/info/stores': replay('api-2.16-multistore-admin.stores'),
    '/v2/info/stores/detail': replay('api-2.16-multistore-admin.stores-detail'),
    '/v2/info/usage': replay('api-2.16-multistore-admin.usage'),
  };

  async function runCheck(env: Environment) {
    const config = loadConfig(env);
    const cloud = await createCloud(config, () => {});
    try {
      const rows = await checkCloud(cloud, config);
      return { isUsable: rows.every(({ isOk }) => isOk), out: formatRows(rows) };
    } finally {
      await cloud.close();
    }
  }

  /** Checks a single region. @returns status and advice of each call, as printed */
  async function checkRegion(calls: Record<string, Behaviour>, { basePath = '', timeoutMs = 1000 } = {}) {
    await using upstream = await startUpstream({ ...GLANCE, ...calls });
    const { isUsable, out } = await runCheck({
      GLANCE_URL: upstream.url + basePath,
      OS_TOKEN: 'secret-token',
      UPSTREAM_TIMEOUT_MS: String(timeoutMs),
    });
    expect(out).not.toContain('secret-token');
    const rows = out
      .trim()
      .split('\n')
      .slice(1)
      .map((row) => row.split(/ {2,}/));
    return {
      isUsable,
      advice: Object.fromEntries(rows.map(([, call, status, , advice = '']) => [call, `${status} ${advice}`.trim()])),
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
    const slow = after(2100, replay('api-2.16-keystone-down-newtoken.import'));
    const { advice } = await checkRegion({ '/v2/info/import': slow }, { timeoutMs: 5000 });
    expect(advice.importMethods).toMatch(
      /^401 A 401 that took \d+ ms is often caused by a Keystone that is down, which Glance waits for$/,
    );
  });

  test('reports a wrong base path', async () => {
    const wrong = replay('api-2.16-versions-root.accept-json');
    const { isUsable, advice } = await checkRegion({ '/image/v2/info/import': wrong }, { basePath: '/image' });
    expect(advice.importMethods).toBe('300 The path of the endpoint is wrong: it must end where /v2 begins');
    expect(isUsable).toBe(false);
  });

  test('reports a catalog without endpoints of the interface', async () => {
    await using keystone = await startUpstream(replay('keystone-22-member.auth-tokens'));
    const { isUsable, out } = await runCheck({ OS_INTERFACE: 'admin', OS_AUTH_URL: keystone.url, OS_TOKEN: 't' });
    expect(isUsable).toBe(false);
    expect(out).toContain('The catalog has no usable admin endpoint of type image: is OS_INTERFACE right?');
  });

  test('suggests another interface for an unreachable endpoint of the catalog', async () => {
    await using keystone = await startUpstream(
      reply(200, {
        token: {
          expires_at: '2100-01-01T00:00:00Z',
          project: { id: 'p' },
          catalog: [
            { type: 'image', endpoints: [{ interface: 'public', region_id: 'one', url: 'http://127.0.0.1:9' }] },
          ],
        },
      }),
    );
    const { out } = await runCheck({ OS_AUTH_URL: keystone.url, OS_TOKEN: 't' });
    expect(out).toContain("It can't be reached from here: is OS_INTERFACE (public) the right one for this network?");
  });
});
