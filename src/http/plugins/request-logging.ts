/** Tracks each request until its response is sent or its caller disconnects: one log line, and the metrics. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { RequestData } from '../../graphql/request-data.ts';
import type { CallerToken } from '../../openstack/keystone/token.ts';
import type { Logger } from '../../telemetry/logger.ts';
import type { Metrics } from '../../telemetry/metrics.ts';
import { roundMs } from '../../telemetry/request-summary.ts';
import type { TracedRequest } from '../../telemetry/span-attributes.ts';
import type { RequestTrace, Tracing } from '../../telemetry/tracing.ts';
import { requestIdOf, tokenOf } from '../caller.ts';

declare module 'fastify' {
  interface FastifyRequest {
    state: RequestState | null;
  }
}

export interface RequestState {
  readonly id: string;
  /** Null where requests are not traced. */
  readonly trace: RequestTrace | null;
  /** As registered; null when no route matches. */
  readonly route: string | null;
  readonly token: CallerToken;
  /** Null unless the request is for GraphQL. */
  data: RequestData | null;
}

export interface LoggingOptions {
  readonly logger: Logger;
  readonly metrics: Metrics;
  readonly tracing: Tracing | null;
}

/** nginx's status in the log for a caller that closed the connection; it is never sent. */
const CLIENT_CLOSED_REQUEST = 499;

type TrackRequest = (request: FastifyRequest, reply: FastifyReply) => void;

export interface RequestTracker {
  /** Called first for each request. */
  readonly track: TrackRequest;
  /** Calls back once no request is in flight, which is when all responses are written completely. */
  whenIdle(callback: () => void): void;
}

export function trackRequests(app: FastifyInstance, { logger, metrics, tracing }: LoggingOptions): RequestTracker {
  let onIdle: (() => void) | null = null;

  function finish({ method, url = '' }: IncomingMessage, response: ServerResponse, ms: number, state: RequestState) {
    const { id: requestId, data, route, trace } = state;
    const summary = data?.summary ?? null;
    const hasLeft = !response.writableFinished;
    if (hasLeft) data?.abort();
    const status = hasLeft ? CLIENT_CLOSED_REQUEST : response.statusCode;
    metrics.requestFinished(route, status);
    if (summary !== null) metrics.operationFinished(summary, ms / 1000);
    const line = {
      requestId,
      method,
      path: pathOf(url),
      status,
      ms: roundMs(ms),
      // Undefined values are left out.
      caller: summary?.caller ?? undefined,
      operation: summary?.operation ?? undefined,
      query: summary?.query ?? undefined,
      fields: summary?.fields,
      outcome: summary?.outcome,
      codes: summary?.codes.length === 0 ? undefined : summary?.codes,
      calls: summary?.calls,
    };
    logger.request(trace === null ? line : { ...line, ...traceFields(trace) });
    trace?.end(hasLeft ? null : status, summary);
    if (metrics.requestsInFlight() === 0) onIdle?.();
  }

  const track: TrackRequest = (request, reply) => {
    const startedAt = performance.now();
    const { raw } = request;
    const route = request.routeOptions.url ?? null;
    metrics.requestStarted();
    const id = requestIdOf(raw);
    const state: RequestState = {
      id,
      trace: tracing === null ? null : tracing.startRequest(tracedRequest(request, id, route), raw.headers),
      route,
      token: tokenOf(raw),
      data: null,
    };
    request.state = state;
    reply.raw.on('close', () => finish(raw, reply.raw, performance.now() - startedAt, state));
  };

  app.decorateRequest('state', null);
  return {
    track,
    whenIdle(callback) {
      onIdle = callback;
      if (metrics.requestsInFlight() === 0) callback();
    },
  };
}

export function requestState({ state }: FastifyRequest): RequestState {
  if (state === null) throw new Error('The request is not tracked');
  return state;
}

/** By the names of OpenTelemetry's log data model. */
const traceFields = ({ traceId, spanId }: RequestTrace) => ({ trace_id: traceId, span_id: spanId });

function tracedRequest({ raw, protocol }: FastifyRequest, id: string, route: string | null): TracedRequest {
  const { method = '', url = '', httpVersion: version } = raw;
  return { id, method, route, path: pathOf(url), scheme: protocol, version };
}

/** Without the query string, which may hold variables. */
export function pathOf(url: string): string {
  const end = url.indexOf('?');
  return end === -1 ? url : url.slice(0, end);
}
