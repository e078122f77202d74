import type { StoreProperties } from '../openstack/glance/stores-detail.ts';

/** The object type of a store's properties, by its driver. */
const STORE_TYPE_NAMES = {
  file: 'FileStoreProperties',
  rbd: 'RbdStoreProperties',
  cinder: 'CinderStoreProperties',
  swift: 'SwiftStoreProperties',
  s3: 'S3StoreProperties',
  other: 'OtherStoreProperties',
} as const satisfies Record<StoreProperties['driver'], string>;

type StoreTypeName = (typeof STORE_TYPE_NAMES)[StoreProperties['driver']];

/** The object type of a value behind `ImageStoreProperties`; null when it has none. */
export function storeTypeName(value: unknown): StoreTypeName | null {
  if (typeof value !== 'object' || value === null || !('driver' in value)) return null;
  return isDriver(value.driver) ? STORE_TYPE_NAMES[value.driver] : null;
}

function isDriver(driver: unknown): driver is StoreProperties['driver'] {
  return typeof driver === 'string' && Object.hasOwn(STORE_TYPE_NAMES, driver);
}
