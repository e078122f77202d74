import type { Call } from '../upstream/call.ts';
import { decodeObject, decodeString, parseJson } from '../upstream/json.ts';

/** `GET /v3`: which version of the Identity API Keystone speaks. Needs no token. */
export const identityVersion: Call<string> = {
  name: 'identity-version',
  path: '/v3',
  read: (text) => decodeString(decodeObject(decodeObject(parseJson(text), '$').version, 'version').id, 'version.id'),
};
