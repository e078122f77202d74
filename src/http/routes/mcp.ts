/** The Model Context Protocol at `/mcp`, over its Streamable HTTP transport without sessions: one JSON-RPC message per request. */
import type { ServerResponse } from 'node:http';
import { HeaderMap } from '@apollo/server';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import Negotiator from 'negotiator';
import type { Execute, Operation } from '../../graphql/execute.ts';
import type { RequestData } from '../../graphql/request-data.ts';
import type { RequestCaller } from '../../graphql/request-services.ts';
import { isTrustedOrigin } from '../../mcp/origin.ts';
import type { Data, GraphqlBody } from '../../mcp/results.ts';
import { createMcp, type McpOptions } from '../../mcp/server.ts';
import { HttpError, rejectOtherMethods } from '../plugins/errors.ts';
import { requestState } from '../plugins/request-logging.ts';

export interface McpRouteOptions extends McpOptions {
  /** Whose pages may use it. */
  readonly corsOrigins: readonly string[];
  readonly execute: Execute;
  readonly createRequestData: (caller: RequestCaller) => RequestData;
  readonly onWritten: (response: ServerResponse) => void;
}

export function serveMcp(app: FastifyInstance, options: McpRouteOptions): void {
  const { corsOrigins, onWritten } = options;
  const handle = createMcp(options);

  rejectOtherMethods(app, '/mcp');

  app.post<{ Body: string | undefined }>('/mcp', async (request, reply) => {
    const { origin, host } = request.headers;
    if (!isTrustedOrigin(origin, host, corsOrigins)) {
      const message = 'Pages of this origin may not use /mcp; CORS_ORIGINS lists those that may.';
      throw new HttpError({ status: 403, code: 'FORBIDDEN', message });
    }
    const { body = '' } = request;
    // One message per request: the limits of a request hold for each tool call.
    if (/^\s*\[/.test(body)) {
      throw new HttpError({
        status: 400,
        code: 'BAD_REQUEST',
        message: 'A batch is not accepted: send one message per request.',
      });
    }
    const response = await handle(toWebRequest(request, body), (document, variables) =>
      run(request, document, variables, options),
    );
    for (const [name, value] of response.headers) {
      // The SDK sends `keep-alive` with event streams, also to a client that asks to close.
      if (name !== 'connection') reply.header(name, value);
    }
    reply.code(response.status).header('Cache-Control', 'no-store').send(response.body);
    onWritten(reply.raw);
    return reply;
  });
}

/** Those of the protocol's transport. */
const MEDIA_TYPES = ['application/json; charset=utf-8', 'text/event-stream; charset=utf-8'];

/** Of the headers only the protocol's: tokens are not needed there. */
function toWebRequest({ headers }: FastifyRequest, body: string): Request {
  const ofProtocol = Object.entries(headers).filter(
    (header): header is [string, string] =>
      typeof header[1] === 'string' && (header[0] === 'content-type' || header[0].startsWith('mcp-')),
  );
  // The SDK looks for the names alone: not for ranges such as `*/*`, q-values and upper case.
  const accept = new Negotiator({ headers }).mediaTypes(MEDIA_TYPES).join(', ');
  return new Request('http://gateway/mcp', { method: 'POST', headers: [...ofProtocol, ['accept', accept]], body });
}

async function run(
  request: FastifyRequest,
  document: string,
  variables: Data,
  { execute, createRequestData }: McpRouteOptions,
): Promise<GraphqlBody> {
  const state = requestState(request);
  const { id: requestId, token, trace: tracer } = state;
  state.data = createRequestData({ token, requestId, tracer, bypassCache: false });
  const { body } = await execute(toOperation(document, variables), state.data);
  return JSON.parse(body);
}

function toOperation(query: string, variables: Data): Operation {
  return {
    // Keys of HTTP requests begin with another character.
    cacheKey: `m${JSON.stringify(variables)}\n${query}`,
    toRequest: () => ({
      method: 'POST',
      headers: new HeaderMap([['content-type', 'application/json']]),
      search: '',
      body: { query, variables },
    }),
  };
}
