/** Regions come from the caller's service catalog. */
import { describe, expect, test } from 'vitest';
import { startGateway } from '../gateway.ts';
import { expiringToken, type RecordingUpstream, reply, startUpstream } from '../recording-upstream.ts';
import { imageService, PROJECT, startRegions, tokenWith, twoRegions } from '../two-regions.ts';

const BOTH = '{imageRegions{id info{importMethods{type} stores{id} usage{scope projectId}}}}';

test('each region is called at its own endpoint, and the usage has the scope of the token', async () => {
  await using cloud = await startRegions();
  await using keystone = await startUpstream({ '/v3/auth/tokens': reply(200, tokenWith(twoRegions(cloud))) });
  await using gateway = await startGateway({ OS_AUTH_URL: `${keystone.url}/v3` });
  const { data, errors } = await gateway.query(BOTH, { token: 'the-token' });
  expect(data).toEqual({
    imageRegions: [
      {
        id: 'RegionOne',
        info: {
          importMethods: { type: 'array' },
          stores: [{ id: 'reliable' }, { id: 'fast' }, { id: 'archive' }],
          usage: { scope: 'PROJECT', projectId: 'p1' },
        },
      },
      { id: 'RegionTwo', info: { importMethods: { type: 'array' }, stores: null, usage: null } },
    ],
  });
  expect(errors.map(({ path, extensions: { code, region } }) => [path?.join('.'), code, region]).sort()).toEqual([
    ['imageRegions.1.info.stores', 'NOT_FOUND', 'RegionTwo'],
    ['imageRegions.1.info.usage', 'NOT_FOUND', 'RegionTwo'],
  ]);
  expect(keystone.seen).toEqual([
    {
      method: 'GET',
      path: '/v3/auth/tokens',
      headers: [
        ['host', new URL(keystone.url).host],
        ['connection', 'keep-alive'],
        ['X-Auth-Token', 'the-token'],
        ['X-Subject-Token', 'the-token'],
        ['OpenStack-Identity-Access-Rules', '1'],
        ['Accept', 'application/json'],
        ['X-Openstack-Request-Id', expect.stringMatching(/^req-/)],
      ],
    },
  ]);
});

test('the default region is OS_REGION_NAME, or else the first by name', async () => {
  await using cloud = await startRegions();
  await using keystone = await startUpstream(reply(200, tokenWith(twoRegions(cloud))));
  const defaultOf = async (env: Record<string, string>) => {
    await using gateway = await startGateway({ OS_AUTH_URL: keystone.url, ...env });
    return (await gateway.query('{info{region{id}} imageRegions{id}}', { token: 't' })).data;
  };
  expect(await defaultOf({})).toEqual({
    info: { region: { id: 'RegionOne' } },
    imageRegions: [{ id: 'RegionOne' }, { id: 'RegionTwo' }],
  });
  expect(await defaultOf({ OS_REGION_NAME: 'RegionTwo' })).toEqual({
    info: { region: { id: 'RegionTwo' } },
    imageRegions: [{ id: 'RegionTwo' }, { id: 'RegionOne' }],
  });
});

test('a region that is down is null with an error that names it, and the others have data', async () => {
  await using cloud = await startRegions();
  const catalog = [
    imageService({ region_id: 'RegionOne', url: cloud.one.url }, { region_id: 'RegionTwo', url: 'http://127.0.0.1:9' }),
  ];
  await using keystone = await startUpstream(reply(200, tokenWith(catalog)));
  await using gateway = await startGateway({ OS_AUTH_URL: keystone.url });
  const { data, errors } = await gateway.query('{imageRegions{id info{stores{id}}}}', { token: 't' });
  expect(data).toMatchObject({
    imageRegions: [
      { id: 'RegionOne', info: { stores: { length: 3 } } },
      { id: 'RegionTwo', info: { stores: null } },
    ],
  });
  expect(errors).toMatchObject([
    { path: ['imageRegions', 1, 'info', 'stores'], extensions: { code: 'UPSTREAM_UNAVAILABLE', region: 'RegionTwo' } },
  ]);
});

test('region names may contain blanks and characters outside ASCII', async () => {
  await using cloud = await startRegions();
  await using keystone = await startUpstream(
    reply(200, tokenWith([imageService({ region_id: 'Région Nord', url: cloud.one.url })])),
  );
  await using gateway = await startGateway({ OS_AUTH_URL: keystone.url });
  const { data, errors } = await gateway.query('{info(region:"Région Nord"){region{id} stores{id}}}', { token: 't' });
  expect([data, errors]).toMatchObject([{ info: { region: { id: 'Région Nord' } } }, []]);
});

describe('the catalog of a token', () => {
  const count = ({ seen }: RecordingUpstream) => seen.length;
  const query = '{info{importMethods{type}}}';

  test('is fetched once for concurrent requests and then cached, separately for each token', async () => {
    await using cloud = await startRegions();
    await using keystone = await startUpstream(reply(200, tokenWith(twoRegions(cloud))));
    await using gateway = await startGateway({ OS_AUTH_URL: keystone.url });
    await Promise.all(Array.from({ length: 20 }, () => gateway.query(query, { token: 'a' })));
    await gateway.query(query, { token: 'a' });
    expect(count(keystone)).toBe(1);
    await gateway.query(query, { token: 'b' });
    expect(count(keystone)).toBe(2);
  });

  test('is not cached after the token has expired, nor after a failed lookup', async () => {
    await using cloud = await startRegions();
    let { behaviour } = expiringToken(() => tokenWith(twoRegions(cloud), PROJECT, 2));
    await using keystone = await startUpstream((request, response) => behaviour(request, response));
    await using gateway = await startGateway({ OS_AUTH_URL: keystone.url });
    await gateway.query(query, { token: 'a' });
    await gateway.query(query, { token: 'a' });
    expect(count(keystone)).toBe(1);
    behaviour = reply(503, '');
    const errors = async () => (await gateway.query(query, { token: 'a' })).errors;
    const failure = [{ extensions: { code: 'UPSTREAM_UNAVAILABLE', service: 'identity' } }];
    await expect.poll(errors).toMatchObject(failure);
    // Each lookup is retried once.
    expect(count(keystone)).toBe(3);
    expect(await errors()).toMatchObject(failure);
    expect(count(keystone)).toBe(5);
  });

  test('is not cached with CACHE_TTL_CATALOG_MS=0', async () => {
    await using cloud = await startRegions();
    await using keystone = await startUpstream(reply(200, tokenWith(twoRegions(cloud))));
    await using gateway = await startGateway({ OS_AUTH_URL: keystone.url, CACHE_TTL_CATALOG_MS: '0' });
    for (let round = 0; round < 2; round += 1) await gateway.query(query, { token: 'a' });
    expect(count(keystone)).toBe(2);
  });

  test('comes from /v3/auth/catalog where policy forbids a token to validate itself', async () => {
    await using cloud = await startRegions();
    await using keystone = await startUpstream({
      '/identity/v3/auth/tokens': reply(403, {
        error: { code: 403, message: 'You are not authorized.', title: 'Forbidden' },
      }),
      '/identity/v3/auth/catalog': reply(200, { catalog: twoRegions(cloud) }),
    });
    await using gateway = await startGateway({ OS_AUTH_URL: `${keystone.url}/identity` });
    const { data, errors } = await gateway.query('{info{usage{enabled scope projectId}}}', { token: 't' });
    expect([data, errors]).toEqual([{ info: { usage: { enabled: true, scope: 'UNKNOWN', projectId: null } } }, []]);
    expect(keystone.seen.map(({ path }) => path)).toEqual(['/identity/v3/auth/tokens', '/identity/v3/auth/catalog']);
  });

  test.each([
    ['PROJECT', PROJECT, 'p1'],
    ['DOMAIN', { domain: { id: 'd' } }, null],
    ['SYSTEM', { system: { all: true } }, null],
  ])('has the scope %s', async (scope, fields, projectId) => {
    await using cloud = await startRegions();
    await using keystone = await startUpstream(reply(200, tokenWith(twoRegions(cloud), fields)));
    await using gateway = await startGateway({ OS_AUTH_URL: keystone.url });
    const { data } = await gateway.query('{info{usage{scope projectId}}}', { token: 't' });
    expect(data).toEqual({ info: { usage: { scope, projectId } } });
  });
});

test('regions without Keystone come from GLANCE_ENDPOINTS', async () => {
  await using cloud = await startRegions();
  const endpoints = { north: cloud.one.url, south: `${cloud.two.url}/image` };
  await using gateway = await startGateway({ GLANCE_ENDPOINTS: JSON.stringify(endpoints), OS_REGION_NAME: 'south' });
  const { data } = await gateway.query('{info{region{id}} imageRegions{id info{importMethods{type}}}}', { token: 't' });
  const info = { importMethods: { type: 'array' } };
  expect(data).toEqual({
    info: { region: { id: 'south' } },
    imageRegions: [
      { id: 'south', info },
      { id: 'north', info },
    ],
  });
  expect(await (await gateway.fetch('/readyz')).json()).toEqual({ status: 'upstream unreachable' });
});
