/** Telemetry that is sent to an OpenTelemetry collector. Nothing of OpenTelemetry is loaded where none is configured. */
import type { TelemetryConfig } from './config/telemetry-variables.ts';
import type { Logger } from './telemetry/logger.ts';
import type { Metrics } from './telemetry/metrics.ts';
import type { OtlpOptions } from './telemetry/otlp.ts';
import type { Tracing } from './telemetry/tracing.ts';
import { VERSION } from './version.ts';

export interface Collector {
  /** Null where requests are not traced. */
  readonly tracing: Tracing | null;
  /** Sends what is left, within a timeout. */
  shutdown(): Promise<void>;
}

export async function connectCollector(config: TelemetryConfig, logger: Logger, metrics: Metrics): Promise<Collector> {
  const { tracesUrl, metricsUrl } = config;
  const tracing =
    tracesUrl === null ? null : await openTracing(config, otlpOptions(config, logger, 'traces', tracesUrl));
  const push =
    metricsUrl === null ? null : await openPush(config, otlpOptions(config, logger, 'metrics', metricsUrl), metrics);
  return {
    tracing,
    async shutdown() {
      await Promise.all([tracing?.shutdown(), push?.shutdown()]);
    },
  };
}

async function openTracing({ sampler, samplerRatio }: TelemetryConfig, options: OtlpOptions) {
  const { createTracing } = await import('./telemetry/tracing.ts');
  return createTracing({ ...options, sampler, samplerRatio });
}

async function openPush({ metricsIntervalMs }: TelemetryConfig, options: OtlpOptions, { families }: Metrics) {
  const { createMetricsPush } = await import('./telemetry/metrics-push.ts');
  return createMetricsPush({ ...options, intervalMs: metricsIntervalMs, collect: families });
}

function otlpOptions(
  { headers, resourceAttributes }: TelemetryConfig,
  logger: Logger,
  signal: string,
  url: string,
): OtlpOptions {
  return {
    url,
    headers,
    resourceAttributes,
    version: VERSION,
    onReachable(isReachable, cause) {
      if (isReachable) logger.info({ signal }, 'The OpenTelemetry collector accepts data');
      else logger.warn({ signal, err: cause }, 'The OpenTelemetry collector does not accept data, which is dropped');
    },
  };
}
