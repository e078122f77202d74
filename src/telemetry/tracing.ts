/**
 * Spans of each request, its GraphQL operation and its upstream calls, sent to an OpenTelemetry collector. Loaded only where there
 * is one. Attributes are names, regions, statuses and codes: no token, no address, no query.
 */
import { context, type Span, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { defaultResource, resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { RequestReport } from './report.ts';

export interface TracingOptions {
  /** Of the collector, as `http://127.0.0.1:4318`. */
  readonly endpoint: string;
  readonly serviceName: string;
  readonly version: string;
}

/** An upstream call under way. */
export interface CallSpan {
  /** Goes along, so that the upstream's spans belong to ours. */
  readonly traceparent: string;
  end(result: number | string): void;
}

export interface RequestTrace {
  beginCall(call: { readonly service: string; readonly call: string; readonly region: string | null }): CallSpan;
  /** @param report null where a request is not for GraphQL */
  end(status: number, report: RequestReport | null): void;
}

export interface Tracing {
  /**
   * @param route as it is registered, or null where there is none
   * @param traceparent the caller's header, whose trace goes on then
   */
  beginRequest(method: string, route: string | null, traceparent: string | undefined): RequestTrace;
  /** Sends what is left, for a while. */
  shutdown(): Promise<void>;
}

const OPERATIONS_ROUTE = '/graphql';
/** A collector that hangs holds up nothing but its own spans, which are dropped beyond a number. In milliseconds. */
const EXPORT_TIMEOUT_MS = 5000;
const SHUTDOWN_MS = 2000;

export function createTracing({ endpoint, serviceName, version }: TracingOptions): Tracing {
  const exporter = new OTLPTraceExporter({
    url: `${endpoint.replace(/\/$/, '')}/v1/traces`,
    timeoutMillis: EXPORT_TIMEOUT_MS,
  });
  const provider = new BasicTracerProvider({
    resource: defaultResource().merge(
      resourceFromAttributes({ 'service.name': serviceName, 'service.version': version }),
    ),
    spanProcessors: [new BatchSpanProcessor(exporter, { exportTimeoutMillis: EXPORT_TIMEOUT_MS })],
  });
  const tracer = provider.getTracer('glance-graphql', version);

  return {
    beginRequest(method, route, traceparent) {
      const name = route === null ? method : `${method} ${route}`;
      const attributes = { 'http.request.method': method, ...(route !== null && { 'http.route': route }) };
      const span = tracer.startSpan(name, { kind: SpanKind.SERVER, attributes }, remoteContext(traceparent));
      const withinRequest = trace.setSpan(context.active(), span);
      const operation = route === OPERATIONS_ROUTE ? tracer.startSpan('query', {}, withinRequest) : null;
      const within = operation === null ? withinRequest : trace.setSpan(withinRequest, operation);
      return {
        beginCall({ service, call, region }) {
          const attributes = {
            'openstack.service': service,
            'openstack.call': call,
            ...(region !== null && { 'openstack.region': region }),
          };
          return toCallSpan(tracer.startSpan(`${service} ${call}`, { kind: SpanKind.CLIENT, attributes }, within));
        },
        end(status, report) {
          if (operation !== null && report !== null) describe(operation, report);
          operation?.end();
          span.setAttribute('http.response.status_code', status);
          if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
          span.end();
        },
      };
    },
    async shutdown() {
      await Promise.race([provider.shutdown(), new Promise((resolve) => setTimeout(resolve, SHUTDOWN_MS).unref())]);
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

function describe(span: Span, { operation, outcome, codes, fields }: RequestReport): void {
  if (operation !== null) span.updateName(`query ${operation}`).setAttribute('graphql.operation.name', operation);
  span.setAttributes({ 'graphql.operation.type': 'query', 'graphql.outcome': outcome, 'graphql.fields': [...fields] });
  if (codes.length > 0) span.setAttribute('graphql.error.codes', [...codes]);
  if (outcome === 'failed') span.setStatus({ code: SpanStatusCode.ERROR });
}

/** What the caller's `traceparent` says (W3C Trace Context), or a new trace where it says nothing that is one. */
function remoteContext(traceparent: string | undefined) {
  const [, traceId = '', spanId = '', flags = ''] =
    /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(traceparent ?? '') ?? [];
  const isValid = /[1-9a-f]/.test(traceId) && /[1-9a-f]/.test(spanId);
  const active = context.active();
  return isValid
    ? trace.setSpanContext(active, { traceId, spanId, traceFlags: Number.parseInt(flags, 16) & 1, isRemote: true })
    : active;
}
