/**
 * The lane around Fastify, for requests that are known to the byte: plain POSTs of JSON to `/graphql`.
 *
 * It skips Fastify's routing, hooks and reply, without which 18 % more of them are answered where nothing is kept. That is safe as it
 * does itself what they do for such a request (observing; the headers; the bound on a body, as a length that is said beforehand),
 * and takes none that they would do more for: it is closed while requests are shed or the server stops, and where CORS, a rate
 * limit or traces are configured. Whatever it does not answer, an unknown body or a call that failed, is handed on to Fastify
 * with what was read and asked. What it skips of Apollo is said in known-requests.ts.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Discovery } from '../graphql/discovery.ts';
import type { KnownAnswer, KnownRequests } from '../graphql/known-requests.ts';
import { decodeBody } from './json-body.ts';
import { keepingOf, VARY_BY_CALLER } from './keeping.ts';
import type { Observe, Observed } from './observing.ts';

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

/** Answers a request, or hands it on to `next`. */
export type Lane = (request: IncomingMessage, response: ServerResponse, next: Handler) => void;

export interface LaneOptions {
  readonly observe: Observe;
  readonly known: KnownRequests;
  readonly maxBodyBytes: number;
  openDiscovery(request: IncomingMessage, observed: Observed): Discovery;
  isClosed(): boolean;
  /** Told of a fault of ours, after which the request is handed on. */
  onFault(error: unknown, requestId: string): void;
}

const PATH = '/graphql';

export function createLane({ observe, known, maxBodyBytes, openDiscovery, isClosed, onFault }: LaneOptions): Lane {
  function isPlain({ method, url, headers }: IncomingMessage): boolean {
    return (
      method === 'POST' &&
      url === PATH &&
      headers['content-type'] === 'application/json' &&
      isWithin(maxBodyBytes, headers['content-length'])
    );
  }

  /** Null when it is for Fastify to answer. */
  function answerTo(request: IncomingMessage, observed: Observed): KnownAnswer | null | Promise<KnownAnswer | null> {
    const text = observed.body && decodeBody(observed.body);
    const found = text === null ? undefined : known.find(request.headers.accept, text);
    return found === undefined ? null : known.answer(found, openDiscovery(request, observed));
  }

  function serve(request: IncomingMessage, response: ServerResponse, observed: Observed, next: Handler): void {
    const finish = (answer: KnownAnswer | null) => {
      if (answer === null || observed.discovery === null) next(request, response);
      else send(response, observed.id, answer, observed.discovery);
    };
    const fail = (fault: unknown) => {
      onFault(fault, observed.id);
      if (response.headersSent) response.destroy();
      else next(request, response);
    };
    try {
      const answered = answerTo(request, observed);
      if (answered instanceof Promise) answered.then(finish).catch(fail);
      else finish(answered);
    } catch (fault) {
      fail(fault);
    }
  }

  return (request, response, next) => {
    if (isClosed() || !isPlain(request)) {
      next(request, response);
      return;
    }
    const observed = observe(request, response, PATH);
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const [first] = chunks;
      observed.body = chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks);
      serve(request, response, observed, next);
    });
  };
}

function isWithin(most: number, length: string | undefined): boolean {
  const bytes = Number(length);
  return bytes > 0 && bytes <= most;
}

function send(
  response: ServerResponse,
  id: string,
  { text, status, contentType }: KnownAnswer,
  discovery: Discovery,
): void {
  const { cacheControl, age } = keepingOf(status, text, discovery);
  // Names and values in turn, as Node writes them the fastest.
  const headers = ['X-Openstack-Request-Id', id, 'X-Content-Type-Options', 'nosniff', 'Vary', VARY_BY_CALLER];
  headers.push('Content-Type', contentType, 'Cache-Control', cacheControl);
  if (age !== null) headers.push('Age', String(age));
  headers.push('Content-Length', String(Buffer.byteLength(text)));
  response.writeHead(status, headers).end(text);
}
