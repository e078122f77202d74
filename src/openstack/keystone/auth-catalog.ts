import type { Call } from '../call.ts';
import { decodeObject } from '../json.ts';
import { decodeImageCatalog, type ImageCatalog } from './catalog.ts';

/** `GET /v3/auth/catalog`: the service catalog of the token, for clouds with a policy that denies tokens `authTokens` on themselves. */
export const authCatalog: Call<ImageCatalog> = {
  name: 'authCatalog',
  path: '/v3/auth/catalog',
  decode: (body) => decodeImageCatalog(decodeObject(body, '$').catalog, 'catalog'),
};
