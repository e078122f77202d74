/** Where `STALE_IF_ERROR_MS` ends: at the end of the token, and at a 401. */
import { expect, test } from 'vitest';
import { startGateway } from '../gateway.ts';
import { type Behaviour, expiringToken, reply, startUpstream, tokenInfo } from '../recording-upstream.ts';

const STORES = '{info{stores{id}}}';
const STALE = { STALE_IF_ERROR_MS: '60000' };
const token = 'token-of-a-caller';
const good = reply(200, { stores: [{ id: 'a' }] });
const unavailable = reply(503, '', { 'Retry-After': '1' });

test('a stale response is not served past the end of its token', async () => {
  let behaviour: Behaviour = good;
  await using glance = await startUpstream((request, response) => behaviour(request, response));
  const expiring = expiringToken(() => tokenInfo({ RegionOne: glance.url }, { project: { id: 'p' } }, 2000));
  await using keystone = await startUpstream(expiring.behaviour);
  await using gateway = await startGateway({ OS_AUTH_URL: keystone.url, ...STALE });
  const storesNow = async () => (await gateway.query(STORES, { token })).data;
  expect(await storesNow()).toEqual({ info: { stores: [{ id: 'a' }] } });
  behaviour = unavailable;
  expect(await storesNow()).toEqual({ info: { stores: [{ id: 'a' }] } });
  await expect.poll(() => Date.now()).toBeGreaterThan(expiring.expiresAt() + 20);
  expect(await storesNow()).toEqual({ info: { stores: null } });
});

test('a stale catalog is not used past the end of its token', async () => {
  await using glance = await startUpstream(good);
  const expiring = expiringToken(() => tokenInfo({ RegionOne: glance.url }, { project: { id: 'p' } }, 2000));
  let { behaviour } = expiring;
  await using keystone = await startUpstream((request, response) => behaviour(request, response));
  await using gateway = await startGateway({ OS_AUTH_URL: keystone.url, CACHE_TTL_CATALOG_MS: '0', ...STALE });
  const storesNow = async () => (await gateway.query(STORES, { token })).data;
  await storesNow();
  behaviour = unavailable;
  expect(await storesNow()).toEqual({ info: { stores: [{ id: 'a' }] } });
  await expect.poll(() => Date.now()).toBeGreaterThan(expiring.expiresAt() + 20);
  expect(await storesNow()).toEqual({ info: { stores: null } });
});

test('nothing stale is served after a 401', async () => {
  let behaviour: Behaviour = good;
  await using glance = await startUpstream((request, response) => behaviour(request, response));
  await using gateway = await startGateway({ GLANCE_URL: glance.url, ...STALE });
  const storesNow = async () => (await gateway.query(STORES, { token })).data;
  await storesNow();
  behaviour = unavailable;
  expect(await storesNow()).toEqual({ info: { stores: [{ id: 'a' }] } });
  behaviour = reply(401, '');
  expect(await storesNow()).toEqual({ info: { stores: null } });
  behaviour = unavailable;
  expect(await storesNow()).toEqual({ info: { stores: null } });
});
