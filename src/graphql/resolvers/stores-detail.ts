import type { ImageStorePropertiesResolvers } from '../generated/resolvers.ts';
import { STORE_TYPE_NAMES } from '../store-types.ts';

export const imageStorePropertiesResolvers: ImageStorePropertiesResolvers = {
  __resolveType: ({ driver }) => STORE_TYPE_NAMES[driver],
};
