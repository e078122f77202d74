import { type Call, onceByText } from '../upstream/call.ts';
import {
  decodeBoolean,
  decodeExactly,
  decodeInteger,
  decodeObject,
  decodeString,
  type JsonObject,
  type JsonValue,
  optional,
} from '../upstream/json.ts';
import { decodeStore, decodeStores, type Store } from './stores.ts';

/** A store as operators see it. */
export interface StoreDetail extends Store {
  readonly type: string;
  readonly weight: number | null;
  readonly properties: StoreProperties | null;
}

/** A driver's settings. Sizes are in bytes; `raw` has them as Glance sent them. */
export type StoreProperties =
  | FileStoreProperties
  | RbdStoreProperties
  | CinderStoreProperties
  | SwiftStoreProperties
  | S3StoreProperties
  | OtherStoreProperties;

export interface FileStoreProperties {
  readonly driver: 'file';
  readonly dataDir: string | null;
  readonly chunkSize: number | null;
  readonly thinProvisioning: boolean | null;
  readonly raw: JsonObject;
}

export interface RbdStoreProperties {
  readonly driver: 'rbd';
  readonly pool: string | null;
  readonly chunkSize: number | null;
  readonly thinProvisioning: boolean | null;
  readonly fsid: string | null;
  readonly raw: JsonObject;
}

export interface CinderStoreProperties {
  readonly driver: 'cinder';
  readonly volumeType: string | null;
  readonly useMultipath: boolean | null;
  readonly raw: JsonObject;
}

export interface SwiftStoreProperties {
  readonly driver: 'swift';
  readonly container: string | null;
  readonly largeObjectSize: number | null;
  readonly largeObjectChunkSize: number | null;
  readonly raw: JsonObject;
}

export interface S3StoreProperties {
  readonly driver: 's3';
  readonly largeObjectSize: number | null;
  readonly largeObjectChunkSize: number | null;
  readonly threadPools: number | null;
  readonly raw: JsonObject;
}

/** `http`, which has no settings, and drivers yet to come. */
export interface OtherStoreProperties {
  readonly driver: 'other';
  readonly raw: JsonObject;
}

/**
 * `GET /v2/info/stores/detail`, Glance 24 "Yoga" (API 2.15); `weight` from Glance 27 "2023.2". 403 without the admin (from
 * Glance 30 "2025.1" or service) role, though the API reference says 400; 404 on a single-store cloud; 500 when any store's
 * driver does not load.
 */
export const storesDetail: Call<readonly StoreDetail[]> = {
  name: 'stores-detail',
  path: '/v2/info/stores/detail',
  read: onceByText((body) => decodeStores(body, decodeDetail)),
};

function decodeDetail(store: JsonObject, path: string): StoreDetail {
  const type = decodeString(store.type, `${path}.type`);
  const properties = optional(decodeObject, store.properties, `${path}.properties`);
  return {
    ...decodeStore(store, path),
    type,
    weight: optional(decodeInteger, store.weight, `${path}.weight`),
    properties:
      properties && decodeProperties(type, decodeExactly(properties, `${path}.properties`), `${path}.properties`),
  };
}

// The driver stands beside the settings, not in them. The keys are those of glance/api/v2/discovery.py; the API reference's
// sample spells `data_dir` otherwise, and leaves out that S3's keys are prefixed.
function decodeProperties(type: string, raw: JsonObject, path: string): StoreProperties {
  const get = <T>(decode: (value: JsonValue, path: string) => T, key: string) =>
    optional(decode, raw[key], `${path}.${key}`);
  switch (type) {
    case 'file':
      return {
        driver: 'file',
        dataDir: get(decodeString, 'data_dir'),
        chunkSize: get(decodeInteger, 'chunk_size'),
        thinProvisioning: get(decodeBoolean, 'thin_provisioning'),
        raw,
      };
    case 'rbd':
      return {
        driver: 'rbd',
        pool: get(decodeString, 'pool'),
        chunkSize: get(decodeInteger, 'chunk_size'),
        thinProvisioning: get(decodeBoolean, 'thin_provisioning'),
        fsid: get(decodeString, 'fsid'),
        raw,
      };
    case 'cinder':
      return {
        driver: 'cinder',
        volumeType: get(decodeString, 'volume_type'),
        useMultipath: get(decodeBoolean, 'use_multipath'),
        raw,
      };
    case 'swift':
      return {
        driver: 'swift',
        container: get(decodeString, 'container'),
        largeObjectSize: get(decodeInteger, 'large_object_size'),
        largeObjectChunkSize: get(decodeInteger, 'large_object_chunk_size'),
        raw,
      };
    case 's3':
      return {
        driver: 's3',
        largeObjectSize: get(decodeInteger, 's3_store_large_object_size'),
        largeObjectChunkSize: get(decodeInteger, 's3_store_large_object_chunk_size'),
        threadPools: get(decodeInteger, 's3_store_thread_pools'),
        raw,
      };
    default:
      return { driver: 'other', raw };
  }
}
