import { describe, expect, test } from 'vitest';
import { importMethods } from '../../src/glance/import-methods.ts';
import { stores } from '../../src/glance/stores.ts';
import { storesDetail } from '../../src/glance/stores-detail.ts';
import { usage } from '../../src/glance/usage.ts';
import { versions } from '../../src/glance/versions.ts';
import type { Call } from '../../src/upstream/call.ts';
import type { JsonValue } from '../../src/upstream/json.ts';
import { recorded } from '../recorded.ts';

const readBody = <T>(call: Call<T>, body: JsonValue) => call.read(JSON.stringify(body));
const decodeRecorded = <T>(call: Call<T>, name: string) => call.read(recorded(name).body);

describe('import methods', () => {
  test('are read from under their hyphenated key', () => {
    expect(decodeRecorded(importMethods, 'api-2.16-multistore-member.import')).toEqual({
      description: 'Import methods available.',
      type: 'array',
      value: ['glance-direct', 'web-download', 'copy-image'],
    });
  });

  test('may be none, and come without a description', () => {
    const answer = { 'import-methods': { value: [] } };
    expect(readBody(importMethods, answer)).toEqual({ description: null, type: null, value: [] });
  });
});

describe('stores', () => {
  test('have flags that Glance sends as strings, and only when true', () => {
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
  ])('take %j for a flag', (flag, expected) => {
    expect(readBody(stores, { stores: [{ id: 'a', default: flag, 'read-only': flag }] })).toEqual([
      { id: 'a', description: null, default: expected, readOnly: expected },
    ]);
  });
});

describe('stores in detail', () => {
  test('of a file store carry its directory, spelled data_dir', () => {
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

  test('of an http store have no settings', () => {
    const archive = decodeRecorded(storesDetail, 'api-2.16-multistore-admin.stores-detail')[2];
    expect(archive).toMatchObject({ type: 'http', readOnly: true, properties: { driver: 'other', raw: {} } });
  });

  test('have a weight from API 2.17 on', () => {
    const weights = (name: string) => decodeRecorded(storesDetail, name).map(({ weight }) => weight);
    expect(weights('api-2.17-multistore-admin.stores-detail.accept-json')).toEqual([100, 200, 0]);
    expect(weights('api-2.18-multistore-admin.stores-detail')).toEqual([100, 200, 0]);
    expect(weights('api-2.16-multistore-admin.stores-detail')).toEqual([null, null, null]);
  });

  test('of a swift store have sizes beyond 32 bits', () => {
    expect(decodeRecorded(storesDetail, 'api-2.16-swift-admin.stores-detail')[2]?.properties).toMatchObject({
      driver: 'swift',
      container: 'glance',
      largeObjectSize: 5242880000,
      largeObjectChunkSize: 204800000,
    });
  });

  test('of a cinder store may have a null volume type', () => {
    expect(decodeRecorded(storesDetail, 'api-2.16-cinder-admin.stores-detail')[2]).toMatchObject({
      description: null,
      properties: { driver: 'cinder', volumeType: null, useMultipath: false },
    });
  });

  test('of an s3 store have prefixed keys', () => {
    const settings = {
      s3_store_large_object_size: 104857600,
      s3_store_large_object_chunk_size: 10485760,
      s3_store_thread_pools: 10,
    };
    expect(readBody(storesDetail, { stores: [{ id: 's', type: 's3', properties: settings }] })[0]?.properties).toEqual({
      driver: 's3',
      largeObjectSize: 104857600,
      largeObjectChunkSize: 10485760,
      threadPools: 10,
      raw: settings,
    });
  });

  test('of an rbd store may lack what older releases do not send', () => {
    const rbd = (properties: JsonValue) =>
      readBody(storesDetail, { stores: [{ id: 'r', type: 'rbd', properties }] })[0];
    expect(rbd({ pool: 'images', chunk_size: 8388608, thin_provisioning: true, fsid: null })?.properties).toMatchObject(
      {
        pool: 'images',
        fsid: null,
      },
    );
    expect(rbd({})?.properties).toMatchObject({ driver: 'rbd', pool: null, chunkSize: null, thinProvisioning: null });
  });

  test('of a driver yet to come keep their settings raw', () => {
    const store = { id: 'n', type: 'nvmeof', properties: { subsystem: 'nqn', lanes: [1, 2] } };
    expect(readBody(storesDetail, { stores: [store] })[0]?.properties).toEqual({
      driver: 'other',
      raw: store.properties,
    });
  });

  test('may come without settings', () => {
    expect(readBody(storesDetail, { stores: [{ id: 'y', type: 'file' }] })[0]?.properties).toBeNull();
  });
});

describe('usage', () => {
  test('has the four quotas by name, with units', () => {
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

  test('is not enabled where Glance names no quota', () => {
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
    ['more used than allowed leaves 0', { usage: 12, limit: 10 }, { limit: 10, unlimited: false, remaining: 0 }],
    ['beyond 32 bits', { usage: 1, limit: 2 ** 40 }, { limit: 2 ** 40, unlimited: false, remaining: 2 ** 40 - 1 }],
  ])('of a limit: %s', (_title, quota, expected) => {
    expect(readBody(usage, { usage: { image_count_total: quota } }).imageCountTotal).toMatchObject(expected);
  });

  test('keeps a quota yet to come', () => {
    const { quotas } = readBody(usage, { usage: { image_tag_total: { usage: 1, limit: 2 } } });
    expect(quotas).toMatchObject([{ name: 'image_tag_total', unit: 'UNKNOWN' }]);
  });
});

test.each([
  ['api-2.16-versions', 'v2.16', 17],
  ['api-2.17-versions', 'v2.17', 18],
  ['api-2.18-versions', 'v2.18', 19],
])('versions: %s has %s as the current one, wherever it stands', (name, current, count) => {
  const list = decodeRecorded(versions, name);
  expect(list.filter(({ status }) => status === 'CURRENT')).toEqual([{ id: current, status: 'CURRENT' }]);
  expect(list).toHaveLength(count);
});

describe('a wrong shape is refused by the name of the key', () => {
  test.each<[string, Call<unknown>, JsonValue, string]>([
    ['null', stores, null, '$ is not an object'],
    ['an array', usage, [], '$ is not an object'],
    ['no methods', importMethods, {}, 'import-methods is not an object'],
    [
      'methods that are no list',
      importMethods,
      { 'import-methods': { value: 'x' } },
      'import-methods.value is not an array',
    ],
    [
      'a method that is no string',
      importMethods,
      { 'import-methods': { value: ['a', 1] } },
      'import-methods.value[1] is not a string',
    ],
    ['no stores', stores, { store: [] }, 'stores is not an array'],
    ['a store without an id', stores, { stores: [{ id: 'a' }, {}] }, 'stores[1].id is not a string'],
    [
      'a flag of another kind',
      stores,
      { stores: [{ id: 'a', 'read-only': 1 }] },
      'stores[0].read-only is not "true" or "false"',
    ],
    ['a store without a type', storesDetail, { stores: [{ id: 'a' }] }, 'stores[0].type is not a string'],
    [
      'a size that is text',
      storesDetail,
      { stores: [{ id: 'a', type: 'file', properties: { chunk_size: '1' } }] },
      'stores[0].properties.chunk_size is not a whole number of at most 2^53 - 1',
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
    expect(() => readBody(call, body)).toThrow(message);
  });

  test('a number that JSON parsing rounded', () => {
    const text = '{"usage": {"a": {"usage": 9007199254740993, "limit": 1}}}';
    expect(() => usage.read(text)).toThrow('usage.a.usage');
  });
});

test('the same text is read once, and one that differs in a byte anew', () => {
  const text = recorded('api-2.16-multistore-member.stores').body;
  expect(stores.read(text)).toBe(stores.read(`${text}`));
  expect(stores.read(text.replace('NVMe', 'NVMf'))).not.toEqual(stores.read(text));
});
