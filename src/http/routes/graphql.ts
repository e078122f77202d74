/** GraphQL over HTTP at `/graphql`: from an HTTP request to an operation, and from its result to an HTTP response. */
import { hash } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { HeaderMap, type HTTPGraphQLRequest } from '@apollo/server';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import Negotiator from 'negotiator';
import type { Execute, GraphqlResponse, Operation } from '../../graphql/execute.ts';
import type { ResolveDocument } from '../../graphql/persisted-documents.ts';
import type { RequestData } from '../../graphql/request-data.ts';
import type { RequestCaller } from '../../graphql/request-services.ts';
import { PARTIAL_SUCCESS } from '../../graphql/status-plugin.ts';
import { UntrustedDocument, untrustedResponse } from '../../graphql/untrusted-document.ts';
import { isJsonObject } from '../../openstack/json.ts';
import { cachePolicyFor, isCacheable, VARY_BY_CALLER } from '../cache-control.ts';
import { createDeferredWrites } from '../deferred-writes.ts';
import { standardHeaders } from '../headers.ts';
import { parseJsonBody } from '../json-body.ts';
import { rejectOtherMethods } from '../plugins/errors.ts';
import { requestState } from '../plugins/request-logging.ts';
import { toSearch } from '../search-parameters.ts';
import { graphiqlUrl } from './pages.ts';

export interface GraphqlOptions {
  readonly execute: Execute;
  readonly createRequestData: (caller: RequestCaller) => RequestData;
  /** Replaces ids of trusted documents, and rejects other documents; null where there are none. */
  readonly resolveDocument: ResolveDocument | null;
  /** Whether a browser that opens `/graphql` is sent to GraphiQL. */
  readonly hasPages: boolean;
  readonly isClosing: () => boolean;
  readonly onWritten: (response: ServerResponse) => void;
}

export function serveGraphql(app: FastifyInstance, options: GraphqlOptions): void {
  const { hasPages, execute } = options;
  const deferWrite = createDeferredWrites();

  rejectOtherMethods(app, '/graphql');

  // Handlers call back instead of returning a promise: the response to a cached operation is written in the same turn of the event loop.
  // Node sends no body for HEAD.
  app.get('/graphql', { exposeHeadRoute: true }, (request, reply) => {
    if (hasPages && prefersHtml(request)) {
      reply.header('Vary', varyOf(reply)).redirect(graphiqlUrl(request));
      return;
    }
    respond(request, reply, getOperation(request, options));
  });
  app.post<{ Body: string | undefined }>('/graphql', (request, reply) => {
    respond(request, reply, postOperation(app, request, options));
  });

  function respond(request: FastifyRequest, reply: FastifyReply, operation: Operation): void {
    const state = requestState(request);
    const { id: requestId, token, trace: tracer } = state;
    const bypassCache = /\bno-cache\b/i.test(request.headers['cache-control'] ?? '');
    const data = options.createRequestData({ token, requestId, tracer, bypassCache });
    state.data = data;
    const response = execute(operation, data);
    if (!(response instanceof Promise)) deferWrite(() => write(request, reply, response, data));
    else
      response.then(
        (settled) => deferWrite(() => write(request, reply, settled, data)),
        (error) => writeRejection(request, reply, error, data),
      );
  }

  function write(request: FastifyRequest, reply: FastifyReply, response: GraphqlResponse, data: RequestData): void {
    try {
      send(request, reply, response, data, options.isClosing());
      options.onWritten(reply.raw);
    } catch (error) {
      sendError(reply, error);
    }
  }

  function writeRejection(request: FastifyRequest, reply: FastifyReply, error: unknown, data: RequestData): void {
    if (!(error instanceof UntrustedDocument)) sendError(reply, error);
    else write(request, reply, untrustedResponse(error, request.headers.accept, data.summary), data);
  }
}

function sendError(reply: FastifyReply, error: unknown): void {
  reply.header('Vary', varyOf(reply)).send(error);
}

/** Whether a person opens the URL in a browser. */
function prefersHtml({ headers: { accept = '' } }: FastifyRequest): boolean {
  return /text\/html/i.test(accept) && new Negotiator({ headers: { accept } }).mediaType(MEDIA_TYPES) === 'text/html';
}

const MEDIA_TYPES = ['application/json', 'application/graphql-response+json', 'text/html'];

function getOperation(request: FastifyRequest, { resolveDocument }: GraphqlOptions): Operation {
  const search = searchOf(request);
  return {
    cacheKey: isPreflighted(request) ? keyOf(request, search) : null,
    toRequest: () => ({
      method: 'GET',
      headers: headersOf(request),
      search: toSearch(search, resolveDocument),
      body: undefined,
    }),
  };
}

/** Apollo Server rejects a GET that a page of any origin can send; it is not looked up either. */
function isPreflighted({ headers }: FastifyRequest): boolean {
  return Boolean(headers['apollo-require-preflight'] || headers['x-apollo-operation-name']);
}

function postOperation(
  app: FastifyInstance,
  request: FastifyRequest<{ Body: string | undefined }>,
  { resolveDocument }: GraphqlOptions,
): Operation {
  // Fastify parses no body where there is none, whatever its type.
  const { body = '' } = request;
  return {
    cacheKey: body === '' ? null : keyOf(request, body),
    async toRequest(): Promise<HTTPGraphQLRequest> {
      const parsed = await parseJsonBody(app, request, body);
      const resolved = resolveDocument !== null && isJsonObject(parsed) ? resolveDocument(parsed) : parsed;
      return { method: 'POST', headers: headersOf(request), search: searchOf(request), body: resolved };
    },
  };
}

/** A missing `Accept` and an empty one differ, and a body may be equal to a query string. */
function keyOf({ method, headers: { accept } }: FastifyRequest, operation: string): string {
  return accept === undefined ? `${method}-${operation}` : `${method}+${accept}\n${operation}`;
}

function headersOf(request: FastifyRequest): HeaderMap {
  const headers = new HeaderMap();
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  return headers;
}

function searchOf({ url }: FastifyRequest): string {
  const start = url.indexOf('?');
  return start === -1 ? '' : url.slice(start);
}

/** Writes to Node's response directly, which saves Fastify's serialization and `onSend` hooks. Headers that plugins have set are sent too. */
function send(
  request: FastifyRequest,
  reply: FastifyReply,
  response: GraphqlResponse,
  data: RequestData,
  isClosing: boolean,
): void {
  const { status, contentType, body } = response;
  // Names and values in turn, which Node writes fastest.
  const lines = ['Content-Type', contentType, 'Vary', varyOf(reply)];
  for (const [name, value] of standardHeaders(data.requestId, isClosing)) lines.push(name, value);
  for (const [name, value] of response.headers) lines.push(name, value);
  const isUnchanged = pushCacheHeaders(lines, request, response, data);
  if (!isUnchanged) lines.push('Content-Length', String(Buffer.byteLength(body)));
  pushPluginHeaders(lines, reply);
  // Nothing may throw between these two: the request would be left without a response.
  reply.hijack();
  if (status === PARTIAL_SUCCESS) reply.raw.writeHead(status, 'Partial Success', lines).end(body);
  else reply.raw.writeHead(isUnchanged ? 304 : status, lines).end(isUnchanged ? undefined : body);
}

function varyOf(reply: FastifyReply): string {
  const vary = reply.getHeader('Vary');
  return vary === undefined ? VARY_BY_CALLER : `${vary}, ${VARY_BY_CALLER}`;
}

/** Returns whether the caller has the response already. */
function pushCacheHeaders(
  lines: string[],
  request: FastifyRequest,
  { status, headers, body }: GraphqlResponse,
  data: RequestData,
): boolean {
  // Apollo Server sets it for a persisted query that is not registered.
  if (hasHeader(headers, 'cache-control')) return false;
  const policy = cachePolicyFor(status, body, data);
  lines.push('Cache-Control', policy.cacheControl);
  if (policy.age !== null) lines.push('Age', String(policy.age));
  if (request.method === 'POST' || !isCacheable(policy)) return false;
  const etag = `"${hash('sha256', body, 'base64url')}"`;
  lines.push('ETag', etag);
  return matchesEtag(request, etag);
}

function hasHeader(headers: GraphqlResponse['headers'], wanted: string): boolean {
  for (const [name] of headers) if (name === wanted) return true;
  return false;
}

function matchesEtag({ headers }: FastifyRequest, etag: string): boolean {
  const tags = (headers['if-none-match'] ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  return tags.includes(etag) || tags.includes('*');
}

/** The headers of CORS and of the rate limit. */
function pushPluginHeaders(lines: string[], reply: FastifyReply): void {
  const headers = reply.getHeaders();
  for (const name in headers) {
    if (name !== 'vary') lines.push(name, String(headers[name]));
  }
}
