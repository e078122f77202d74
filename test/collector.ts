/** An OpenTelemetry collector: keeps what it receives by OTLP over HTTP. */
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { listen } from './listen.ts';

type AttributeValues = readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[];

export interface ReceivedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly attributes: AttributeValues;
  readonly status: { readonly code?: number };
}

interface DataPoint {
  readonly attributes: AttributeValues;
  readonly startTimeUnixNano: string;
  readonly asDouble?: number;
  readonly bucketCounts?: readonly number[];
  readonly explicitBounds?: readonly number[];
  readonly count?: number;
  readonly sum?: number;
}

interface Points {
  readonly dataPoints: readonly DataPoint[];
}

export interface ReceivedMetric {
  readonly name: string;
  readonly description: string;
  readonly unit: string;
  readonly sum?: Points & { readonly isMonotonic: boolean; readonly aggregationTemporality: number };
  readonly gauge?: Points;
  readonly histogram?: Points;
}

interface Resource {
  readonly attributes: AttributeValues;
}

interface Body {
  readonly resourceSpans?: readonly {
    readonly resource: Resource;
    readonly scopeSpans: readonly { readonly spans: readonly ReceivedSpan[] }[];
  }[];
  readonly resourceMetrics?: readonly {
    readonly resource: Resource;
    readonly scopeMetrics: readonly { readonly metrics: readonly ReceivedMetric[] }[];
  }[];
}

export interface Collector extends AsyncDisposable {
  readonly url: string;
  readonly requests: readonly { readonly path: string; readonly headers: IncomingHttpHeaders; readonly text: string }[];
  readonly spans: readonly ReceivedSpan[];
  /** As sent last. */
  readonly metrics: ReadonlyMap<string, ReceivedMetric>;
  /** The attributes of the process, as sent last. */
  readonly resource: Readonly<Record<string, unknown>>;
  /** The status of the next responses. */
  status: number;
}

export async function startCollector(): Promise<Collector> {
  const spans: ReceivedSpan[] = [];
  const metrics = new Map<string, ReceivedMetric>();
  const requests: { path: string; headers: IncomingHttpHeaders; text: string }[] = [];
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    requests.push({ path: request.url ?? '', headers: request.headers, text });
    const { resourceSpans = [], resourceMetrics = [] }: Body = JSON.parse(text);
    for (const { resource } of [...resourceSpans, ...resourceMetrics]) collector.resource = attributesOf(resource);
    for (const { scopeSpans } of resourceSpans) for (const scope of scopeSpans) spans.push(...scope.spans);
    for (const { scopeMetrics } of resourceMetrics)
      for (const scope of scopeMetrics) for (const metric of scope.metrics) metrics.set(metric.name, metric);
    response.writeHead(collector.status, { 'Content-Type': 'application/json' }).end('{}');
  });
  const collector = {
    url: `http://127.0.0.1:${await listen(server)}`,
    requests,
    spans,
    metrics,
    resource: {},
    status: 200,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
    },
  };
  return collector;
}

export const attributesOf = ({ attributes }: { readonly attributes: AttributeValues }) =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
