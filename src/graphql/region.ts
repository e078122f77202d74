import { availabilityOf } from './availability.ts';
import type {
  InfoAvailabilityResolvers,
  InfoResolvers,
  QueryResolvers,
  RegionResolvers,
} from './generated/resolvers.ts';
import { inRegion } from './stores.ts';
import { ofCaller } from './usage.ts';

/** The value behind `Region`, `Info` and `InfoAvailability`: their fields ask for the rest. */
export interface RegionRef {
  /** Empty for the default region of a caller whose regions can't be found out: every field then fails with the reason. */
  readonly id: string;
}

export const queryResolvers: QueryResolvers = {
  info: (_query, { region }, { discovery }) => discovery.region(region ?? null),
  imageRegions: async (_query, _args, { discovery }) => {
    const { endpoints, defaultRegion } = await discovery.access();
    const isDefault = (id: string) => Number(id === defaultRegion);
    return [...endpoints.keys()].sort((a, b) => isDefault(b) - isDefault(a)).map((id) => ({ id }));
  },
};

export const regionResolvers: RegionResolvers = {
  id: async ({ id }, _args, { discovery }) => {
    await discovery.access();
    return id;
  },
  info: (region) => region,
  __resolveReference: async ({ id }, { discovery }) => ((await discovery.access()).endpoints.has(id) ? { id } : null),
};

export const infoResolvers: InfoResolvers = {
  region: (region) => region,
  apiVersions: (region, _args, { discovery }) => discovery.load('versions', region.id),
  importMethods: (region, _args, { discovery }) => discovery.load('importMethods', region.id),
  stores: async (region, _args, { discovery }) => inRegion(region, await discovery.load('stores', region.id)),
  storesDetail: (region, _args, { discovery }) => discovery.load('storesDetail', region.id),
  usage: async (region, _args, { discovery }) =>
    ofCaller(await discovery.load('usage', region.id), await discovery.access()),
  availability: (region) => region,
};

export const infoAvailabilityResolvers: InfoAvailabilityResolvers = {
  importMethods: (region, _args, { discovery }) => availabilityOf(discovery.load('importMethods', region.id)),
  stores: (region, _args, { discovery }) => availabilityOf(discovery.load('stores', region.id)),
  storesDetail: (region, _args, { discovery }) => availabilityOf(discovery.load('storesDetail', region.id)),
  usage: (region, _args, { discovery }) => availabilityOf(discovery.load('usage', region.id), ({ enabled }) => enabled),
};
