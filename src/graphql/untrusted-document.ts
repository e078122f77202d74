/** A request for a document that is not among the trusted ones, and the response to it. */
import type { RequestSummary } from '../telemetry/request-summary.ts';
import type { GraphqlResponse } from './execute.ts';
import { isGraphqlResponseType, JSON_TYPE, preferredType, UNPROCESSABLE } from './status-plugin.ts';

type Code = 'PERSISTED_QUERY_NOT_IN_LIST' | 'QUERY_NOT_IN_SAFELIST';

export class UntrustedDocument extends Error {
  override name = 'UntrustedDocument' as const;
  readonly code: Code;

  constructor(code: Code, message: string) {
    super(message);
    this.code = code;
  }
}

/**
 * GraphQL over HTTP, "Status Codes". Without the document of an id, there is no well-formed request; that is also the status of a
 * persisted query that is not registered. Other documents are what "the client is not permitted to issue".
 */
const STATUSES: Readonly<Record<Code, number>> = {
  PERSISTED_QUERY_NOT_IN_LIST: UNPROCESSABLE,
  QUERY_NOT_IN_SAFELIST: 403,
};

/**
 * GraphQL over HTTP, "Persisted Document Response": a GraphQL response of a single error.
 *
 * @param summary of the request; the error is entered in it
 */
export function untrustedResponse(
  { code, message }: UntrustedDocument,
  accept: string | undefined,
  summary: RequestSummary,
): GraphqlResponse {
  summary.codes = [code];
  const contentType = preferredType(accept) ?? JSON_TYPE;
  const status = isGraphqlResponseType(contentType) ? STATUSES[code] : 400;
  const body = `${JSON.stringify({ errors: [{ message, extensions: { code } }] })}\n`;
  return { status, contentType, headers: [], body };
}
