import type { StoreProperties } from '../glance/stores-detail.ts';
import type { ImageStorePropertiesResolvers, ResolversTypes } from './generated/resolvers.ts';

const TYPE_NAMES = {
  file: 'FileStoreProperties',
  rbd: 'RbdStoreProperties',
  cinder: 'CinderStoreProperties',
  swift: 'SwiftStoreProperties',
  s3: 'S3StoreProperties',
  other: 'OtherStoreProperties',
} as const satisfies Record<StoreProperties['driver'], keyof ResolversTypes>;

export const imageStorePropertiesResolvers: ImageStorePropertiesResolvers = {
  __resolveType: ({ driver }) => TYPE_NAMES[driver],
};
