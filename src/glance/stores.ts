import { type Call, onceByText } from '../upstream/call.ts';
import {
  decodeArray,
  decodeObject,
  decodeString,
  type JsonObject,
  type JsonValue,
  optional,
  WrongShape,
} from '../upstream/json.ts';

/** A store as every caller sees it. */
export interface Store {
  readonly id: string;
  readonly description: string | null;
  readonly default: boolean;
  readonly readOnly: boolean;
}

/** `GET /v2/info/stores`, Glance 17 "Rocky" (API 2.8); `read-only` from Glance 19 "Train". 404 on a single-store cloud. */
export const stores: Call<readonly Store[]> = {
  name: 'stores',
  path: '/v2/info/stores',
  read: onceByText((body) => decodeStores(body, decodeStore)),
};

/** Decodes the list that `stores` and `stores-detail` share. */
export function decodeStores<T>(body: JsonValue, decode: (store: JsonObject, path: string) => T): readonly T[] {
  return decodeArray(decodeObject(body, '$').stores, 'stores').map((store, index) => {
    const path = `stores[${index}]`;
    return decode(decodeObject(store, path), path);
  });
}

/** Decodes what `stores` and `stores-detail` tell alike of a store. */
export function decodeStore(store: JsonObject, path: string): Store {
  return {
    id: decodeString(store.id, `${path}.id`),
    description: optional(decodeString, store.description, `${path}.description`),
    default: decodeFlag(store.default, `${path}.default`),
    readOnly: decodeFlag(store['read-only'], `${path}.read-only`),
  };
}

/** Glance sends the string `"true"`, or nothing (glance/api/v2/discovery.py); the API reference says boolean. Both are taken. */
function decodeFlag(value: JsonValue | undefined, path: string): boolean {
  const flag = typeof value === 'string' ? value.toLowerCase() : (value ?? false);
  if (flag === true || flag === 'true') return true;
  if (flag === false || flag === 'false') return false;
  throw new WrongShape(path, '"true" or "false"');
}
