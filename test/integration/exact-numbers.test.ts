/** A JSON number that JavaScript cannot represent exactly is an error of its field, and is never rounded. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { startGateway } from '../gateway.ts';
import { reply, startUpstream } from '../recording-upstream.ts';

const DETAIL = '{info{storesDetail{id weight properties{raw}}}}';
const withProperties = (properties: string, weight = '1') =>
  `{"stores":[{"id":"a","type":"file","weight":${weight},"properties":${properties}}]}`;

async function queryWith(body: string) {
  await using upstream = await startUpstream(reply(200, body));
  await using gateway = await startGateway({ GLANCE_URL: upstream.url });
  return await gateway.query(DETAIL);
}

test.each([
  ['in a property', withProperties('{"chunk_size":9007199254740993}'), 'stores[0].properties.chunk_size'],
  ['nested in a property', withProperties('{"a":[{"b":[1,9007199254740992]}]}'), 'stores[0].properties.a[].b[]'],
  ['beyond the range of a double', withProperties('{"a":1e400}'), null],
])('an inexact number %s is an error', async (_title, body, path) => {
  const { data, errors } = await queryWith(body);
  expect(data).toEqual({ info: { storesDetail: null } });
  expect(errors).toMatchObject([{ extensions: { code: 'UPSTREAM_INVALID_RESPONSE' } }]);
  if (path !== null) expect(errors[0]?.message).toContain(`${path} is not a whole number of at most 2^53 - 1`);
});

test.each(['3000000000', '-2147483649', '9007199254740993'])(
  'a weight of %s, which is no Int, is null, and every store is served',
  async (weight) => {
    const { data, errors } = await queryWith(withProperties('{}', weight));
    expect(errors).toEqual([]);
    expect(data).toEqual({ info: { storesDetail: [{ id: 'a', weight: null, properties: { raw: {} } }] } });
  },
);

test('the largest exact integers are served', async () => {
  const { data } = await queryWith(withProperties('{"a":9007199254740991,"b":0.1,"c":-9007199254740991}'));
  expect(data).toMatchObject({
    info: { storesDetail: [{ properties: { raw: { a: 9007199254740991, b: 0.1, c: -9007199254740991 } } }] },
  });
});

test('a body nested deeper than the stack is rejected', async () => {
  const levels = 100_000;
  const { errors } = await queryWith(withProperties(`{"a":${'['.repeat(levels)}${']'.repeat(levels)}}`));
  expect(errors).toMatchObject([{ extensions: { code: 'UPSTREAM_INVALID_RESPONSE' } }]);
});

describe('whatever a decoder accepts, the schema renders', () => {
  const EDGES = [2 ** 31 - 1, 2 ** 31, -(2 ** 31), -(2 ** 31) - 1, 2 ** 53 - 1, 1 - 2 ** 53, 2 ** 53, 0, -0, -1];
  const number = fc.oneof(
    { weight: 4, arbitrary: fc.nat() },
    { weight: 4, arbitrary: fc.constantFrom(...EDGES) },
    { weight: 2, arbitrary: fc.maxSafeInteger() },
    { weight: 1, arbitrary: fc.double({ noNaN: true }) },
  );
  const value = fc.oneof(
    { weight: 20, arbitrary: number.map(String) },
    { weight: 1, arbitrary: fc.constantFrom('null', 'true', '"7"', '[]', '{}', '1e400') },
  );

  const STORES = {
    file: { keys: ['chunk_size'], fields: 'FileStoreProperties { chunkSize }' },
    rbd: { keys: ['chunk_size'], fields: 'RbdStoreProperties { rbdChunkSize: chunkSize }' },
    swift: {
      keys: ['large_object_size', 'large_object_chunk_size'],
      fields: 'SwiftStoreProperties { largeObjectSize largeObjectChunkSize }',
    },
    s3: {
      keys: ['s3_store_large_object_size', 's3_store_large_object_chunk_size', 's3_store_thread_pools'],
      fields: 'S3StoreProperties { s3Size: largeObjectSize s3ChunkSize: largeObjectChunkSize threadPools }',
    },
    new: { keys: ['anything'], fields: 'OtherStoreProperties { __typename }' },
  } as const;
  const store = fc
    .tuple(fc.constantFrom(...Object.keys(STORES)), value, fc.array(value, { minLength: 3, maxLength: 3 }))
    .map(([type, weight, values]) => {
      const keys = STORES[type as keyof typeof STORES].keys.map((key, index) => `"${key}":${values[index]}`);
      return `{"id":"a","type":"${type}","weight":${weight},"properties":{${keys.join()}}}`;
    });
  const quota = fc.tuple(value, value).map(([usage, limit]) => `{"usage":${usage},"limit":${limit}}`);
  const FIELDS = Object.values(STORES).map(({ fields }) => `... on ${fields}`);
  const QUERY = `{info{
    storesDetail{id type weight properties{raw ${FIELDS.join(' ')}}}
    usage{imageSizeTotal{...Q} quotas{...Q}}
  }}
  fragment Q on ImageQuota{name usage limit unlimited remaining}`;

  test('for numbers of every size', async () => {
    let bodies = { stores: '', usage: '' };
    await using upstream = await startUpstream({
      '/v2/info/stores/detail': (request, response) => reply(200, bodies.stores)(request, response),
      '/v2/info/usage': (request, response) => reply(200, bodies.usage)(request, response),
    });
    await using gateway = await startGateway({ GLANCE_URL: upstream.url });
    const rendered = { stores: 0, usage: 0 };
    await fc.assert(
      fc.asyncProperty(store, quota, quota, async (detail, size, other) => {
        bodies = {
          stores: `{"stores":[${detail}]}`,
          usage: `{"usage":{"image_size_total":${size},"new_total":${other}}}`,
        };
        const { data, errors } = await gateway.query(QUERY);
        for (const { extensions } of errors) expect(extensions.code).toBe('UPSTREAM_INVALID_RESPONSE');
        const hasFailed = (field: string) => errors.some(({ path }) => path?.[1] === field);
        if (!hasFailed('storesDetail')) {
          rendered.stores += 1;
          const { weight: sent, properties } = JSON.parse(detail);
          const weight = sent >= -(2 ** 31) && sent < 2 ** 31 ? sent : null;
          expect(data).toMatchObject({ info: { storesDetail: [{ weight, properties: { raw: properties } }] } });
        }
        if (!hasFailed('usage')) {
          rendered.usage += 1;
          const { usage, limit } = JSON.parse(size);
          expect(data).toMatchObject({
            info: { usage: { imageSizeTotal: { usage, limit: limit < 0 ? null : limit } } },
          });
        }
      }),
      { numRuns: 300 },
    );
    expect(Math.min(rendered.stores, rendered.usage)).toBeGreaterThan(20);
  });
});
