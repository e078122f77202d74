/** Responds to what Node's HTTP server rejects before it makes a request of it, in the form, log and metrics of all other errors. */
import { randomUUID } from 'node:crypto';
import { type IncomingMessage, type Server, STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { requestIdOf } from '../caller.ts';
import { standardHeaders } from '../headers.ts';
import { type HttpProblem, JSON_TYPE, problemBody } from './errors.ts';
import { type LoggingOptions, pathOf } from './request-logging.ts';

type ParserError = Error & { code?: string };

/** How long the client has to read the response, in milliseconds. */
const LINGER_MS = 1000;

const CONNECT: HttpProblem = { status: 405, code: 'BAD_REQUEST', message: 'CONNECT is for proxies.' };
const EXPECT: HttpProblem = {
  status: 417,
  code: 'BAD_REQUEST',
  message: 'The only supported value of Expect is 100-continue.',
};

export interface ProtocolErrors {
  /** The option `clientErrorHandler` of Fastify: an error of the parser, which has a socket but no request. */
  onClientError(error: ParserError, socket: Socket): void;
  /** Handles the requests that the server does not pass on. */
  listen(server: Server): void;
}

export function handleProtocolErrors({ logger, metrics }: Pick<LoggingOptions, 'logger' | 'metrics'>): ProtocolErrors {
  function record(requestId: string, status: number, details: object): void {
    metrics.requestStarted();
    metrics.requestFinished(null, status);
    logger.request({ requestId, ...details, status });
  }
  function recordRequest(request: IncomingMessage, { status }: HttpProblem): string {
    const requestId = requestIdOf(request);
    record(requestId, status, { method: request.method, path: pathOf(request.url ?? '') });
    return requestId;
  }

  return {
    onClientError(error, socket) {
      // The client has closed the connection, or a response is being written.
      if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
      const problem = parserProblem(error.code);
      const requestId = `req-${randomUUID()}`;
      record(requestId, problem.status, { parserError: error.code });
      respondAndClose(socket, problem, requestId);
    },
    listen(server) {
      server.on('connect', (request, socket) => respondAndClose(socket, CONNECT, recordRequest(request, CONNECT)));
      server.on('checkExpectation', (request, response) => {
        const headers = headersOf(EXPECT, recordRequest(request, EXPECT));
        response.writeHead(EXPECT.status, headers.flat()).end(problemBody(EXPECT));
      });
    },
  };
}

function headersOf(problem: HttpProblem, requestId: string): [name: string, value: string][] {
  return [
    ...standardHeaders(requestId, true),
    ['Content-Type', JSON_TYPE],
    ['Content-Length', String(Buffer.byteLength(problemBody(problem)))],
  ];
}

function respondAndClose(socket: Duplex, problem: HttpProblem, requestId: string): void {
  const headers = headersOf(problem, requestId).map(([name, value]) => `${name}: ${value}`);
  const statusLine = `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status]}`;
  socket.on('error', () => {}).end([statusLine, ...headers, '', problemBody(problem)].join('\r\n'));
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
}

function parserProblem(code: string | undefined): HttpProblem {
  switch (code) {
    case 'HPE_HEADER_OVERFLOW':
      return { status: 431, code: 'HEADERS_TOO_LARGE', message: 'The headers of a request may have 16 kB in all.' };
    case 'HPE_CHUNK_EXTENSIONS_OVERFLOW':
      return { status: 413, code: 'PAYLOAD_TOO_LARGE', message: 'The chunk extensions of a body may have 16 kB.' };
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return { status: 408, code: 'REQUEST_TIMEOUT', message: 'The request took too long to arrive.' };
    default:
      return { status: 400, code: 'BAD_REQUEST', message: 'This is not an HTTP request.' };
  }
}
