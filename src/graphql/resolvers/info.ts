import type { InfoResolvers, QueryResolvers, RegionResolvers } from '../generated/resolvers.ts';
import { withProjectScope } from '../values.ts';

export const queryResolvers: QueryResolvers = {
  info: (_query, { region }, { data }) => data.region(region ?? null),
  imageAccess: async (_query, _args, { data }) => {
    const { access } = await data.tokenContext();
    data.recordContextFreshness();
    return access;
  },
  imageRegions: async (_query, _args, { data }) => {
    const { endpoints, defaultRegion } = await data.tokenContext();
    data.recordContextFreshness();
    const isDefault = (id: string) => Number(id === defaultRegion);
    return [...endpoints.keys()].sort((a, b) => isDefault(b) - isDefault(a)).map((id) => ({ id }));
  },
};

export const regionResolvers: RegionResolvers = {
  id({ id }, _args, { data }) {
    const context = data.tokenContext();
    // Without a promise where there is none to wait for: a list of stores may have thousands.
    return context instanceof Promise ? context.then(() => id) : id;
  },
  info: (region) => region,
  __resolveReference: async ({ id }, { data }) => ((await data.tokenContext()).endpoints.has(id) ? { id } : null),
};

export const infoResolvers: InfoResolvers = {
  region: (region) => region,
  apiVersions: (region, _args, { data }) => data.load('versions', region.id),
  importMethods: (region, _args, { data }) => data.load('importMethods', region.id),
  stores: async (region, _args, { data }) => {
    const stores = await data.load('stores', region.id);
    return stores.map((store) => ({ ...store, region }));
  },
  storesDetail: (region, _args, { data }) => data.load('storesDetail', region.id),
  usage: async (region, _args, { data }) =>
    withProjectScope(await data.load('usage', region.id), await data.tokenContext()),
  availability: (region) => region,
};
