import type { JsonValue } from './json.ts';

/** One call of an OpenStack API: a GET, and what its answer means. */
export interface Call<T> {
  /** Its one name, in files, failures, logs and metrics. */
  readonly name: string;
  /** Below the service's endpoint, which ends before the version. */
  readonly path: string;
  /** @throws WrongShape naming the key that is not what it should be; unknown keys are let be */
  decode(body: JsonValue): T;
}
