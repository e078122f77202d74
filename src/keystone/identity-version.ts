import type { Call } from '../upstream/call.ts';
import { decodeObject, decodeString } from '../upstream/json.ts';

/** `GET /v3`: which version of the Identity API Keystone speaks. Needs no token. */
export const identityVersion: Call<string> = {
  name: 'identity-version',
  path: '/v3',
  decode: (body) => decodeString(decodeObject(decodeObject(body, '$').version, 'version').id, 'version.id'),
};
