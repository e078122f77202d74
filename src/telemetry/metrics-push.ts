/** Sends the metrics of `/metrics` to an OpenTelemetry collector at an interval. Loaded only when one is configured. */
import { ValueType } from '@opentelemetry/api';
import { millisToHrTime } from '@opentelemetry/core';
import { OTLPMetricExporter } from '@opentelemetry/exporter-metrics-otlp-http';
import {
  AggregationTemporality,
  type CollectionResult,
  DataPointType,
  MeterProvider,
  type MetricData,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics';
import type { HistogramSeries, MetricFamily } from './metric-family.ts';
import { createResource, EXPORT_TIMEOUT_MS, type OtlpOptions, reportTo, withinShutdownTime } from './otlp.ts';

export interface MetricsPushOptions extends OtlpOptions {
  readonly intervalMs: number;
  readonly collect: () => Promise<readonly MetricFamily[]>;
}

export interface MetricsPush {
  /** Sends the metrics a last time, within a timeout. */
  shutdown(): Promise<void>;
}

export function createMetricsPush(options: MetricsPushOptions): MetricsPush {
  const { url, headers, intervalMs, version, collect, onReachable } = options;
  const resource = createResource(options);
  const startedAt = Date.now();
  const producer = {
    async collect(): Promise<CollectionResult> {
      const interval = { startTime: millisToHrTime(startedAt), endTime: millisToHrTime(Date.now()) };
      const metrics = (await collect()).map((family) => toMetricData(family, interval));
      const scope = { name: 'glance-graphql', version };
      return { resourceMetrics: { resource, scopeMetrics: [{ scope, metrics }] }, errors: [] };
    },
  };
  const timeoutMillis = Math.min(EXPORT_TIMEOUT_MS, intervalMs);
  const exporter = reportTo(onReachable, new OTLPMetricExporter({ url, headers, timeoutMillis }));
  const reader = new PeriodicExportingMetricReader({
    exporter,
    exportIntervalMillis: intervalMs,
    exportTimeoutMillis: timeoutMillis,
    metricProducers: [producer],
  });
  const provider = new MeterProvider({ resource, readers: [reader] });
  return { shutdown: () => withinShutdownTime(provider.shutdown()) };
}

type Interval = Pick<MetricData['dataPoints'][number], 'startTime' | 'endTime'>;

function toMetricData(family: MetricFamily, interval: Interval): MetricData {
  const { name, help, type } = family;
  const metric = {
    descriptor: { name, description: help, unit: unitOf(name), valueType: ValueType.DOUBLE },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
  };
  if (type === 'histogram') {
    const { bounds, series } = family;
    const dataPoints = series.map(({ labels, counts, sum }) => ({
      ...interval,
      attributes: labels,
      value: { buckets: { boundaries: [...bounds], counts: [...counts] }, count: total(counts), sum },
    }));
    return { ...metric, dataPointType: DataPointType.HISTOGRAM, dataPoints };
  }
  const dataPoints = family.series.map(({ labels, value }) => ({ ...interval, attributes: labels, value }));
  return type === 'counter'
    ? { ...metric, dataPointType: DataPointType.SUM, isMonotonic: true, dataPoints }
    : { ...metric, dataPointType: DataPointType.GAUGE, dataPoints };
}

function total(counts: HistogramSeries['counts']): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

/** In UCUM, as OpenTelemetry requires. */
function unitOf(name: string): string {
  if (/_seconds(_total)?$/.test(name)) return 's';
  return name.endsWith('_bytes') ? 'By' : '';
}
