import type { JsonValue } from './json.ts';

/** A call of an OpenStack API: a GET and the decoder of its body. */
export interface Call<T> {
  /** The call's one name in errors, logs, metrics and tables; spelled as in the schema. */
  readonly name: string;
  /** Appended to the endpoint, which ends before the version. */
  readonly path: string;
  /** Whether the service responds without a token, and so ignores its access rules. */
  readonly isPublic?: true;
  /**
   * Decodes a body. Unknown keys are ignored.
   *
   * @throws DecodeError naming the JSON path and what was expected there
   */
  decode(body: JsonValue): T;
}
