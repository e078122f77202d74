/**
 * What fails in front of GraphQL answers as GraphQL does: `{"errors": [{"message", "extensions": {"code"}}]}`, never HTML,
 * so that a client needs one way to read errors.
 */

import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { FastifyInstance } from 'fastify';
import { UntrustedDocument } from '../graphql/trusted-documents.ts';

/** A problem with an HTTP request, said to its sender. */
interface HttpProblem {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

/** What the gateway does not do for this sender, or not now. */
export class HttpRefusal extends Error {
  override name = 'HttpRefusal' as const;
  readonly statusCode: number;
  readonly code: string;

  constructor({ status, code, message }: HttpProblem) {
    super(message);
    this.statusCode = status;
    this.code = code;
  }
}

export function problemBody({ code, message }: HttpProblem): string {
  return JSON.stringify({ errors: [{ message, extensions: { code } }] });
}

export function answerFailuresAsJson(app: FastifyInstance): void {
  app.setErrorHandler<Error & { statusCode?: number; code?: string }>((error, request, reply) => {
    const problem = problemOf(error);
    if (problem.code === 'INTERNAL_SERVER_ERROR')
      request.log.error(
        { requestId: request.raw.observed?.id, err: error },
        'A request failed for a reason of our own',
      );
    return reply.code(problem.status).type('application/json; charset=utf-8').send(problemBody(problem));
  });
  app.setNotFoundHandler((request, reply) => {
    const message = `There is nothing at ${request.method} ${request.url.split('?', 1)[0]?.slice(0, 200)}.`;
    const problem = { status: 404, code: 'NOT_FOUND', message };
    return reply.code(404).type('application/json; charset=utf-8').send(problemBody(problem));
  });
}

function problemOf(error: Error & { statusCode?: number; code?: string }): HttpProblem {
  const { statusCode = 500, code, message } = error;
  if (error instanceof HttpRefusal || error instanceof UntrustedDocument)
    return { status: error.statusCode, code: error.code, message };
  const status = statusCode >= 400 && statusCode < 600 ? statusCode : 500;
  if (status === 413) return { status, code: 'PAYLOAD_TOO_LARGE', message };
  if (status === 415) {
    return {
      status,
      code: 'UNSUPPORTED_MEDIA_TYPE',
      message: 'The Content-Type of a request must be application/json.',
    };
  }
  if (status < 500) return { status, code: code === 'FST_ERR_NOT_FOUND' ? 'NOT_FOUND' : 'BAD_REQUEST', message };
  if (status === 503) return { status, code: 'SERVICE_UNAVAILABLE', message: 'The gateway is not available.' };
  return { status: 500, code: 'INTERNAL_SERVER_ERROR', message: 'Internal server error.' };
}

/** Answers what Node's parser refuses: there is no request object yet, only a socket. */
export function answerUnparsable(error: Error & { code?: string }, socket: Socket): void {
  // The client hung up, or an answer is under way.
  if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
  const problem = unparsable(error.code);
  const body = problemBody(problem);
  socket.end(
    [
      `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`,
      'Content-Type: application/json; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
  );
}

function unparsable(code: string | undefined): HttpProblem {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return { status: 431, code: 'HEADERS_TOO_LARGE', message: 'The headers of a request may have 16 kB in all.' };
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return { status: 408, code: 'REQUEST_TIMEOUT', message: 'The request took too long to arrive.' };
    default:
      return { status: 400, code: 'BAD_REQUEST', message: 'This is not an HTTP request.' };
  }
}
