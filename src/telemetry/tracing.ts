/**
 * Sends spans of each request, its GraphQL operation and its upstream calls to an OpenTelemetry collector. Loaded only when one is
 * configured. Attributes are names, regions, statuses and codes: no tokens, addresses or queries.
 */
import { context, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import type { RequestSummary } from './request-summary.ts';

export interface TracingOptions {
  /** The collector's URL, for example `http://127.0.0.1:4318`. */
  readonly endpoint: string;
  readonly serviceName: string;
  readonly version: string;
}

/** The span of an upstream call in flight. */
export interface CallSpan {
  /** The header for the upstream, whose spans become children of this one. */
  readonly traceparent: string;
  end(result: number | string): void;
}

export interface RequestTrace {
  startCall(call: { readonly service: string; readonly call: string; readonly region: string | null }): CallSpan;
  /** @param summary null when the request is not a GraphQL request */
  end(status: number, summary: RequestSummary | null): void;
}

export interface Tracing {
  /**
   * @param route the registered path, or null when no route matches
   * @param traceparent the caller's header; the request's span joins its trace
   */
  startRequest(method: string, route: string | null, traceparent: string | undefined): RequestTrace;
  /** Exports the remaining spans, within a timeout. */
  shutdown(): Promise<void>;
}

const OPERATIONS_ROUTE = '/graphql';
/** In milliseconds. A slow collector delays no request: spans are queued, and dropped when the queue is full. */
const EXPORT_TIMEOUT_MS = 5000;
const SHUTDOWN_TIMEOUT_MS = 2000;

export function createTracing({ endpoint, serviceName, version }: TracingOptions): Tracing {
  const exporter = new OTLPTraceExporter({
    url: `${endpoint.replace(/\/$/, '')}/v1/traces`,
    timeoutMillis: EXPORT_TIMEOUT_MS,
  });
  const provider = new TracerProvider({
    resource: defaultResource().merge(
      resourceFromAttributes({ 'service.name': serviceName, 'service.version': version }),
    ),
    spanProcessors: [new BatchSpanProcessor({ exporter, exportTimeoutMillis: EXPORT_TIMEOUT_MS })],
  });
  const tracer = provider.getTracer('glance-graphql', version);

  return {
    startRequest(method, route, traceparent) {
      const name = route === null ? method : `${method} ${route}`;
      const attributes = { 'http.request.method': method, ...(route !== null && { 'http.route': route }) };
      const span = tracer.startSpan(name, { kind: SpanKind.SERVER, attributes }, remoteContext(traceparent));
      const requestContext = trace.setSpan(context.active(), span);
      const operation = route === OPERATIONS_ROUTE ? tracer.startSpan('query', {}, requestContext) : null;
      const parent = operation === null ? requestContext : trace.setSpan(requestContext, operation);
      return {
        startCall({ service, call, region }) {
          const attributes = {
            'openstack.service': service,
            'openstack.call': call,
            ...(region !== null && { 'openstack.region': region }),
          };
          return toCallSpan(tracer.startSpan(`${service} ${call}`, { kind: SpanKind.CLIENT, attributes }, parent));
        },
        end(status, summary) {
          if (operation !== null && summary !== null) describe(operation, summary);
          operation?.end();
          span.setAttribute('http.response.status_code', status);
          if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
          span.end();
        },
      };
    },
    async shutdown() {
      await Promise.race([
        provider.shutdown(),
        new Promise((resolve) => setTimeout(resolve, SHUTDOWN_TIMEOUT_MS).unref()),
      ]);
    },
  };
}

function toCallSpan(span: Span): CallSpan {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return {
    traceparent: `00-${traceId}-${spanId}-${traceFlags.toString(16).padStart(2, '0')}`,
    end(result) {
      if (typeof result === 'number') span.setAttribute('http.response.status_code', result);
      else span.setAttribute('error.type', result);
      if (typeof result === 'string' || result >= 400) span.setStatus({ code: SpanStatusCode.ERROR });
      span.end();
    },
  };
}

function describe(span: Span, { operation, outcome, codes, fields }: RequestSummary): void {
  if (operation !== null) span.updateName(`query ${operation}`).setAttribute('graphql.operation.name', operation);
  span.setAttributes({ 'graphql.operation.type': 'query', 'graphql.outcome': outcome, 'graphql.fields': [...fields] });
  if (codes.length > 0) span.setAttribute('graphql.error.codes', [...codes]);
  if (outcome === 'failed') span.setStatus({ code: SpanStatusCode.ERROR });
}

/** The context of the caller's `traceparent` (W3C Trace Context); without a valid header a new trace is started. */
function remoteContext(traceparent: string | undefined) {
  const [, traceId = '', spanId = '', flags = ''] =
    /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(traceparent ?? '') ?? [];
  const isValid = /[1-9a-f]/.test(traceId) && /[1-9a-f]/.test(spanId);
  const active = context.active();
  return isValid
    ? trace.setSpanContext(active, { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1, isRemote: true })
    : active;
}
