import { expect, test } from 'vitest';
import { startGateway } from '../gateway.ts';
import { replay } from '../recorded.ts';
import { startUpstream } from '../recording-upstream.ts';

const ENTITIES = `query($representations: [_Any!]!) {
  _entities(representations: $representations) {
    ... on ImageStore { id default detail { type } region { id } }
    ... on Region { id info { importMethods { value } } }
  }
}`;

const store = (id: string, region = 'RegionOne') => ({ __typename: 'ImageStore', id, region: { id: region } });

test('many stores and regions take one upstream call for each discovery call', async () => {
  await using upstream = await startUpstream({
    '/v2/info/stores': replay('api-2.16-multistore-admin.stores'),
    '/v2/info/stores/detail': replay('api-2.16-multistore-admin.stores-detail'),
    '/v2/info/import': replay('api-2.16-multistore-admin.import'),
  });
  await using gateway = await startGateway({ GLANCE_URL: upstream.url });
  const representations = [
    store('fast'),
    store('gone'),
    store('archive'),
    store('fast'),
    store('fast', 'Mars'),
    { __typename: 'Region', id: 'RegionOne' },
    { __typename: 'Region', id: 'Mars' },
  ];
  const { data, errors } = await gateway.query(ENTITIES, { token: 't', variables: { representations } });
  expect(errors).toEqual([]);
  const region = { id: 'RegionOne' };
  expect(data).toEqual({
    _entities: [
      { id: 'fast', default: true, detail: { type: 'file' }, region },
      null,
      { id: 'archive', default: false, detail: { type: 'http' }, region },
      { id: 'fast', default: true, detail: { type: 'file' }, region },
      null,
      { id: 'RegionOne', info: { importMethods: { value: ['glance-direct', 'web-download', 'copy-image'] } } },
      null,
    ],
  });
  expect(upstream.seen.map(({ path }) => path).sort()).toEqual([
    '/v2/info/import',
    '/v2/info/stores',
    '/v2/info/stores/detail',
  ]);
});

test('entities are null, each with an error, when Glance is down', async () => {
  await using gateway = await startGateway({ GLANCE_URL: 'http://127.0.0.1:9' });
  const { data, errors } = await gateway.query(ENTITIES, {
    variables: { representations: [store('a'), { __typename: 'Region', id: 'RegionOne' }] },
  });
  expect(data).toEqual({ _entities: [null, { id: 'RegionOne', info: { importMethods: null } }] });
  expect(errors.map(({ path, extensions }) => [path?.join('.'), extensions.code]).sort()).toEqual([
    ['_entities.0', 'UPSTREAM_UNAVAILABLE'],
    ['_entities.1.info.importMethods', 'UPSTREAM_UNAVAILABLE'],
  ]);
});

test('an invalid representation is an error, and the others are resolved', async () => {
  await using gateway = await startGateway();
  const invalid = [
    { __typename: 'Image', id: 'x' },
    { id: 'x' },
    { __typename: 'ImageStore', id: 'ceph' },
    { __typename: 'ImageStore', id: 7, region: { id: 'RegionOne' } },
    { __typename: 'Region' },
    'Region',
  ];
  const { data, errors } = await gateway.query(ENTITIES, {
    token: 'sandbox-admin',
    variables: { representations: [...invalid, { __typename: 'Region', id: 'RegionOne' }] },
  });
  expect(data).toMatchObject({ _entities: [null, null, null, null, null, null, { id: 'RegionOne' }] });
  expect(errors.map(({ message, path, extensions }) => [path?.join('.'), extensions.code, message])).toEqual(
    invalid.map((_, index) => [
      `_entities.${index}`,
      'BAD_USER_INPUT',
      'A representation must be {"__typename": "Region", "id": …} or {"__typename": "ImageStore", "id": …, "region": {"id": …}}.',
    ]),
  );
});

test('the subgraph serves its SDL', async () => {
  await using gateway = await startGateway();
  const { data } = await gateway.query('{_service{sdl}}');
  expect(data).toMatchObject({ _service: { sdl: expect.stringContaining('@key(fields: "id region { id }")') } });
});
