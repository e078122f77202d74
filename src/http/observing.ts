/** Sees every request to its end, be it answered or given up by its caller: one log line, and the counts. */
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { Discovery } from '../graphql/discovery.ts';
import type { Log } from '../telemetry/log.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { toTenths } from '../telemetry/report.ts';
import type { RequestTrace, Tracing } from '../telemetry/tracing.ts';
import { requestIdOf } from './caller.ts';

declare module 'node:http' {
  interface IncomingMessage {
    /** What is known of the request while it is answered. */
    observed?: Observed;
  }
}

export interface Observed {
  readonly id: string;
  /** Null where requests are not traced. */
  readonly trace: RequestTrace | null;
  /** As it is registered; null where there is none. */
  readonly route: string | null;
  /** Null where a request is not for GraphQL. */
  discovery: Discovery | null;
  /** What was read of it already; null for nothing. */
  body: Buffer | null;
}

/** Begins to see a request, once. */
export type Observe = (request: IncomingMessage, response: ServerResponse, route: string | null) => Observed;

export interface ObserveOptions {
  readonly log: Log;
  readonly metrics: Metrics;
  readonly tracing: Tracing | null;
}

/** What nginx logs for a caller that hung up; it is never sent. */
const STATUS_GONE = 499;

export function createObserve({ log, metrics, tracing }: ObserveOptions): Observe {
  function end(request: IncomingMessage, response: ServerResponse, ms: number, observed: Observed): void {
    const { id: requestId, discovery, route, trace } = observed;
    const { method, url = '' } = request;
    const report = discovery?.report ?? null;
    const isGone = !response.writableFinished;
    if (isGone) discovery?.leave();
    const status = isGone ? STATUS_GONE : response.statusCode;
    metrics.requestEnds(route, status);
    trace?.end(status, report);
    if (report !== null) metrics.operationEnds(report, ms / 1000);
    log.request({
      requestId,
      method,
      path: pathOf(url),
      status,
      ms: toTenths(ms),
      // What is undefined is left out.
      caller: report?.caller ?? undefined,
      operation: report?.operation ?? undefined,
      query: report?.query ?? undefined,
      fields: report?.fields,
      outcome: report?.outcome,
      codes: report?.codes.length === 0 ? undefined : report?.codes,
      calls: report?.calls,
    });
  }

  return (request, response, route) => {
    const begin = performance.now();
    metrics.requestBegins();
    const trace = tracing?.beginRequest(request.method ?? '', route, traceparentIn(request.headers)) ?? null;
    const observed: Observed = { id: requestIdOf(request), trace, route, discovery: null, body: null };
    request.observed = observed;
    response.on('close', () => end(request, response, performance.now() - begin, observed));
    return observed;
  };
}

/** What is seen of a request since Fastify's first hook, or since before it. */
export function observedOf({ observed }: IncomingMessage): Observed {
  if (observed === undefined) throw new Error('A request is not observed');
  return observed;
}

function traceparentIn({ traceparent }: IncomingHttpHeaders): string | undefined {
  return typeof traceparent === 'string' ? traceparent : undefined;
}

/** Not the query string: it may hold variables. */
function pathOf(url: string): string {
  const end = url.indexOf('?');
  return end === -1 ? url : url.slice(0, end);
}
