import type { ImageStoreResolvers } from '../generated/resolvers.ts';

export const imageStoreResolvers: ImageStoreResolvers = {
  detail: async ({ id, region }, _args, { data }) => {
    const details = await data.load('storesDetail', region.id);
    return details.find((detail) => detail.id === id) ?? null;
  },
  __resolveReference: async ({ id, region }, { data }) => {
    const { endpoints } = await data.tokenContext();
    if (!endpoints.has(region.id)) return null;
    const store = (await data.load('stores', region.id)).find((candidate) => candidate.id === id);
    return store === undefined ? null : { ...store, region };
  },
};
