import { type Call, onceByText } from '../upstream/call.ts';
import { decodeArray, decodeObject, decodeString } from '../upstream/json.ts';

/** A version of the Image API. */
export interface ApiVersion {
  readonly id: string;
  readonly status: string;
}

/**
 * `GET /versions`, every release, without a token. The links are left out: Glance builds them from the Host header it was
 * sent, so they may say anything.
 */
export const versions: Call<readonly ApiVersion[]> = {
  name: 'versions',
  path: '/versions',
  read: onceByText((body) =>
    decodeArray(decodeObject(body, '$').versions, 'versions').map((value, index) => {
      const path = `versions[${index}]`;
      const version = decodeObject(value, path);
      return { id: decodeString(version.id, `${path}.id`), status: decodeString(version.status, `${path}.status`) };
    }),
  ),
};
