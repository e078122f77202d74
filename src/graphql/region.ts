import { availabilityOf } from './availability.ts';
import type {
  InfoAvailabilityResolvers,
  InfoResolvers,
  QueryResolvers,
  RegionResolvers,
} from './generated/resolvers.ts';
import { inRegion } from './stores.ts';

/** The value behind `Region`, `Info` and `InfoAvailability`: their fields ask for the rest. */
export interface RegionRef {
  /** Null for the default region of a caller whose regions can't be found out: every field then fails with the reason. */
  readonly id: string | null;
}

const keyOf = (region: RegionRef) => region.id ?? '';

export const queryResolvers: QueryResolvers = {
  info: (_query, { region }, { discovery }) => discovery.region(region ?? null),
  imageRegions: async (_query, _args, { discovery }) =>
    [...(await discovery.access()).endpoints.keys()].map((id) => ({ id })),
};

export const regionResolvers: RegionResolvers = {
  id: async ({ id }, _args, { discovery }) => id ?? (await discovery.access()).defaultRegion,
  info: (region) => region,
  __resolveReference: async ({ id }, { discovery }) => ((await discovery.access()).endpoints.has(id) ? { id } : null),
};

export const infoResolvers: InfoResolvers = {
  region: (region) => region,
  apiVersions: (region, _args, { discovery }) => discovery.versions.load(keyOf(region)),
  importMethods: (region, _args, { discovery }) => discovery.importMethods.load(keyOf(region)),
  stores: async (region, _args, { discovery }) => inRegion(region, await discovery.stores.load(keyOf(region))),
  storesDetail: (region, _args, { discovery }) => discovery.storesDetail.load(keyOf(region)),
  usage: async (region, _args, { discovery }) => {
    const usage = await discovery.usage.load(keyOf(region));
    const { scope, projectId } = await discovery.access();
    return { ...usage, scope, projectId };
  },
  availability: (region) => region,
};

export const infoAvailabilityResolvers: InfoAvailabilityResolvers = {
  importMethods: (region, _args, { discovery }) => availabilityOf(discovery.importMethods.load(keyOf(region))),
  stores: (region, _args, { discovery }) => availabilityOf(discovery.stores.load(keyOf(region))),
  storesDetail: (region, _args, { discovery }) => availabilityOf(discovery.storesDetail.load(keyOf(region))),
  usage: (region, _args, { discovery }) =>
    availabilityOf(discovery.usage.load(keyOf(region)), ({ enabled }) => enabled),
};
