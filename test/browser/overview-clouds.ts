/** Clouds that lead to the states of the overview. */
import { startGateway, type TestGateway } from '../gateway.ts';
import { recorded, replay } from '../recorded.ts';
import { type Behaviour, reply, reset, startUpstream, tokenIn } from '../recording-upstream.ts';
import { imageService, tokenWith } from '../two-regions.ts';

/** A gateway, and what it stands on. */
export interface Stage extends AsyncDisposable {
  readonly gateway: TestGateway;
}

type Calls = Readonly<Record<string, Behaviour>>;

export const IMPORT = '/v2/info/import';
const STORES = '/v2/info/stores';
export const DETAIL = '/v2/info/stores/detail';
export const USAGE = '/v2/info/usage';
export const OF_ADMIN: Calls = {
  '/versions': replay('api-2.18-33.versions'),
  [IMPORT]: replay('api-2.18-33-multistore-admin.import'),
  [STORES]: replay('api-2.18-33-multistore-admin.stores'),
  [DETAIL]: replay('api-2.18-33-multistore-admin.stores-detail'),
  [USAGE]: replay('api-2.18-33-multistore-admin.usage'),
};
export const SINGLE_STORE: Calls = {
  '/versions': replay('api-2.18-33-singlestore.versions'),
  [IMPORT]: replay('api-2.18-33-singlestore-admin.import'),
  [STORES]: replay('api-2.18-33-singlestore-admin.stores'),
  [DETAIL]: replay('api-2.18-33-singlestore-admin.stores-detail'),
  [USAGE]: replay('api-2.18-33-singlestore-admin.usage'),
};
export const all = (behaviour: Behaviour): Calls => ({
  '/versions': behaviour,
  [IMPORT]: behaviour,
  [STORES]: behaviour,
  [DETAIL]: behaviour,
  [USAGE]: behaviour,
});

const REJECTED = replay('keystone-22-notoken.auth-tokens');
export const ROLES = ['member', 'reader'].map((name) => ({ id: name, name }));
export const PROJECT = { project: { id: '9c444c73346f4c90a4d458c8e1a7a5b9', name: 'weather-forecast' }, roles: ROLES };

/** Disposes of the last one first. */
function stageOf(gateway: TestGateway, ...upstreams: AsyncDisposable[]): Stage {
  return {
    gateway,
    async [Symbol.asyncDispose]() {
      await gateway.close();
      for (const upstream of upstreams) await upstream[Symbol.asyncDispose]();
    },
  };
}

export const sandbox = async () => stageOf(await startGateway());

/** A cloud with Keystone, whose token has this scope. `glances` are the calls of each region. */
export function cloud(glances: Readonly<Record<string, Calls>>, scope: object = PROJECT, seconds = 3120) {
  return async (): Promise<Stage> => {
    const regions = await Promise.all(
      Object.entries(glances).map(async ([region_id, calls]) => ({ region_id, upstream: await startUpstream(calls) })),
    );
    const endpoints = regions.map(({ region_id, upstream }) => ({ region_id, url: upstream.url }));
    const catalog = endpoints.length === 0 ? undefined : [imageService(...endpoints)];
    const keystone = await startUpstream((request, response) => {
      const isSignedIn = tokenIn(request) !== '';
      const behaviour = isSignedIn ? reply(200, tokenWith(catalog, scope, seconds)) : REJECTED;
      behaviour(request, response);
    });
    const gateway = await startGateway({ OS_AUTH_URL: keystone.url });
    return stageOf(gateway, keystone, ...regions.map(({ upstream }) => upstream));
  };
}

/** A cloud whose Keystone responds to every token with this. */
export const keystone = (behaviour: Behaviour) => async (): Promise<Stage> => {
  const upstream = await startUpstream(behaviour);
  return stageOf(await startGateway({ OS_AUTH_URL: upstream.url }), upstream);
};

export const glanceAlone = (calls: Calls) => async (): Promise<Stage> => {
  const upstream = await startUpstream(calls);
  return stageOf(await startGateway({ GLANCE_URL: upstream.url }), upstream);
};

/** Calls that fail from the second time on. */
export function onceOnly(calls: Calls): Calls {
  const seen = new Set<string>();
  return Object.fromEntries(
    Object.entries(calls).map(([path, behaviour]) => [
      path,
      (request, response) => {
        const isFirst = !seen.has(path);
        seen.add(path);
        (isFirst ? behaviour : reset)(request, response);
      },
    ]),
  );
}

export const LONG = 'an-image-store-whose-name-was-chosen-by-a-committee-and-never-ends_with_underscores_too';
export const LONG_NAMES: Calls = {
  ...OF_ADMIN,
  [IMPORT]: reply(200, {
    'import-methods': { description: 'x', type: 'array', value: ['web-download', 'a-method-of-this-cloud-alone'] },
  }),
  [STORES]: reply(200, {
    stores: [{ id: LONG, default: 'true', description: 'Replicated over three halls. '.repeat(8) }, { id: 'short' }],
  }),
  [DETAIL]: reply(200, {
    stores: [
      {
        id: LONG,
        type: 'file',
        weight: 2147483647,
        properties: { data_dir: `/srv/${LONG}/${LONG}`, chunk_size: 65536 },
      },
      {
        id: 'short',
        type: 'a-driver-of-this-cloud',
        weight: 0,
        properties: { unknown_setting: { nested: [1, 2, 3] } },
      },
    ],
  }),
  [USAGE]: reply(200, {
    usage: {
      image_size_total: { usage: 9_000_000_000, limit: 10_000_000_000 },
      image_stage_total: { usage: 120, limit: 100 },
      image_count_total: { usage: 0, limit: 0 },
      a_quota_that_this_page_does_not_know: { usage: 3, limit: 7 },
    },
  }),
};
export const EMPTY: Calls = {
  '/versions': reply(200, { versions: [] }),
  [IMPORT]: reply(200, { 'import-methods': { description: 'x', type: 'array', value: [] } }),
  [STORES]: reply(200, { stores: [] }),
  [DETAIL]: reply(200, { stores: [] }),
  [USAGE]: reply(200, { usage: {} }),
};
const RULED = JSON.parse(recorded('keystone-30-appcred-ruled.auth-tokens.access-rules-header').body).token;
export const RULES = { ...PROJECT, application_credential: RULED.application_credential };
