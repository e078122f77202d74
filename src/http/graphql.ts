/**
 * GraphQL over HTTP at `/graphql`: from Fastify's request to Apollo's and back, with the headers that say how long and to whom
 * an answer may serve.
 */
import { hash } from 'node:crypto';
import { Readable } from 'node:stream';
import { type ApolloServer, type BaseContext, HeaderMap } from '@apollo/server';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Discovery } from '../graphql/discovery.ts';
import { createKnownRequests, isRefusal } from '../graphql/known-requests.ts';
import type { Rendering } from '../graphql/rendering.ts';
import type { Plan } from '../graphql/rendering-plan.ts';
import type { RequestParameters } from '../graphql/trusted-documents.ts';
import { HttpRefusal } from './failures.ts';
import { parseJsonBody } from './json-body.ts';

/** What belongs to one request. */
export interface RequestParts<Context extends BaseContext> {
  readonly discovery: Discovery;
  /** For Apollo, which answers what it throws. */
  context(): Promise<Context>;
}

export interface GraphqlOptions<Context extends BaseContext> {
  readonly apollo: ApolloServer<Context>;
  /** Null executes every operation anew. */
  readonly rendering: Rendering | null;
  /** Puts documents in place of their ids, and refuses those that are not trusted; null takes requests as they are. */
  readonly resolveDocument: ((given: RequestParameters) => RequestParameters) | null;
  /** Whether a browser that opens `/graphql` finds GraphiQL. */
  readonly hasPages: boolean;
  open(request: FastifyRequest): RequestParts<Context>;
}

export function serveGraphql<Context extends BaseContext>(
  app: FastifyInstance,
  { apollo, rendering, resolveDocument, hasPages, open }: GraphqlOptions<Context>,
): void {
  const knownRequests = createKnownRequests();

  app.route({
    method: ['PUT', 'PATCH', 'DELETE', 'OPTIONS'],
    url: '/graphql',
    handler: async (_request, reply) => {
      reply.header('Allow', 'GET, POST');
      throw new HttpRefusal({ status: 405, code: 'BAD_REQUEST', message: 'GraphQL is spoken by GET and POST.' });
    },
  });

  app.get('/graphql', async (request, reply) => {
    varyByCaller(reply);
    // A person who opens it in a browser is sent to GraphiQL, with the query that the address may hold.
    if (hasPages && /\btext\/html\b/i.test(request.headers.accept ?? ''))
      return reply.redirect(`/graphiql${searchOf(request)}`);
    const parts = openUntilGone(request);
    const search = resolveDocument === null ? searchOf(request) : resolveSearch(searchOf(request), resolveDocument);
    const text = await askApollo(apollo, request, reply, { search, body: undefined }, parts);
    if (!mayBeKept(reply, text, parts.discovery)) return text;
    const tag = `"${hash('sha256', text, 'base64url')}"`;
    reply.header('ETag', tag);
    return isKnownToCaller(request, tag) ? reply.code(304).send() : text;
  });

  app.post<{ Body: string | undefined }>('/graphql', async (request, reply) => {
    varyByCaller(reply);
    // Without a body Fastify parses nothing, whatever its type is said to be.
    const { body = '' } = request;
    const { accept } = request.headers;
    const parts = openUntilGone(request);
    const { discovery } = parts;
    const known = rendering && knownRequests.find(accept, body);
    if (known) {
      const { answer, facts, contentType, status } = known;
      const text = typeof answer === 'string' ? answer : await rendering.render(answer, discovery);
      if (text !== null) {
        Object.assign(discovery.report, facts);
        reply.code(status).header('Content-Type', contentType);
        mayBeKept(reply, text, discovery);
        return text;
      }
    }
    const sent = await parseJsonBody(app, request, body);
    const resolved = resolveDocument !== null && isParameters(sent) ? resolveDocument(sent) : sent;
    const text = await askApollo(apollo, request, reply, { search: searchOf(request), body: resolved }, parts);
    if (rendering) learn(request, reply, text, rendering.planBehind(discovery));
    mayBeKept(reply, text, discovery);
    return text;
  });

  function learn(
    { headers, body = '', report }: FastifyRequest<{ Body: string | undefined }>,
    reply: FastifyReply,
    text: string | Readable,
    plan: Plan | undefined,
  ): void {
    if (report === null) return;
    const { operation, query, fields, outcome, codes } = report;
    const { statusCode: status } = reply;
    const contentType = reply.getHeader('Content-Type');
    const planned = status === 200 ? plan : undefined;
    const answer = planned ?? (typeof text === 'string' && isRefusal({ codes }) ? text : undefined);
    if (answer === undefined || typeof contentType !== 'string') return;
    knownRequests.learn(headers.accept, body, {
      answer,
      status,
      contentType,
      facts: { operation, query, fields, outcome, codes },
    });
  }

  function openUntilGone(request: FastifyRequest): RequestParts<Context> {
    const parts = open(request);
    request.report = parts.discovery.report;
    request.whenGone = parts.discovery.leave;
    return parts;
  }
}

async function askApollo<Context extends BaseContext>(
  apollo: ApolloServer<Context>,
  request: FastifyRequest,
  reply: FastifyReply,
  { search, body }: { readonly search: string; readonly body: unknown },
  parts: RequestParts<Context>,
): Promise<string | Readable> {
  const headers = new HeaderMap();
  for (const [name, value] of Object.entries(request.headers)) {
    if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
  }
  const answer = await apollo.executeHTTPGraphQLRequest({
    httpGraphQLRequest: { method: request.method, headers, search, body },
    context: () => parts.context(),
  });
  for (const [name, value] of answer.headers) reply.header(name, value);
  reply.code(answer.status ?? 200);
  return answer.body.kind === 'complete' ? answer.body.string : Readable.from(answer.body.asyncIterator);
}

function isParameters(body: unknown): body is RequestParameters {
  return typeof body === 'object' && body !== null && !Array.isArray(body);
}

/** The parameters of a GET, whose `extensions` are JSON; what is none is for Apollo to refuse. */
function resolveSearch(search: string, resolve: (given: RequestParameters) => RequestParameters): string {
  const given = new URLSearchParams(search);
  let extensions: unknown;
  try {
    extensions = JSON.parse(given.get('extensions') ?? '{}');
  } catch {
    return search;
  }
  const sent = Object.fromEntries(given);
  const resolved = resolve({ ...sent, extensions });
  if (resolved.query === sent.query) return search;
  given.delete('documentId');
  given.set('query', String(resolved.query));
  given.set('extensions', JSON.stringify(resolved.extensions));
  return `?${given}`;
}

function searchOf({ url }: FastifyRequest): string {
  const at = url.indexOf('?');
  return at === -1 ? '' : url.slice(at);
}

function varyByCaller(reply: FastifyReply): void {
  const others = reply.getHeader('Vary');
  reply.header('Vary', `${others === undefined ? '' : `${others}, `}X-Auth-Token, Authorization, Accept`);
}

/**
 * Says how long the caller itself may keep the answer: for as long as the gateway keeps all of the upstream answers in it.
 * What has no answer of the upstream in it, such as introspection, may be kept but has to be asked for again.
 */
function mayBeKept(reply: FastifyReply, text: string | Readable, discovery: Discovery): text is string {
  // Apollo has said it where a persisted query is missing.
  if (reply.hasHeader('Cache-Control')) return false;
  const freshness = discovery.freshness();
  if (freshness === null || reply.statusCode !== 200 || typeof text !== 'string' || text.startsWith('{"errors"')) {
    reply.header('Cache-Control', 'private, no-store');
    return false;
  }
  const { ageMs, leftMs } = freshness;
  if (leftMs < 1000 || leftMs === Number.POSITIVE_INFINITY) {
    reply.header('Cache-Control', 'private, no-cache');
    return true;
  }
  // A cache takes `Age` off `max-age`; what remains is what is left.
  const age = Math.floor(ageMs / 1000);
  reply.header('Cache-Control', `private, max-age=${age + Math.floor(leftMs / 1000)}`);
  reply.header('Age', age);
  return true;
}

function isKnownToCaller({ headers }: FastifyRequest, tag: string): boolean {
  const known = (headers['if-none-match'] ?? '').split(',').map((one) => one.trim().replace(/^W\//, ''));
  return known.includes(tag) || known.includes('*');
}
