import { describe, expect, test } from 'vitest';
import { startGateway } from '../gateway.ts';
import { replay } from '../recorded.ts';
import { type Behaviour, startUpstream } from '../recording-upstream.ts';

const GLANCE: Record<string, Behaviour> = {
  '/v2/info/import': replay('api-2.16-multistore-admin.import'),
  '/v2/info/stores': replay('api-2.16-multistore-admin.stores'),
  '/v2/info/stores/detail': replay('api-2.17-multistore-admin.stores-detail.accept-json'),
  '/v2/info/usage': replay('api-2.16-multistore-admin.usage'),
  '/versions': replay('api-2.17-versions'),
};

const startBoth = async (behaviour: Record<string, Behaviour> = GLANCE, basePath = '') => {
  const upstream = await startUpstream(behaviour);
  const gateway = await startGateway({ GLANCE_URL: upstream.url + basePath });
  return {
    upstream,
    gateway,
    paths: () => upstream.seen.map(({ path }) => path).sort(),
    async [Symbol.asyncDispose]() {
      await gateway.close();
      await upstream[Symbol.asyncDispose]();
    },
  };
};

test('upstream calls carry the token, the request id and Accept, and no other header of the caller', async () => {
  await using both = await startBoth();
  await both.gateway.query('{info{importMethods{value}}}', {
    token: 'gAAAA-token',
    headers: {
      'X-Openstack-Request-Id': 'req-from-the-caller',
      Cookie: 'session=1',
      'X-Forwarded-For': '1.2.3.4',
      'X-Storage-Token': 'other',
      'X-Roles': 'admin',
      'User-Agent': 'a browser',
    },
  });
  expect(both.upstream.seen).toEqual([
    {
      method: 'GET',
      path: '/v2/info/import',
      headers: [
        ['host', new URL(both.upstream.url).host],
        ['connection', 'keep-alive'],
        ['X-Auth-Token', 'gAAAA-token'],
        ['Accept', 'application/json'],
        ['X-Openstack-Request-Id', 'req-from-the-caller'],
      ],
    },
  ]);
});

test('upstream calls carry no token header when the caller has no token', async () => {
  await using both = await startBoth();
  const { data } = await both.gateway.query('{info{importMethods{value}}}');
  expect(data).toEqual({ info: { importMethods: { value: ['glance-direct', 'web-download', 'copy-image'] } } });
  expect(both.upstream.seen[0]?.headers.map(([name]) => name)).toEqual([
    'host',
    'connection',
    'Accept',
    'X-Openstack-Request-Id',
  ]);
});

test('the calls of a request share one request id, which the caller receives', async () => {
  await using both = await startBoth();
  const { headers } = await both.gateway.query('{info{importMethods{value} stores{id} usage{enabled}}}', {
    token: 't',
  });
  const ids = both.upstream.seen.map((seen) => seen.headers.find(([name]) => name === 'X-Openstack-Request-Id')?.[1]);
  expect(ids).toHaveLength(3);
  expect(new Set(ids)).toEqual(new Set([headers.get('x-openstack-request-id')]));
  expect(ids[0]).toMatch(/^req-[0-9a-f-]{36}$/);
});

test.each([['x'], ['req-'], [`req-${'x'.repeat(57)}`], ['req-a b'], ['req-ä']])(
  'a request id of %j is replaced by a new one',
  async (id) => {
    await using both = await startBoth();
    const { headers } = await both.gateway.query('{info{importMethods{value}}}', {
      headers: { 'X-Openstack-Request-Id': id },
    });
    expect(headers.get('x-openstack-request-id')).toMatch(/^req-[0-9a-f-]{36}$/);
  },
);

describe('upstream calls', () => {
  test.each([
    ['{info{importMethods{value}}}', ['/v2/info/import']],
    ['{info{region{id}}}', []],
    ['{info{__typename}}', []],
    ['{imageRegions{id}}', []],
    ['{info{stores{id} apiVersions{id}}}', ['/v2/info/stores', '/versions']],
    ['{info{usage{enabled} availability{usage}}}', ['/v2/info/usage']],
    ['{info{stores{id detail{type}} storesDetail{id}}}', ['/v2/info/stores', '/v2/info/stores/detail']],
    ['{a:info{stores{id}} b:info(region:"RegionOne"){x:stores{id} y:stores{region{id}}}}', ['/v2/info/stores']],
    [
      'query Q($no: Boolean = false){info{usage @include(if: $no){enabled} stores @skip(if: true){id} importMethods{value}}}',
      ['/v2/info/import'],
    ],
  ])('are made for selected fields only, and once: %s', async (query, paths) => {
    await using both = await startBoth();
    const { errors } = await both.gateway.query(query, { token: 't' });
    expect(errors).toEqual([]);
    expect(both.paths()).toEqual(paths);
  });

  test('run in parallel', async () => {
    let arrived = 0;
    let release: () => void = () => {};
    const all = new Promise<void>((resolve) => {
      release = resolve;
    });
    const waiting =
      (behaviour: Behaviour): Behaviour =>
      async (request, response) => {
        arrived += 1;
        if (arrived === 5) release();
        await all;
        behaviour(request, response);
      };
    await using both = await startBoth(
      Object.fromEntries(Object.entries(GLANCE).map(([path, behaviour]) => [path, waiting(behaviour)])),
    );
    const { errors } = await both.gateway.query(
      '{info{importMethods{value} stores{id} storesDetail{id} usage{enabled} apiVersions{id}}}',
      { token: 't' },
    );
    expect(errors).toEqual([]);
    expect(arrived).toBe(5);
  });

  test('are repeated for each request when nothing is cached', async () => {
    await using both = await startBoth();
    for (const token of ['a', 'b', 'a']) await both.gateway.query('{info{stores{id}}}', { token });
    const tokens = both.upstream.seen.map(({ headers }) => headers.find(([name]) => name === 'X-Auth-Token')?.[1]);
    expect(tokens).toEqual(['a', 'b', 'a']);
  });

  test('use keep-alive connections', async () => {
    await using both = await startBoth();
    for (let round = 0; round < 5; round += 1) await both.gateway.query('{info{stores{id}}}', { token: 't' });
    expect(await both.upstream.connections()).toBe(1);
  });
});

test.each([['/image'], ['/image/v2'], ['/image/v2/']])(
  'upstream calls append to the path of the endpoint: %s',
  async (basePath) => {
    await using both = await startBoth(
      {
        '/image/v2/info/import': replay('api-2.16-multistore-member.import'),
        '/image/versions': replay('api-2.17-versions'),
      },
      basePath,
    );
    const { errors } = await both.gateway.query('{info{importMethods{value} apiVersions{id}}}', { token: 't' });
    expect(errors).toEqual([]);
    expect(both.paths()).toEqual(['/image/v2/info/import', '/image/versions']);
  },
);
