import type { Call } from '../call.ts';
import {
  DecodeError,
  decodeList,
  decodeObject,
  decodeString,
  type JsonObject,
  type JsonValue,
  optional,
} from '../json.ts';

/** A store as every caller sees it. */
export interface Store {
  readonly id: string;
  readonly description: string | null;
  readonly default: boolean;
  readonly readOnly: boolean;
}

/**
 * `GET /v2/info/stores`, since Glance 17 "Rocky" (API 2.8); `read-only` since Glance 19 "Train". 404 on a cloud with a single store.
 * Since Glance 29 a misconfigured swift store is missing from the list.
 */
export const stores: Call<readonly Store[]> = {
  name: 'stores',
  path: '/v2/info/stores',
  decode: (body) => decodeStores(body, decodeStore),
};

/** Decodes the list of stores in the responses of `stores` and `storesDetail`. */
export function decodeStores<T>(body: JsonValue, decode: (store: JsonObject, path: string) => T): readonly T[] {
  return decodeList(decodeObject(body, '$').stores, 'stores').map((store, index) => {
    const path = `stores[${index}]`;
    return decode(decodeObject(store, path), path);
  });
}

/** Decodes the keys of a store that `stores` and `storesDetail` have in common. */
export function decodeStore(store: JsonObject, path: string): Store {
  return {
    id: decodeString(store.id, `${path}.id`),
    description: optional(decodeString, store.description, `${path}.description`),
    default: decodeFlag(store.default, `${path}.default`),
    readOnly: decodeFlag(store['read-only'], `${path}.read-only`),
  };
}

/**
 * Glance sends the string `"true"` or omits the key (glance/api/v2/discovery.py). The API samples do so too since 2026; older ones
 * and OpenStack's OpenAPI document have a boolean. Both are accepted.
 */
function decodeFlag(value: JsonValue | undefined, path: string): boolean {
  const flag = typeof value === 'string' ? value.toLowerCase() : (value ?? false);
  if (flag === true || flag === 'true') return true;
  if (flag === false || flag === 'false') return false;
  throw new DecodeError(path, '"true" or "false"');
}
