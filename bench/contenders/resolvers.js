/**
 * Plain resolvers: each field makes its own upstream call.
 *
 * @param get fetches a path from the upstream with the token of the context and resolves to the parsed body
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

/** With Node's `fetch`, as in the documentation of Apollo Server and Yoga. */
export async function getByFetch(path, { token }) {
  const response = await fetch(UPSTREAM + path, { headers: { 'X-Auth-Token': token } });
  if (!response.ok) throw new Error(`${response.status}`);
  return response.json();
}
