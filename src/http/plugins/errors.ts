/**
 * Sends HTTP errors in the format of GraphQL errors, `{"errors": [{"message", "extensions": {"code"}}]}`, so that clients parse one
 * format only.
 */
import { METHODS } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { standardHeaders } from '../headers.ts';
import { pathOf, type RequestState, requestState } from './request-logging.ts';

export const JSON_TYPE = 'application/json; charset=utf-8';

/** An error as the client sees it. */
export interface HttpProblem {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

/** An error with a message for the client. */
export class HttpError extends Error {
  override name = 'HttpError' as const;
  readonly statusCode: number;
  readonly code: string;

  constructor({ status, code, message }: HttpProblem) {
    super(message);
    this.statusCode = status;
    this.code = code;
  }
}

/** The routes that reject every other method. */
const ALLOWED_METHODS: ReadonlyMap<string | undefined, readonly string[]> = new Map([
  ['/graphql', ['GET', 'HEAD', 'POST']],
  ['/mcp', ['POST']],
]);

export function methodNotAllowed({ routeOptions: { url } }: FastifyRequest, reply: FastifyReply): HttpError {
  const allowed = allowedMethods(url).join(', ');
  reply.header('Allow', allowed);
  return new HttpError({ status: 405, code: 'BAD_REQUEST', message: `The methods of ${url} are: ${allowed}.` });
}

/** Rejects every other method of HTTP, also those that Fastify does not know by itself. CONNECT never arrives here. */
export function rejectOtherMethods(app: FastifyInstance, url: string): void {
  const allowed = allowedMethods(url);
  const method = METHODS.filter((name) => !allowed.includes(name) && name !== 'CONNECT');
  for (const name of method) if (!app.supportedMethods.includes(name)) app.addHttpMethod(name);
  app.route({
    method,
    url,
    // Before the body is read: its type does not matter.
    onRequest: (request, reply, done) => done(methodNotAllowed(request, reply)),
    handler: () => {},
  });
}

const allowedMethods = (url: string | undefined) => ALLOWED_METHODS.get(url) ?? [];

/** Errors of Fastify and its plugins have a status and a code. */
type StatusError = Error & { statusCode?: number; code?: string };

export function problemBody({ code, message }: HttpProblem): string {
  return JSON.stringify({ errors: [{ message, extensions: { code } }] });
}

/** @param reportError called with internal errors */
export function registerErrorHandlers(
  app: FastifyInstance,
  reportError: (error: Error, state: RequestState | null) => void,
): void {
  app.setErrorHandler<StatusError>((error, request, reply) => {
    const problem = toProblem(error);
    if (problem.code === 'INTERNAL_SERVER_ERROR') reportError(error, request.state);
    sendProblem(problem, reply);
  });
  app.setNotFoundHandler((request, reply) => {
    const message = `There is nothing at ${request.method} ${pathOf(request.originalUrl).slice(0, 200)}.`;
    sendProblem({ status: 404, code: 'NOT_FOUND', message }, reply);
  });
}

/**
 * Handles errors of Fastify's router, such as for `GET /%zz`: the option `frameworkErrors`. Hooks do not run for these requests, so
 * the headers that they set are set here.
 */
export function handleFrameworkError(error: StatusError, request: FastifyRequest, reply: FastifyReply): void {
  for (const [name, value] of standardHeaders(requestState(request).id, false)) reply.header(name, value);
  const message = 'The path of the URL is not valid percent-encoding.';
  const isBadUrl = error.code === 'FST_ERR_BAD_URL';
  sendProblem(isBadUrl ? { status: 400, code: 'BAD_REQUEST', message } : toProblem(error), reply);
}

function sendProblem(problem: HttpProblem, reply: FastifyReply): void {
  reply.code(problem.status).type(JSON_TYPE).send(problemBody(problem));
}

function toProblem(error: StatusError): HttpProblem {
  const { statusCode = 500, message } = error;
  if (error instanceof HttpError) return { status: error.statusCode, code: error.code, message };
  const status = statusCode >= 400 && statusCode < 600 ? statusCode : 500;
  if (status === 413) return { status, code: 'PAYLOAD_TOO_LARGE', message };
  if (status === 415) {
    const expected = 'The Content-Type of a request must be application/json.';
    return { status, code: 'UNSUPPORTED_MEDIA_TYPE', message: expected };
  }
  if (status < 500) return { status, code: 'BAD_REQUEST', message };
  return { status: 500, code: 'INTERNAL_SERVER_ERROR', message: 'Internal server error.' };
}
