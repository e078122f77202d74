/**
 * Sends spans of each request, its GraphQL operation and its upstream requests to an OpenTelemetry collector, with the names and
 * attributes of OpenTelemetry's semantic conventions for HTTP and GraphQL. Loaded only when a collector is configured. No attribute
 * has a token, a query or variables.
 */
import type { IncomingHttpHeaders } from 'node:http';
import {
  type Attributes,
  type Context,
  defaultTextMapGetter,
  defaultTextMapSetter,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import type { CallSpan, CallTracer } from '../openstack/request.ts';
import { createResource, EXPORT_TIMEOUT_MS, type OtlpOptions, reportTo, withinShutdownTime } from './otlp.ts';
import type { RequestSummary } from './request-summary.ts';
import { createSampler, type SamplerName } from './sampler.ts';
import { methodOf, requestAttributes, type TracedRequest, upstreamAttributes } from './span-attributes.ts';

export interface TracingOptions extends OtlpOptions {
  readonly sampler: SamplerName;
  readonly samplerRatio: number;
}

export interface RequestTrace extends CallTracer {
  readonly spanId: string;
  /**
   * @param status null when the caller left before the response was sent
   * @param summary null when the request is not a GraphQL request
   */
  end(status: number | null, summary: RequestSummary | null): void;
}

export interface Tracing {
  /** @param headers the caller's; the request's span joins the trace that they name */
  startRequest(request: TracedRequest, headers: IncomingHttpHeaders): RequestTrace;
  /** Sends the remaining spans, within a timeout. */
  shutdown(): Promise<void>;
}

const OPERATION_ROUTES: ReadonlySet<string | null> = new Set(['/graphql', '/mcp']);

/** W3C Trace Context. Without a valid `traceparent` a new trace is started. */
const propagator = new W3CTraceContextPropagator();

export function createTracing(options: TracingOptions): Tracing {
  const { url, headers, sampler, samplerRatio, version, onReachable } = options;
  const exporter = reportTo(onReachable, new OTLPTraceExporter({ url, headers, timeoutMillis: EXPORT_TIMEOUT_MS }));
  const provider = new TracerProvider({
    resource: createResource(options),
    sampler: createSampler(sampler, samplerRatio),
    // Spans are queued, and dropped when the queue is full.
    spanProcessors: [new BatchSpanProcessor({ exporter, exportTimeoutMillis: EXPORT_TIMEOUT_MS })],
  });
  const tracer = provider.getTracer('glance-graphql', version);
  return {
    startRequest: (request, headers) =>
      startRequest(tracer, request, propagator.extract(ROOT_CONTEXT, headers, defaultTextMapGetter)),
    shutdown: () => withinShutdownTime(provider.shutdown()),
  };
}

function startRequest(tracer: Tracer, request: TracedRequest, caller: Context): RequestTrace {
  const { route } = request;
  const method = methodOf(request);
  const attributes = requestAttributes(request);
  const span = tracer.startSpan(
    route === null ? method : `${method} ${route}`,
    { kind: SpanKind.SERVER, attributes },
    caller,
  );
  const context = trace.setSpan(caller, span);
  const operation = OPERATION_ROUTES.has(route)
    ? tracer.startSpan('GraphQL Operation', { kind: SpanKind.SERVER }, context)
    : null;
  const parent = operation === null ? context : trace.setSpan(context, operation);
  const { traceId, spanId } = span.spanContext();
  return {
    traceId,
    spanId,
    startCall: (call, resends) => startCall(tracer, upstreamAttributes(call, resends), `GET ${call.path}`, parent),
    end(status, summary) {
      // A request that executes no operation has no span of one.
      if (operation !== null && summary !== null) describe(operation, summary).end();
      if (status !== null) span.setAttribute('http.response.status_code', status);
      if (status === null) fail(span, 'caller_disconnected');
      else if (status >= 500) fail(span, String(status));
      span.end();
    },
  };
}

function startCall(tracer: Tracer, attributes: Attributes, name: string, parent: Context): CallSpan {
  const span = tracer.startSpan(name, { kind: SpanKind.CLIENT, attributes }, parent);
  const headers: Record<string, string> = {};
  propagator.inject(trace.setSpan(parent, span), headers, defaultTextMapSetter);
  return {
    headers,
    end(result) {
      if (typeof result === 'number') span.setAttribute('http.response.status_code', result);
      // A call that no request waits for is cancelled, which is not an error.
      if (result !== 'aborted' && (typeof result === 'string' || result >= 400)) fail(span, String(result));
      span.end();
    },
  };
}

function describe(span: Span, { operation, outcome, codes, fields }: RequestSummary): Span {
  // The fields of an operation that was executed. The schema has queries only.
  if (fields.length > 0) span.updateName('query').setAttribute('graphql.operation.type', 'query');
  // The name is chosen by the caller, so it is not in the span's name.
  if (operation !== null) span.setAttribute('graphql.operation.name', operation);
  span.setAttributes({ 'glance_graphql.outcome': outcome, 'glance_graphql.fields': [...fields] });
  if (codes.length > 0) span.setAttribute('glance_graphql.error_codes', [...codes]);
  if (outcome === 'failed') fail(span, codes[0] ?? 'failed');
  return span;
}

function fail(span: Span, type: string): void {
  span.setAttribute('error.type', type).setStatus({ code: SpanStatusCode.ERROR });
}
