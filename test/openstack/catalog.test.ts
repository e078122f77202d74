/** The gateway with a real Keystone whose catalog has two regions, each with a public and an internal Glance. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCheck } from '../check.ts';
import { startGateway, type TestGateway } from '../gateway.ts';
import { realComponents } from '../real-components.ts';
import { type Cloud, missingComponents } from './cloud.ts';
import { projectScope } from './keystone-client.ts';
import { type Service, whileStopped, withoutService } from './processes.ts';
import { sharedCloud } from './shared-cloud.ts';

const { skip } = realComponents(missingComponents);

const REGIONS =
  '{imageRegions{id info{apiVersions{id} importMethods{value} stores{id} usage{enabled scope projectId imageCountTotal{limit}}}}}';

describe.skipIf(skip)('with a real catalog', () => {
  let cloud: Cloud;
  let gateway: TestGateway;
  let member: string;

  beforeAll(async () => {
    cloud = sharedCloud();
    gateway = await startGateway({ OS_AUTH_URL: cloud.keystone.url });
    member = await cloud.keystone.token('demo', projectScope('demo'));
  });
  afterAll(async () => {
    await gateway?.close();
  });

  const rest = async <T>({ url }: Service, path: string): Promise<T | null> => {
    const response = await fetch(url + path, { headers: { 'X-Auth-Token': member, Accept: 'application/json' } });
    return response.status === 200 ? JSON.parse(await response.text()) : null;
  };
  const expectedRegion = async (id: string, glance: Service, projectId: string) => {
    const versions = await rest<{ versions: { id: string }[] }>(glance, '/versions');
    const methods = await rest<{ 'import-methods': { value: string[] } }>(glance, '/v2/info/import');
    const stores = await rest<{ stores: { id: string }[] }>(glance, '/v2/info/stores');
    const usage = await rest<{ usage: Record<string, { limit: number }> }>(glance, '/v2/info/usage');
    const limit = usage?.usage.image_count_total?.limit;
    return {
      id,
      info: {
        apiVersions: versions?.versions.map((version) => ({ id: version.id })),
        importMethods: { value: methods?.['import-methods'].value },
        stores: stores?.stores.map((store) => ({ id: store.id })) ?? null,
        usage: {
          enabled: limit !== undefined,
          scope: 'PROJECT',
          projectId,
          imageCountTotal: limit === undefined ? null : { limit },
        },
      },
    };
  };

  test('both regions have the data of their public endpoints', async () => {
    const { data, errors } = await gateway.query(REGIONS, { token: member });
    expect(errors).toMatchObject([
      { path: ['imageRegions', 1, 'info', 'stores'], extensions: { code: 'NOT_FOUND', region: 'RegionTwo' } },
    ]);
    expect(data).toEqual({
      imageRegions: [
        await expectedRegion('RegionOne', cloud.multiStore, cloud.demoProject),
        await expectedRegion('RegionTwo', cloud.singleStore, cloud.demoProject),
      ],
    });
    expect(errors).toMatchObject([
      { path: ['imageRegions', 1, 'info', 'stores'], extensions: { code: 'NOT_FOUND', region: 'RegionTwo' } },
    ]);
  });

  test('check passes, and /readyz is 200', async () => {
    expect(await runCheck({ OS_AUTH_URL: cloud.keystone.url, OS_TOKEN: member })).toMatchObject({ code: 0 });
    expect((await gateway.fetch('/readyz')).status).toBe(200);
  });

  test('both regions have the data of their internal endpoints with OS_INTERFACE=internal', async () => {
    await using internal = await startGateway({ OS_AUTH_URL: `${cloud.keystone.url}/v3`, OS_INTERFACE: 'internal' });
    const { data, errors } = await internal.query(REGIONS, { token: member });
    expect(errors).toEqual([]);
    expect(data).toEqual({
      imageRegions: [
        await expectedRegion('RegionOne', cloud.newer, cloud.demoProject),
        await expectedRegion('RegionTwo', cloud.brokenDriver, cloud.demoProject),
      ],
    });
  });

  test('system-scoped and domain-scoped tokens have their scope in usage', async () => {
    const scopeOf = async (token: string) => (await gateway.query('{info{usage{scope projectId}}}', { token })).data;
    const system = await cloud.keystone.token('admin', { system: { all: true } });
    expect(await scopeOf(system)).toEqual({ info: { usage: { scope: 'SYSTEM', projectId: null } } });
    const domain = await cloud.keystone.token('demo', { domain: { id: 'default' } });
    expect(await scopeOf(domain)).toEqual({ info: { usage: { scope: 'DOMAIN', projectId: null } } });
  });

  test('an unscoped token has no region, and the error explains why', async () => {
    const unscoped = await cloud.keystone.token('demo', 'unscoped');
    const { data, errors } = await gateway.query('{info{stores{id}}}', { token: unscoped });
    expect(data).toBeNull();
    expect(errors).toMatchObject([
      { message: expect.stringContaining('It has no scope'), extensions: { code: 'REGION_NOT_FOUND' } },
    ]);
  });

  test('revoked and invalid tokens are UNAUTHENTICATED, in errors and in availability', async () => {
    const revoked = await cloud.keystone.token('demo', projectScope('demo'));
    await cloud.keystone.revoke(revoked);
    for (const token of [revoked, 'gAAAAABnothing']) {
      const { data, errors } = await gateway.query('{info{stores{id} availability{stores usage}}}', { token });
      expect(data).toEqual({
        info: { stores: null, availability: { stores: 'UNAUTHENTICATED', usage: 'UNAUTHENTICATED' } },
      });
      expect(errors).toMatchObject([
        { path: ['info', 'stores'], extensions: { code: 'UNAUTHENTICATED', service: 'identity', status: 401 } },
      ]);
    }
  });

  test('while Keystone is down new tokens are UNAVAILABLE and known ones still work, until it recovers', async () => {
    const fresh = await cloud.keystone.token('demo', projectScope('demo'));
    await using short = await startGateway({ OS_AUTH_URL: cloud.keystone.url, UPSTREAM_TIMEOUT_MS: '1500' });
    const availability = async (token: string) =>
      (await short.query('{info{availability{importMethods}}}', { token })).data;
    expect(await availability(member)).toEqual({ info: { availability: { importMethods: 'AVAILABLE' } } });
    await whileStopped(cloud.keystone, async () => {
      expect(await availability(fresh)).toEqual({ info: { availability: { importMethods: 'UNAVAILABLE' } } });
      expect(await availability(member)).toEqual({ info: { availability: { importMethods: 'AVAILABLE' } } });
    });
    expect(await availability(fresh)).toEqual({ info: { availability: { importMethods: 'AVAILABLE' } } });
  });

  test('a region that is down does not affect the other', async () => {
    await using short = await startGateway({ OS_AUTH_URL: cloud.keystone.url, UPSTREAM_TIMEOUT_MS: '1500' });
    const { data, errors } = await withoutService(cloud.singleStore, () =>
      short.query('{imageRegions{id info{importMethods{value}}}}', { token: member }),
    );
    expect(data).toMatchObject({
      imageRegions: [
        { id: 'RegionOne', info: { importMethods: { value: expect.any(Array) } } },
        { id: 'RegionTwo', info: { importMethods: null } },
      ],
    });
    expect(errors).toMatchObject([{ extensions: { code: 'UPSTREAM_UNAVAILABLE', region: 'RegionTwo' } }]);
  });
});
