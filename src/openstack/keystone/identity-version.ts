import type { Call } from '../call.ts';
import { decodeObject, decodeString } from '../json.ts';

/** `GET /v3/`: the version of the Identity API. Needs no token. Without the slash, a proxy that passes on `/v3/` redirects. */
export const identityVersion: Call<string> = {
  name: 'identityVersion',
  path: '/v3/',
  decode: (body) => decodeString(decodeObject(decodeObject(body, '$').version, 'version').id, 'version.id'),
};
