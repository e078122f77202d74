import type { StoreProperties } from '../openstack/glance/stores-detail.ts';

/** The object type of a store's properties, by its driver. */
export const STORE_TYPE_NAMES = {
  file: 'FileStoreProperties',
  rbd: 'RbdStoreProperties',
  cinder: 'CinderStoreProperties',
  swift: 'SwiftStoreProperties',
  s3: 'S3StoreProperties',
  other: 'OtherStoreProperties',
} as const satisfies Record<StoreProperties['driver'], string>;

/** The same for a value of unknown type. */
export function storeTypeName(value: unknown): string | undefined {
  if (typeof value !== 'object' || value === null || !('driver' in value)) return undefined;
  return isDriver(value.driver) ? STORE_TYPE_NAMES[value.driver] : undefined;
}

function isDriver(driver: unknown): driver is StoreProperties['driver'] {
  return typeof driver === 'string' && Object.hasOwn(STORE_TYPE_NAMES, driver);
}
