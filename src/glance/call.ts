import type { JsonValue } from '../upstream/json.ts';

/** One of Glance's discovery calls: a GET, and what its answer means. */
export interface DiscoveryCall<T> {
  /** Its one name, in files, failures, logs and metrics. */
  readonly name: string;
  /** Below the Image endpoint, which ends before `/v2`. */
  readonly path: string;
  /** @throws WrongShape naming the key that is not what it should be; unknown keys are let be */
  decode(body: JsonValue): T;
}
