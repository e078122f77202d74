/** The access rules of an application credential: the only requests that its tokens may make. */
import { decodeArray, decodeObject, decodeString, type JsonValue } from '../json.ts';

export interface AccessRule {
  readonly id: string;
  /** A service type, such as `image`. */
  readonly service: string;
  /** An HTTP method. */
  readonly method: string;
  /** A path or a pattern of paths, such as `/v2/images/{image_id}` or `/v2/info/**`. */
  readonly path: string;
}

export function decodeAccessRules(value: JsonValue, path: string): readonly AccessRule[] {
  return decodeArray(value, path).map((element, index) => {
    const at = `${path}[${index}]`;
    const rule = decodeObject(element, at);
    return {
      id: decodeString(rule.id, `${at}.id`),
      service: decodeString(rule.service, `${at}.service`),
      method: decodeString(rule.method, `${at}.method`),
      path: decodeString(rule.path, `${at}.path`),
    };
  });
}
