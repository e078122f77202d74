/**
 * HTTP statuses of GraphQL responses. Callers that accept `application/graphql-response+json` get those of GraphQL over HTTP, "Status
 * Codes". Its section "Body" recommends the same for `application/json`; clients and routers that predate it rely on 200 there.
 */
import type { ApolloServerPlugin } from '@apollo/server';
import { ApolloServerErrorCode } from '@apollo/server/errors';
import { type DocumentNode, type FormattedExecutionResult, getOperationAST, OperationTypeNode } from 'graphql';
import Negotiator from 'negotiator';
import type { GatewayContext } from './context.ts';

/** The response has data and errors, even if the data is null. */
export const PARTIAL_SUCCESS = 294;
/** The request is JSON, or the document is GraphQL, but it cannot be executed. */
export const UNPROCESSABLE = 422;

export const JSON_TYPE = 'application/json; charset=utf-8';
const RESPONSE_TYPE = 'application/graphql-response+json; charset=utf-8';

export const statusPlugin: ApolloServerPlugin<GatewayContext> = {
  requestDidStart: async () => ({
    async willSendResponse({ request, source, document, response: { http, body } }) {
      if (body.kind !== 'single') return;
      if (request.http?.method === 'GET' && document && isMutation(document, request.operationName)) {
        // Whatever the media type: "the server MUST respond with an appropriate 4xx status code" (section "GET").
        http.status = 405;
        http.headers.set('allow', 'POST');
        return;
      }
      const type = preferredType(request.http?.headers.get('accept'));
      if (type === RESPONSE_TYPE) http.status = statusOf(body.singleResult, http.status);
      else if (type === JSON_TYPE && http.status === 400 && source !== undefined) http.status = 200;
    },
  }),
};

/** The media type of the response. Undefined when the caller accepts none that there is. */
export function preferredType(accept = '*/*'): string | undefined {
  return new Negotiator({ headers: { accept } }).mediaType([JSON_TYPE, RESPONSE_TYPE]);
}

function isMutation(document: DocumentNode, operationName: string | undefined): boolean {
  return getOperationAST(document, operationName)?.operation === OperationTypeNode.MUTATION;
}

/** @param status of Apollo Server: 400 for all that is invalid, 200 for an unknown persisted query */
function statusOf({ data, errors = [] }: FormattedExecutionResult, status = 200): number {
  if (data !== undefined) return errors.length > 0 ? PARTIAL_SUCCESS : 200;
  if (status !== 400 && status !== 200) return status;
  const isUnparsable = errors[0]?.extensions?.code === ApolloServerErrorCode.GRAPHQL_PARSE_FAILED;
  return isUnparsable ? 400 : UNPROCESSABLE;
}

/** Whether a response has this media type, for which a response without data must have a 4xx or 5xx status. */
export function isGraphqlResponseType(contentType: string): boolean {
  return contentType === RESPONSE_TYPE;
}
