import type { Call } from '../call.ts';
import {
  checkIntegers,
  decodeBoolean,
  decodeInt32,
  decodeInteger,
  decodeObject,
  decodeString,
  type JsonObject,
  type JsonValue,
  optional,
} from '../json.ts';
import { decodeStore, decodeStores, type Store } from './stores.ts';

/** A store with its driver and settings, for operators. */
export interface StoreDetail extends Store {
  readonly type: string;
  /** Null before Glance 27, and beyond 32 bits. */
  readonly weight: number | null;
  readonly properties: StoreProperties | null;
}

/** The settings of a store's driver. Sizes are in bytes. `raw` is the object that Glance sent. */
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

/** The driver `http`, which has no settings, and drivers that are unknown here. */
export interface OtherStoreProperties {
  readonly driver: 'other';
  readonly raw: JsonObject;
}

/**
 * `GET /v2/info/stores/detail`, since Glance 24 "Yoga" (API 2.15); `weight` since Glance 27 "2023.2".
 *
 * 403 for all but project-scoped admins, where the API reference says 400. The service role counts with a service token in Glance
 * 30.0 to 30.2 and 31.0 to 31.1, and by itself since 32.0. 404 on a cloud with a single store. 500 when the settings of one store
 * can't be read: its driver does not load, it has `filesystem_store_datadirs`, or it is a multi-tenant swift store (Glance 25 to 28).
 * Since Glance 29 a misconfigured swift store is missing from the list instead.
 */
export const storesDetail: Call<readonly StoreDetail[]> = {
  name: 'storesDetail',
  path: '/v2/info/stores/detail',
  decode: (body) => decodeStores(body, decodeDetail),
};

function decodeDetail(store: JsonObject, path: string): StoreDetail {
  const type = decodeString(store.type, `${path}.type`);
  const properties = optional(decodeObject, store.properties, `${path}.properties`);
  return {
    ...decodeStore(store, path),
    type,
    weight: optional(decodeInt32, store.weight, `${path}.weight`),
    properties: properties && decodeProperties(type, properties, `${path}.properties`),
  };
}

// The driver is the store's `type`, outside of `properties`. The keys are those of glance/api/v2/discovery.py. The API reference's
// sample has `datadir` for `data_dir`, and S3's keys without their prefix.
function decodeProperties(type: string, raw: JsonObject, path: string): StoreProperties {
  checkIntegers(raw, path);
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
