import type { Call } from '../call.ts';
import { decodeList, decodeObject, decodeString } from '../json.ts';

/** A version of the Image API. */
export interface ApiVersion {
  readonly id: string;
  readonly status: string;
}

/**
 * `GET /versions`, in every release, without a token. The list is not sorted, and the CURRENT version can be anywhere in it. 2.8 and
 * 2.10 to 2.13 are listed only with several stores; 2.14, 2.16 and 2.18 only with the image cache. Links are ignored: Glance builds
 * them from the request's Host header.
 */
export const versions: Call<readonly ApiVersion[]> = {
  name: 'versions',
  path: '/versions',
  isPublic: true,
  decode: (body) =>
    decodeList(decodeObject(body, '$').versions, 'versions').map((value, index) => {
      const path = `versions[${index}]`;
      const version = decodeObject(value, path);
      return { id: decodeString(version.id, `${path}.id`), status: decodeString(version.status, `${path}.status`) };
    }),
};
