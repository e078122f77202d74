import { execute, parse } from 'graphql';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSchema, loadSdl } from '../../src/graphql/schema.ts';
import { startGateway, type TestGateway } from '../gateway.ts';
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

describe('malformed representations', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startGateway();
  });
  afterAll(() => gateway.close());

  const EXPECTED =
    'A representation must be {"__typename": "Region", "id": …} or {"__typename": "ImageStore", "id": …, "region": {"id": …}}';

  test.each([
    ['another type', { __typename: 'Image', id: 'x' }],
    ['no type', { id: 'x' }],
    ['a store without a region', { __typename: 'ImageStore', id: 'ceph' }],
    ['an id that is not a string', { __typename: 'ImageStore', id: 7, region: { id: 'RegionOne' } }],
    ['a region without an id', { __typename: 'Region' }],
    ['a string', 'Region'],
  ])('are null: %s', async (_title, malformed) => {
    const representations = [{ __typename: 'Region', id: 'RegionOne' }, malformed];
    const { data, errors } = await gateway.query(ENTITIES, { token: 'sandbox-admin', variables: { representations } });
    expect(data).toMatchObject({ _entities: [{ id: 'RegionOne' }, null] });
    expect(errors).toMatchObject([
      {
        message: `${EXPECTED}, but these are not: 1.`,
        path: ['_entities', 1],
        extensions: { code: 'BAD_USER_INPUT' },
      },
    ]);
  });

  test('have one error for each field, which lists the first ten', async () => {
    const r = [
      { __typename: 'Region', id: 'RegionOne' },
      ...Array(12)
        .fill(null)
        .map(() => ({})),
    ];
    const query = `query($r: [_Any!]!) { ${['a', 'b'].map((key) => `${key}: _entities(representations: $r) { __typename }`).join(' ')} }`;
    const { data, errors } = await gateway.query(query, { token: 'sandbox-admin', variables: { r } });
    const entities = [{ __typename: 'Region' }, ...Array(12).fill(null)];
    expect(data).toEqual({ a: entities, b: entities });
    const message = `${EXPECTED}, but these are not: 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 2 others.`;
    expect(errors).toMatchObject([
      { message, path: ['a', 1] },
      { message, path: ['b', 1] },
    ]);
  });
});

test.each([
  ['Region', '{__typename: "Region", id: "one"}'],
  ['ImageStore', '{__typename: "ImageStore", id: "a", region: {id: "one"}}'],
])('equal representations are resolved once: %s', async (__typename, representation) => {
  const schema = createSchema(loadSdl());
  let looks = 0;
  const tokenContext = async () => {
    looks += 1;
    return { endpoints: new Map([['one', null]]) };
  };
  const load = async () => [{ id: 'a' }];
  const query = `{ _entities(representations: [${Array(50).fill(representation)}]) { __typename } }`;
  const contextValue = { data: { tokenContext, load }, operation: { cost: 0 } };
  const result = await execute({ schema, document: parse(query), contextValue });
  expect(result).toMatchObject({ data: { _entities: Array(50).fill({ __typename }) } });
  expect(looks).toBe(1);
});

test('the subgraph serves its SDL', async () => {
  await using gateway = await startGateway();
  const { data } = await gateway.query('{_service{sdl}}');
  expect(data).toMatchObject({ _service: { sdl: expect.stringContaining('@key(fields: "id region { id }")') } });
});
