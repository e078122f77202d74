/**
 * GraphQL over HTTP at `/graphql`: from Fastify's request to Apollo's and back, with the headers that say how long and to whom
 * an answer may serve.
 */
import { hash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { type ApolloServer, type BaseContext, HeaderMap } from '@apollo/server';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Discovery } from '../graphql/discovery.ts';
import { isRefusal, type KnownRequests } from '../graphql/known-requests.ts';
import type { Rendering } from '../graphql/rendering.ts';
import type { RequestParameters } from '../graphql/trusted-documents.ts';
import { HttpRefusal } from './failures.ts';
import { parseJsonBody } from './json-body.ts';
import { keepingOf, mayBeKept, VARY_BY_CALLER } from './keeping.ts';
import { type Observed, observedOf } from './observing.ts';

export interface GraphqlOptions<Context extends BaseContext> {
  readonly apollo: ApolloServer<Context>;
  /** Null executes every operation anew. */
  readonly reuse: { readonly rendering: Rendering; readonly known: KnownRequests } | null;
  /** Puts documents in place of their ids, and refuses those that are not trusted; null takes requests as they are. */
  readonly resolveDocument: ((given: RequestParameters) => RequestParameters) | null;
  /** Whether a browser that opens `/graphql` finds GraphiQL. */
  readonly hasPages: boolean;
  openDiscovery(request: IncomingMessage, observed: Observed): Discovery;
  /** For Apollo, which answers what it throws. */
  contextOf(request: IncomingMessage, discovery: Discovery): Promise<Context>;
}

export function serveGraphql<Context extends BaseContext>(
  app: FastifyInstance,
  { apollo, reuse, resolveDocument, hasPages, openDiscovery, contextOf }: GraphqlOptions<Context>,
): void {
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
    const discovery = openDiscovery(request.raw, observedOf(request.raw));
    const search = resolveDocument === null ? searchOf(request) : resolveSearch(searchOf(request), resolveDocument);
    const text = await askApollo(request, reply, discovery, { search, body: undefined });
    if (!sayHowKept(reply, text, discovery)) return text;
    const tag = `"${hash('sha256', text, 'base64url')}"`;
    reply.header('ETag', tag);
    return isKnownToCaller(request, tag) ? reply.code(304).send() : text;
  });

  app.post<{ Body: string | undefined }>('/graphql', async (request, reply) => {
    varyByCaller(reply);
    // Without a body Fastify parses nothing, whatever its type is said to be.
    const { body = '', raw } = request;
    const observed = observedOf(raw);
    // The lane has tried, if it was open.
    const known = observed.discovery === null ? reuse?.known.find(request.headers.accept, body) : undefined;
    const discovery = observed.discovery ?? openDiscovery(raw, observed);
    const answer = known && (await reuse?.known.answer(known, discovery));
    if (answer) {
      reply.code(answer.status).header('Content-Type', answer.contentType);
      sayHowKept(reply, answer.text, discovery);
      return answer.text;
    }
    const sent = await parseJsonBody(app, request, body);
    const resolved = resolveDocument !== null && isParameters(sent) ? resolveDocument(sent) : sent;
    const text = await askApollo(request, reply, discovery, { search: searchOf(request), body: resolved });
    if (reuse) learn(reuse, request, reply, text, discovery);
    sayHowKept(reply, text, discovery);
    return text;
  });

  async function askApollo(
    request: FastifyRequest,
    reply: FastifyReply,
    discovery: Discovery,
    { search, body }: { readonly search: string; readonly body: unknown },
  ): Promise<string | Readable> {
    const headers = new HeaderMap();
    for (const [name, value] of Object.entries(request.headers)) {
      if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
    }
    const answer = await apollo.executeHTTPGraphQLRequest({
      httpGraphQLRequest: { method: request.method, headers, search, body },
      context: () => contextOf(request.raw, discovery),
    });
    for (const [name, value] of answer.headers) reply.header(name, value);
    reply.code(answer.status ?? 200);
    return answer.body.kind === 'complete' ? answer.body.string : Readable.from(answer.body.asyncIterator);
  }
}

function learn(
  { rendering, known }: { readonly rendering: Rendering; readonly known: KnownRequests },
  { headers, body = '' }: FastifyRequest<{ Body: string | undefined }>,
  reply: FastifyReply,
  text: string | Readable,
  discovery: Discovery,
): void {
  const { operation, query, fields, outcome, codes } = discovery.report;
  const { statusCode: status } = reply;
  const contentType = reply.getHeader('Content-Type');
  const planned = status === 200 ? rendering.planBehind(discovery) : undefined;
  const answer = planned ?? (typeof text === 'string' && isRefusal({ codes }) ? text : undefined);
  if (answer === undefined || typeof contentType !== 'string') return;
  const facts = { operation, query, fields, outcome, codes };
  known.learn(headers.accept, body, { answer, status, contentType, facts });
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
  reply.header('Vary', `${others === undefined ? '' : `${others}, `}${VARY_BY_CALLER}`);
}

/** @returns whether the caller may keep it */
function sayHowKept(reply: FastifyReply, text: string | Readable, discovery: Discovery): text is string {
  // Apollo has said it where a persisted query is missing.
  if (reply.hasHeader('Cache-Control')) return false;
  const keeping = keepingOf(reply.statusCode, text, discovery);
  reply.header('Cache-Control', keeping.cacheControl);
  if (keeping.age !== null) reply.header('Age', keeping.age);
  return mayBeKept(keeping);
}

function isKnownToCaller({ headers }: FastifyRequest, tag: string): boolean {
  const known = (headers['if-none-match'] ?? '').split(',').map((one) => one.trim().replace(/^W\//, ''));
  return known.includes(tag) || known.includes('*');
}
