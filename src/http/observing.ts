/** Sees every request to its end, be it answered or given up by its caller: one log line, and the counts. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Metrics } from '../telemetry/metrics.ts';
import { type RequestReport, toTenths } from '../telemetry/report.ts';
import type { RequestTrace, Tracing } from '../telemetry/tracing.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Null where a request is not for GraphQL. */
    report: RequestReport | null;
    /** What to do when the caller goes away before it is answered. */
    whenGone: (() => void) | null;
    /** Null where requests are not traced. */
    trace: RequestTrace | null;
  }
}

/** What nginx logs for a caller that hung up; it is never sent. */
const STATUS_GONE = 499;

export function observeRequests(app: FastifyInstance, metrics: Metrics, tracing: Tracing | null): void {
  app.decorateRequest('report', null);
  app.decorateRequest('whenGone', null);
  app.decorateRequest('trace', null);
  app.addHook('onRequest', (request, reply, done) => {
    const begin = performance.now();
    metrics.requestBegins();
    if (tracing !== null) {
      const route = request.routeOptions.url ?? null;
      request.trace = tracing.beginRequest(request.method, route, traceparentOf(request));
    }
    reply.raw.once('close', () => end(request, reply, performance.now() - begin, metrics));
    done();
  });
}

function end(request: FastifyRequest, reply: FastifyReply, ms: number, metrics: Metrics): void {
  const isGone = !reply.raw.writableFinished;
  if (isGone) request.whenGone?.();
  const { id: requestId, method, report } = request;
  const status = isGone ? STATUS_GONE : reply.statusCode;
  metrics.requestEnds(request.routeOptions.url ?? null, status);
  request.trace?.end(status, report);
  if (report !== null) metrics.operationEnds(report, ms / 1000);
  // Not the query string: it may hold variables.
  const [path] = request.url.split('?', 1);
  request.log.info({ requestId, method, path, status, ms: toTenths(ms), ...(report && lineOf(report)) }, 'request');
}

function traceparentOf({ headers: { traceparent } }: FastifyRequest): string | undefined {
  return typeof traceparent === 'string' ? traceparent : undefined;
}

/** Fastify's loggers are pino's, and leave out what is undefined. */
function lineOf({ caller, operation, query, fields, outcome, codes, calls }: RequestReport): object {
  return {
    caller: caller ?? undefined,
    operation: operation ?? undefined,
    query: query ?? undefined,
    fields,
    outcome,
    codes: codes.length > 0 ? codes : undefined,
    calls,
  };
}
