import type { Call } from '../upstream/call.ts';
import { decodeObject, parseJson } from '../upstream/json.ts';
import { type CatalogEndpoint, decodeImageEndpoints } from './catalog.ts';

/** `GET /v3/auth/catalog`: the catalog alone, for clouds whose policy keeps tokens from asking about themselves. */
export const authCatalog: Call<readonly CatalogEndpoint[]> = {
  name: 'auth-catalog',
  path: '/v3/auth/catalog',
  read: (text) => decodeImageEndpoints(decodeObject(parseJson(text), '$').catalog, 'catalog'),
};
