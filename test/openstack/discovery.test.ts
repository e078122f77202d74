/** The gateway with real Glance servers, compared with their REST responses to the same token. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGateway, type TestGateway } from '../gateway.ts';
import { realComponents } from '../real-components.ts';
import { type Cloud, missingComponents } from './cloud.ts';
import { EVERYTHING, expectDataOfRest } from './everything.ts';
import { projectScope } from './keystone-client.ts';
import { type Service, whileStopped } from './processes.ts';
import { errorsOf, expectedErrors, fetchRest } from './rest.ts';
import { sharedCloud } from './shared-cloud.ts';

const { skip } = realComponents(missingComponents);

describe.skipIf(skip)('a real cloud', () => {
  let cloud: Cloud;
  let tokens: Record<'admin' | 'member' | 'unscoped', string>;
  let removeImage: (() => Promise<void>) | undefined;
  const gateways = new Map<Service, TestGateway>();

  beforeAll(async () => {
    cloud = sharedCloud();
    tokens = {
      admin: cloud.keystone.adminToken,
      member: await cloud.keystone.token('demo', projectScope('demo')),
      unscoped: await cloud.keystone.token('demo', 'unscoped'),
    };
    removeImage = await uploadImage(cloud.multiStore, tokens.member, 3 * 1024 * 1024);
    for (const glance of [cloud.multiStore, cloud.singleStore, cloud.brokenDriver, cloud.newer]) {
      gateways.set(glance, await startGateway({ GLANCE_URL: `${glance.url}/v2/` }));
    }
  });

  afterAll(async () => {
    for (const gateway of gateways.values()) await gateway.close();
    await removeImage?.();
  });

  const gatewayOf = (glance: Service) => {
    const gateway = gateways.get(glance);
    if (gateway === undefined) throw new Error('no gateway for this Glance');
    return gateway;
  };
  const query = (glance: Service, token: string) => gatewayOf(glance).query(EVERYTHING, { token });

  const cases: [string, (cloud: Cloud) => Service, () => string | undefined][] = [
    ['Zed, several stores, admin', ({ multiStore }) => multiStore, () => tokens.admin],
    ['Zed, several stores, member', ({ multiStore }) => multiStore, () => tokens.member],
    ['Zed, several stores, unscoped token', ({ multiStore }) => multiStore, () => tokens.unscoped],
    ['Zed, several stores, no token', ({ multiStore }) => multiStore, () => undefined],
    ['Zed, several stores, wrong token', ({ multiStore }) => multiStore, () => 'gAAAAABnothing'],
    ['Zed, single store, admin', ({ singleStore }) => singleStore, () => tokens.admin],
    ['Zed, single store, member', ({ singleStore }) => singleStore, () => tokens.member],
    ['Zed, a driver that does not load, admin', ({ brokenDriver }) => brokenDriver, () => tokens.admin],
    ['Zed, a driver that does not load, member', ({ brokenDriver }) => brokenDriver, () => tokens.member],
    ['2025.1, several stores, admin', ({ newer }) => newer, () => tokens.admin],
    ['2025.1, several stores, member', ({ newer }) => newer, () => tokens.member],
    ['2025.1, several stores, no token', ({ newer }) => newer, () => undefined],
  ];

  test.each(cases)('%s: every field has the data of the REST response', async (_title, glanceOf, tokenOf) => {
    const glance = glanceOf(cloud);
    await expectDataOfRest(gatewayOf(glance), glance, tokenOf());
  });

  test('an admin sees weights on 2025.1, and none on Zed', async () => {
    expect(await query(cloud.newer, tokens.admin)).toMatchObject({
      data: { info: { storesDetail: [{ weight: 100 }, { weight: 200 }, { weight: 0 }] } },
    });
    expect(await query(cloud.multiStore, tokens.admin)).toMatchObject({
      data: { info: { storesDetail: [{ weight: null }, { weight: null }, { weight: null }] } },
    });
  });

  test('a member gets everything except storesDetail, and the quotas include the uploaded image', async () => {
    const { data, errors } = await query(cloud.multiStore, tokens.member);
    expect(errors.map(({ path, extensions }) => [path?.join('.'), extensions.code])).toEqual([
      ['info.storesDetail', 'FORBIDDEN'],
    ]);
    expect(data).toMatchObject({
      info: {
        stores: [{ id: 'reliable' }, { id: 'fast', default: true }, { id: 'archive', readOnly: true }],
        storesDetail: null,
        usage: { imageSizeTotal: { usage: 3, limit: 1000 }, imageCountTotal: { usage: 1, limit: 100 } },
      },
    });
  });

  test('a revoked token is UNAUTHENTICATED, as in the REST response', async () => {
    const token = await cloud.keystone.token('demo', projectScope('demo'));
    await cloud.keystone.revoke(token);
    const [response, rest] = [await query(cloud.multiStore, token), await fetchRest(cloud.multiStore, token)];
    expect(rest.stores.status).toBe(401);
    expect(response.errors.map(({ extensions }) => extensions.code)).toEqual(Array(4).fill('UNAUTHENTICATED'));
    expect(errorsOf(response)).toEqual(expectedErrors(rest));
  });

  test('the request id of the response is in the log of Glance', async () => {
    const requestId = 'req-0c5d1d0e-8f0c-4f3a-9b39-6a1f6e2f6d0a';
    const response = await gateways
      .get(cloud.multiStore)
      ?.query('{info{storesDetail{id}}}', { token: tokens.member, headers: { 'X-Openstack-Request-Id': requestId } });
    expect(response?.errors[0]?.extensions.requestId).toBe(requestId);
    // Glance writes its log line after it has sent the response.
    await expect.poll(() => readFileSync(cloud.multiStore.logFile, 'utf8'), { timeout: 10_000 }).toContain(requestId);
  });

  test('the error of a wrong base path says so', async () => {
    await using gateway = await startGateway({ GLANCE_URL: `${cloud.multiStore.url}/image` });
    const { errors } = await gateway.query('{info{stores{id}}}', { token: tokens.member });
    expect(errors[0]?.message).toBe(
      "The Image service's response is 300 Multiple Choices: the path of the configured endpoint is wrong.",
    );
  });

  test('a stopped Glance is UPSTREAM_TIMEOUT, and works again when it continues', async () => {
    await using gateway = await startGateway({ GLANCE_URL: cloud.singleStore.url, UPSTREAM_TIMEOUT_MS: '1000' });
    const code = async () =>
      (await gateway.query('{info{importMethods{value}}}', { token: tokens.member })).errors[0]?.extensions.code;
    expect(await whileStopped(cloud.singleStore, code)).toBe('UPSTREAM_TIMEOUT');
    expect(await code()).toBeUndefined();
  });
});

/** Uploads an image, so that quotas have a usage. @returns what removes it */
async function uploadImage({ url }: Service, token: string, bytes: number): Promise<() => Promise<void>> {
  const image = { name: 'test', disk_format: 'raw', container_format: 'bare' };
  const created = await fetch(`${url}/v2/images`, {
    method: 'POST',
    headers: { 'X-Auth-Token': token, 'Content-Type': 'application/json' },
    body: JSON.stringify(image),
  });
  const { file, self } = JSON.parse(await created.text());
  const stored = await fetch(url + file, {
    method: 'PUT',
    headers: { 'X-Auth-Token': token, 'Content-Type': 'application/octet-stream' },
    body: Buffer.alloc(bytes),
  });
  if (stored.status !== 204) throw new Error(`the upload failed with ${stored.status}`);
  return async () => {
    await fetch(url + self, { method: 'DELETE', headers: { 'X-Auth-Token': token } });
  };
}
