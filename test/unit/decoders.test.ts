import { describe, expect, test } from 'vitest';
import type { Call } from '../../src/openstack/call.ts';
import { importMethods } from '../../src/openstack/glance/import-methods.ts';
import { stores } from '../../src/openstack/glance/stores.ts';
import { storesDetail } from '../../src/openstack/glance/stores-detail.ts';
import { usage } from '../../src/openstack/glance/usage.ts';
import { versions } from '../../src/openstack/glance/versions.ts';
import { type JsonValue, parseJson } from '../../src/openstack/json.ts';
import { recorded } from '../recorded.ts';

const decodeText = <T>(call: Call<T>, text: string) => call.decode(parseJson(text));
const decodeRecorded = <T>(call: Call<T>, name: string) => decodeText(call, recorded(name).body);

describe('importMethods', () => {
  test('decodes the hyphenated key', () => {
    expect(decodeRecorded(importMethods, 'api-2.16-multistore-member.import')).toEqual({
      description: 'Import methods available.',
      type: 'array',
      value: ['glance-direct', 'web-download', 'copy-image'],
    });
  });

  test('accepts an empty list and a missing description', () => {
    const body = { 'import-methods': { value: [] } };
    expect(importMethods.decode(body)).toEqual({ description: null, type: null, value: [] });
  });
});

describe('stores', () => {
  test('decodes flags that Glance sends as strings, and only when true', () => {
    expect(decodeRecorded(stores, 'api-2.16-multistore-member.stores')).toEqual([
      { id: 'reliable', description: 'Replicated across two halls', default: false, readOnly: false },
      { id: 'fast', description: 'NVMe, single copy', default: true, readOnly: false },
      { id: 'archive', description: 'Read-only web mirror', default: false, readOnly: true },
    ]);
  });

  test.each([
    ['true', true],
    ['True', true],
    [true, true],
    ['false', false],
    [false, false],
    [null, false],
  ])('decodes the flag %j', (flag, expected) => {
    expect(stores.decode({ stores: [{ id: 'a', default: flag, 'read-only': flag }] })).toEqual([
      { id: 'a', description: null, default: expected, readOnly: expected },
    ]);
  });
});

describe('storesDetail', () => {
  test('decodes the directory of a file store from data_dir', () => {
    expect(decodeRecorded(storesDetail, 'api-2.16-multistore-admin.stores-detail')[0]).toEqual({
      id: 'reliable',
      description: 'Replicated across two halls',
      default: false,
      readOnly: false,
      type: 'file',
      weight: null,
      properties: {
        driver: 'file',
        dataDir: '/var/lib/glance/images/reliable',
        chunkSize: 65536,
        thinProvisioning: false,
        raw: { data_dir: '/var/lib/glance/images/reliable', chunk_size: 65536, thin_provisioning: false },
      },
    });
  });

  test('decodes an http store without settings', () => {
    const archive = decodeRecorded(storesDetail, 'api-2.16-multistore-admin.stores-detail')[2];
    expect(archive).toMatchObject({ type: 'http', readOnly: true, properties: { driver: 'other', raw: {} } });
  });

  test('decodes the weight, which API 2.17 added', () => {
    const weights = (name: string) => decodeRecorded(storesDetail, name).map(({ weight }) => weight);
    expect(weights('api-2.17-multistore-admin.stores-detail.accept-json')).toEqual([100, 200, 0]);
    expect(weights('api-2.18-multistore-admin.stores-detail')).toEqual([100, 200, 0]);
    expect(weights('api-2.16-multistore-admin.stores-detail')).toEqual([null, null, null]);
  });

  test('decodes sizes of a swift store beyond 32 bits', () => {
    expect(decodeRecorded(storesDetail, 'api-2.16-swift-admin.stores-detail')[2]?.properties).toMatchObject({
      driver: 'swift',
      container: 'glance',
      largeObjectSize: 5242880000,
      largeObjectChunkSize: 204800000,
    });
  });

  test('accepts a null volume type of a cinder store', () => {
    expect(decodeRecorded(storesDetail, 'api-2.16-cinder-admin.stores-detail')[2]).toMatchObject({
      description: null,
      properties: { driver: 'cinder', volumeType: null, useMultipath: false },
    });
  });

  test('decodes the prefixed keys of an s3 store', () => {
    const settings = {
      s3_store_large_object_size: 104857600,
      s3_store_large_object_chunk_size: 10485760,
      s3_store_thread_pools: 10,
    };
    expect(storesDetail.decode({ stores: [{ id: 's', type: 's3', properties: settings }] })[0]?.properties).toEqual({
      driver: 's3',
      largeObjectSize: 104857600,
      largeObjectChunkSize: 10485760,
      threadPools: 10,
      raw: settings,
    });
  });

  test('accepts an rbd store without the keys that older releases lack', () => {
    const rbd = (properties: JsonValue) => storesDetail.decode({ stores: [{ id: 'r', type: 'rbd', properties }] })[0];
    const current = rbd({ pool: 'images', chunk_size: 8388608, thin_provisioning: true, fsid: null });
    expect(current?.properties).toMatchObject({ pool: 'images', fsid: null });
    expect(rbd({})?.properties).toMatchObject({ driver: 'rbd', pool: null, chunkSize: null, thinProvisioning: null });
  });

  test('returns the settings of an unknown driver unchanged', () => {
    const store = { id: 'n', type: 'nvmeof', properties: { subsystem: 'nqn', lanes: [1, 2] } };
    expect(storesDetail.decode({ stores: [store] })[0]?.properties).toEqual({
      driver: 'other',
      raw: store.properties,
    });
  });

  test('accepts a store without settings', () => {
    expect(storesDetail.decode({ stores: [{ id: 'y', type: 'file' }] })[0]?.properties).toBeNull();
  });
});

describe('usage', () => {
  test('decodes the four quotas by name, with units', () => {
    const decoded = decodeRecorded(usage, 'api-2.16-multistore-member.usage');
    expect(decoded.enabled).toBe(true);
    expect(decoded.quotas.map(({ name, unit }) => [name, unit])).toEqual([
      ['image_size_total', 'MEBIBYTES'],
      ['image_stage_total', 'MEBIBYTES'],
      ['image_count_total', 'COUNT'],
      ['image_count_uploading', 'COUNT'],
    ]);
    expect(decoded.imageSizeTotal).toEqual({
      name: 'image_size_total',
      usage: 0,
      limit: 1000,
      unlimited: false,
      remaining: 1000,
      unit: 'MEBIBYTES',
    });
  });

  test('is not enabled when Glance reports no quota', () => {
    expect(decodeRecorded(usage, 'api-2.16-singlestore-admin.usage')).toEqual({
      enabled: false,
      imageSizeTotal: null,
      imageStageTotal: null,
      imageCountTotal: null,
      imageCountUploading: null,
      quotas: [],
    });
  });

  test.each([
    ['-1 is unlimited', { usage: 7, limit: -1 }, { limit: null, unlimited: true, remaining: null }],
    ['0 stays 0', { usage: 0, limit: 0 }, { limit: 0, unlimited: false, remaining: 0 }],
    [
      'remaining is 0 when the usage exceeds the limit',
      { usage: 12, limit: 10 },
      { limit: 10, unlimited: false, remaining: 0 },
    ],
    ['beyond 32 bits', { usage: 1, limit: 2 ** 40 }, { limit: 2 ** 40, unlimited: false, remaining: 2 ** 40 - 1 }],
  ])('decodes a limit: %s', (_title, quota, expected) => {
    expect(usage.decode({ usage: { image_count_total: quota } }).imageCountTotal).toMatchObject(expected);
  });

  test('returns an unknown quota', () => {
    const { quotas } = usage.decode({ usage: { image_tag_total: { usage: 1, limit: 2 } } });
    expect(quotas).toMatchObject([{ name: 'image_tag_total', unit: 'UNKNOWN' }]);
  });
});

test.each([
  ['api-2.16-versions', 'v2.16', 17],
  ['api-2.17-versions', 'v2.17', 18],
  ['api-2.18-versions', 'v2.18', 19],
])('decodes the versions of %s with %s as the current one, at any position', (name, current, count) => {
  const list = decodeRecorded(versions, name);
  expect(list.filter(({ status }) => status === 'CURRENT')).toEqual([{ id: current, status: 'CURRENT' }]);
  expect(list).toHaveLength(count);
});

describe('rejects a wrong type and names the key', () => {
  test.each<[string, Call<unknown>, JsonValue, string]>([
    ['null', stores, null, '$ is not an object'],
    ['an array', usage, [], '$ is not an object'],
    ['no methods', importMethods, {}, 'import-methods is not an object'],
    [
      'methods that are not a list',
      importMethods,
      { 'import-methods': { value: 'x' } },
      'import-methods.value is not an array',
    ],
    [
      'a method that is not a string',
      importMethods,
      { 'import-methods': { value: ['a', 1] } },
      'import-methods.value[1] is not a string',
    ],
    ['no stores', stores, { store: [] }, 'stores is not an array'],
    ['a store without an id', stores, { stores: [{ id: 'a' }, {}] }, 'stores[1].id is not a string'],
    [
      'a flag of another type',
      stores,
      { stores: [{ id: 'a', 'read-only': 1 }] },
      'stores[0].read-only is not "true" or "false"',
    ],
    ['a store without a type', storesDetail, { stores: [{ id: 'a' }] }, 'stores[0].type is not a string'],
    [
      'a size that is a string',
      storesDetail,
      { stores: [{ id: 'a', type: 'file', properties: { chunk_size: '1' } }] },
      'stores[0].properties.chunk_size is not a whole number of at most 2^53 - 1',
    ],
    [
      'too many stores',
      stores,
      { stores: Array(2001).fill({ id: 'a' }) },
      'stores is not an array of at most 2000 items',
    ],
    [
      'too many quotas',
      usage,
      { usage: Object.fromEntries(Array.from({ length: 2001 }, (_, index) => [`q${index}`, { usage: 0, limit: 0 }])) },
      'usage is not an object of at most 2000 keys',
    ],
    ['usage as a list', usage, { usage: [] }, 'usage is not an object'],
    ['no limit', usage, { usage: { a: { usage: 1 } } }, 'usage.a.limit is not a whole number of at most 2^53 - 1'],
    [
      'a fraction',
      usage,
      { usage: { a: { usage: 0.5, limit: 1 } } },
      'usage.a.usage is not a whole number of at most 2^53 - 1',
    ],
    [
      'a limit below -1',
      usage,
      { usage: { a: { usage: 0, limit: -2 } } },
      'usage.a.limit is not -1 (unlimited), 0 or more',
    ],
    ['a version without a status', versions, { versions: [{ id: 'v2.0' }] }, 'versions[0].status is not a string'],
  ])('%s', (_title, call, body, message) => {
    expect(() => call.decode(body)).toThrow(message);
  });

  test('an integer that JSON.parse rounds', () => {
    const text = '{"usage": {"a": {"usage": 9007199254740993, "limit": 1}}}';
    expect(() => decodeText(usage, text)).toThrow('usage.a.usage');
  });
});
