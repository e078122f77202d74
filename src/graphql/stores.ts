import type { Store } from '../glance/stores.ts';
import type { ImageStoreResolvers } from './generated/resolvers.ts';
import type { RegionRef } from './region.ts';

/** The value behind `ImageStore`: a store, and the region that it is in. */
export interface RegionalStore extends Store {
  readonly region: RegionRef;
}

export function inRegion(region: RegionRef, stores: readonly Store[]): readonly RegionalStore[] {
  return stores.map((store) => ({ ...store, region }));
}

export const imageStoreResolvers: ImageStoreResolvers = {
  detail: async ({ id, region }, _args, { discovery }) => {
    const details = await discovery.load('storesDetail', region.id);
    return details.find((detail) => detail.id === id) ?? null;
  },
  __resolveReference: async ({ id, region }, { discovery }) => {
    const { endpoints } = await discovery.access();
    if (!endpoints.has(region.id)) return null;
    const store = (await discovery.load('stores', region.id)).find((candidate) => candidate.id === id);
    return store === undefined ? null : { ...store, region };
  },
};
