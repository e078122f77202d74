import { type JsonValue, parseJson } from './json.ts';
import type { UpstreamRequest } from './request.ts';

/** A call of an OpenStack API: a GET and the decoder of its body. */
export interface Call<T> {
  /** The call's one name in errors, logs, metrics and tables; spelled as in the schema. */
  readonly name: string;
  /** Appended to the endpoint, which ends before the version. */
  readonly path: string;
  /** Whether Glance responds without a token, and so ignores its access rules. */
  readonly isPublic?: true;
  /**
   * Decodes a body. Unknown keys are ignored.
   *
   * @throws DecodeError naming the JSON path and what was expected there
   */
  decode(body: JsonValue): T;
}

/** The request of a call that needs no token. */
export function publicRequest<T>(
  { name, path, decode }: Call<T>,
  target: Pick<UpstreamRequest<T>, 'service' | 'endpoint' | 'region' | 'requestId' | 'timeoutMs'>,
): UpstreamRequest<T> {
  return {
    ...target,
    call: name,
    path,
    decode: (body) => decode(parseJson(body)),
    token: null,
    sendSubjectToken: false,
    tracer: null,
    startedAt: performance.now(),
  };
}
