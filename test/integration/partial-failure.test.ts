/** One field that fails leaves the others, and its error and `availability` say why. */
import { describe, expect, test } from 'vitest';
import { type GraphqlError, startGateway } from '../gateway.ts';
import { recorded, replay } from '../recorded.ts';
import { type Behaviour, startUpstream } from '../recording-upstream.ts';

const EVERYTHING = `{
  info {
    importMethods { value }
    stores { id }
    storesDetail { id weight }
    usage { enabled imageCountTotal { limit } }
    availability { importMethods stores storesDetail usage }
  }
}`;

const METHODS = { value: ['glance-direct', 'web-download', 'copy-image'] };
const STORES = [{ id: 'reliable' }, { id: 'fast' }, { id: 'archive' }];
const USAGE = { enabled: true, imageCountTotal: { limit: 100 } };

async function queryRecorded(calls: Record<string, string>, token: string | undefined = 't') {
  const behaviour: Record<string, Behaviour> = Object.fromEntries(
    Object.entries(calls).map(([call, name]) => [`/v2/info/${call}`, replay(name)]),
  );
  await using upstream = await startUpstream(behaviour);
  await using gateway = await startGateway({ GLANCE_URL: upstream.url });
  return await gateway.query(EVERYTHING, token === undefined ? {} : { token });
}

const summary = (errors: readonly GraphqlError[]) =>
  errors.map(({ path, extensions: { code, status } }) => `${path?.join('.')}: ${code} ${status}`).sort();

test('an admin of a multi-store cloud gets everything', async () => {
  const { status, data, errors } = await queryRecorded({
    import: 'api-2.16-multistore-admin.import',
    stores: 'api-2.16-multistore-admin.stores',
    'stores/detail': 'api-2.17-multistore-admin.stores-detail.accept-json',
    usage: 'api-2.16-multistore-admin.usage',
  });
  expect(status).toBe(200);
  expect(errors).toEqual([]);
  expect(data).toEqual({
    info: {
      importMethods: METHODS,
      stores: STORES,
      storesDetail: [
        { id: 'reliable', weight: 100 },
        { id: 'fast', weight: 200 },
        { id: 'archive', weight: 0 },
      ],
      usage: USAGE,
      availability: { importMethods: 'AVAILABLE', stores: 'AVAILABLE', storesDetail: 'AVAILABLE', usage: 'AVAILABLE' },
    },
  });
});

test('a member gets everything except storesDetail, with one FORBIDDEN error', async () => {
  const { status, data, errors } = await queryRecorded({
    import: 'api-2.16-multistore-member.import',
    stores: 'api-2.16-multistore-member.stores',
    'stores/detail': 'api-2.16-multistore-member.stores-detail.accept-json',
    usage: 'api-2.16-multistore-member.usage',
  });
  expect(status).toBe(200);
  expect(data).toEqual({
    info: {
      importMethods: METHODS,
      stores: STORES,
      storesDetail: null,
      usage: USAGE,
      availability: { importMethods: 'AVAILABLE', stores: 'AVAILABLE', storesDetail: 'FORBIDDEN', usage: 'AVAILABLE' },
    },
  });
  const { headers } = recorded('api-2.16-multistore-member.stores-detail.accept-json');
  expect(errors).toEqual([
    {
      message: 'You are not authorized to complete stores_info_detail action.',
      path: ['info', 'storesDetail'],
      locations: [{ line: 5, column: 5 }],
      extensions: {
        code: 'FORBIDDEN',
        service: 'image',
        region: 'RegionOne',
        status: 403,
        requestId: headers.get('x-openstack-request-id'),
        retryable: false,
      },
    },
  ]);
});

describe.each([
  'api-2.16-multistore-badtoken.usage.accept-json',
  'api-2.16-multistore-badtoken.usage',
  'api-2.16-keystone-down-newtoken.import',
])('a 401 as in %s', (name) => {
  test('is UNAUTHENTICATED in every field, without the address of Keystone', async () => {
    const response = await queryRecorded({ import: name, stores: name, 'stores/detail': name, usage: name });
    expect(response.status).toBe(200);
    expect(response.data).toMatchObject({
      info: { importMethods: null, stores: null, storesDetail: null, usage: null },
    });
    expect(summary(response.errors)).toEqual([
      'info.importMethods: UNAUTHENTICATED 401',
      'info.stores: UNAUTHENTICATED 401',
      'info.storesDetail: UNAUTHENTICATED 401',
      'info.usage: UNAUTHENTICATED 401',
    ]);
    expect(response.errors[0]?.message).toContain('could not verify that you are authorized');
    expect(JSON.stringify([response, [...response.headers]])).not.toMatch(/keystone uri|15000/i);
  });
});

test('a single-store cloud without quotas is NOT_FOUND and UNSUPPORTED', async () => {
  const { data, errors } = await queryRecorded({
    import: 'api-2.16-singlestore-admin.import',
    stores: 'api-2.16-singlestore-admin.stores.accept-json',
    'stores/detail': 'api-2.16-singlestore-admin.stores-detail',
    usage: 'api-2.16-singlestore-admin.usage',
  });
  expect(data).toEqual({
    info: {
      importMethods: METHODS,
      stores: null,
      storesDetail: null,
      usage: { enabled: false, imageCountTotal: null },
      availability: {
        importMethods: 'AVAILABLE',
        stores: 'UNSUPPORTED',
        storesDetail: 'UNSUPPORTED',
        usage: 'UNSUPPORTED',
      },
    },
  });
  expect(summary(errors)).toEqual(['info.stores: NOT_FOUND 404', 'info.storesDetail: NOT_FOUND 404']);
  expect(errors.map(({ message }) => message)).toEqual([
    'Multi backend is not supported at this site.',
    'Multi backend is not supported at this site.',
  ]);
});

test('calls that an older Glance lacks are NOT_FOUND', async () => {
  const unknown = 'api-2.16-multistore-admin.unknown-path.accept-json';
  const { data, errors } = await queryRecorded({
    import: 'api-2.16-multistore-admin.import',
    stores: 'api-2.16-multistore-admin.stores',
    'stores/detail': unknown,
    usage: unknown,
  });
  expect(data).toMatchObject({
    info: { stores: STORES, availability: { stores: 'AVAILABLE', storesDetail: 'UNSUPPORTED', usage: 'UNSUPPORTED' } },
  });
  expect(summary(errors)).toEqual(['info.storesDetail: NOT_FOUND 404', 'info.usage: NOT_FOUND 404']);
});

test('a store driver that does not load fails storesDetail alone', async () => {
  const { data, errors } = await queryRecorded({
    import: 'api-2.16-multistore-admin.import',
    stores: 'api-2.16-multistore-admin.stores',
    'stores/detail': 'api-2.16-s3-driver-broken-admin.stores-detail.accept-json',
    usage: 'api-2.16-keystone-down-knowntoken.usage',
  });
  expect(data).toMatchObject({
    info: { stores: STORES, availability: { stores: 'AVAILABLE', storesDetail: 'UNAVAILABLE', usage: 'UNAVAILABLE' } },
  });
  expect(summary(errors)).toEqual(['info.storesDetail: UPSTREAM_ERROR 500', 'info.usage: UPSTREAM_ERROR 500']);
  // The settings of a store can't be read until the operator changes them; the limits may be readable again.
  expect(errors.map(({ extensions }) => extensions.retryable)).toEqual([false, true]);
});
