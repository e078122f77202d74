/**
 * Resolvers as one writes them first: each field makes its call.
 *
 * @param get asks the upstream for a path with the token of the context, and gives the parsed answer
 */
export function createResolvers(get) {
  return {
    Query: { info: () => ({}) },
    Info: {
      importMethods: async (_info, _args, context) => (await get('/v2/info/import', context))['import-methods'],
      stores: async (_info, _args, context) => (await get('/v2/info/stores', context)).stores,
      storesDetail: async (_info, _args, context) => (await get('/v2/info/stores/detail', context)).stores,
      usage: async (_info, _args, context) => (await get('/v2/info/usage', context)).usage,
    },
    Store: { readOnly: (store) => store['read-only'] },
    StoreDetail: { readOnly: (store) => store['read-only'] },
  };
}

const UPSTREAM = process.env.UPSTREAM;

/** With the platform's own fetch, as the documentation of both Apollo Server and Yoga does. */
export async function getByFetch(path, { token }) {
  const response = await fetch(UPSTREAM + path, { headers: { 'X-Auth-Token': token } });
  if (!response.ok) throw new Error(`${response.status}`);
  return response.json();
}
