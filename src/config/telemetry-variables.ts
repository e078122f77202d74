/** The standard variables of OpenTelemetry, and what they configure. */
import type { SamplerName } from '../telemetry/sampler.ts';
import { type Declare, httpUrl, integer, keyValues, name, oneOf, ratio } from './parsers.ts';

/** Where telemetry goes, and how. */
export interface TelemetryConfig {
  /** Null for none. */
  readonly tracesUrl: string | null;
  /** Null for none. */
  readonly metricsUrl: string | null;
  readonly headers: Readonly<Record<string, string>>;
  readonly resourceAttributes: Readonly<Record<string, string>>;
  readonly sampler: SamplerName;
  /** The share of traces, from 0 to 1, of the samplers that have a ratio. */
  readonly samplerRatio: number;
  readonly metricsIntervalMs: number;
}

export function declareTelemetryVariables(variable: Declare) {
  return {
    otlpEndpoint: variable.optional(
      'OTEL_EXPORTER_OTLP_ENDPOINT',
      'The URL of an OpenTelemetry collector that receives traces and metrics by OTLP over HTTP, at `/v1/traces` and `/v1/metrics` below it. When not set, nothing is sent',
      httpUrl,
    ),
    otlpTracesEndpoint: variable.optional(
      'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT',
      'The complete URL that receives traces, such as `http://127.0.0.1:4318/v1/traces`. When not set: below `OTEL_EXPORTER_OTLP_ENDPOINT`',
      httpUrl,
    ),
    otlpMetricsEndpoint: variable.optional(
      'OTEL_EXPORTER_OTLP_METRICS_ENDPOINT',
      'The complete URL that receives metrics, such as `http://127.0.0.1:4318/v1/metrics`. When not set: below `OTEL_EXPORTER_OTLP_ENDPOINT`',
      httpUrl,
    ),
    otlpHeaders: variable.optional(
      'OTEL_EXPORTER_OTLP_HEADERS',
      'Headers to send to the collector, such as its API key',
      { ...keyValues, secret: true },
    ),
    metricsIntervalMs: variable(
      'OTEL_METRIC_EXPORT_INTERVAL',
      'How often metrics are sent to the collector, in milliseconds',
      integer(100, 3_600_000),
      '60000',
    ),
    sampler: variable(
      'OTEL_TRACES_SAMPLER',
      'Which requests are traced. `parentbased_…` follows the decision of a caller that sends `traceparent`',
      oneOf<SamplerName>(
        'always_on',
        'always_off',
        'traceidratio',
        'parentbased_always_on',
        'parentbased_always_off',
        'parentbased_traceidratio',
      ),
      'parentbased_always_on',
    ),
    samplerRatio: variable(
      'OTEL_TRACES_SAMPLER_ARG',
      'The share of requests that are traced, for `traceidratio` and `parentbased_traceidratio`',
      ratio,
      '1',
    ),
    serviceName: variable.optional(
      'OTEL_SERVICE_NAME',
      'The name of the gateway in traces and metrics. When not set: `service.name` of `OTEL_RESOURCE_ATTRIBUTES`, otherwise `glance-graphql`',
      name,
    ),
    resourceAttributes: variable.optional(
      'OTEL_RESOURCE_ATTRIBUTES',
      'Attributes of the gateway in traces and metrics, such as `deployment.environment.name=production`',
      keyValues,
    ),
  };
}

export function toTelemetryConfig({
  otlpEndpoint,
  otlpTracesEndpoint,
  otlpMetricsEndpoint,
  otlpHeaders,
  serviceName,
  resourceAttributes,
  sampler,
  samplerRatio,
  metricsIntervalMs,
}: ReturnType<typeof declareTelemetryVariables>): TelemetryConfig {
  const below = (path: string) => (otlpEndpoint === null ? null : `${otlpEndpoint.replace(/\/$/, '')}${path}`);
  return {
    tracesUrl: otlpTracesEndpoint ?? below('/v1/traces'),
    metricsUrl: otlpMetricsEndpoint ?? below('/v1/metrics'),
    headers: otlpHeaders ?? {},
    resourceAttributes: {
      'service.name': 'glance-graphql',
      ...resourceAttributes,
      ...(serviceName !== null && { 'service.name': serviceName }),
    },
    sampler,
    samplerRatio,
    metricsIntervalMs,
  };
}
