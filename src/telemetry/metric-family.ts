/** Metrics as data: all series of one name. */
import type { MetricObjectWithValues, MetricValue } from 'prom-client';

interface Described {
  readonly name: string;
  readonly help: string;
}

export type Labels = Readonly<Record<string, string>>;

export interface NumberFamily extends Described {
  readonly type: 'counter' | 'gauge';
  readonly series: readonly { readonly labels: Labels; readonly value: number }[];
}

export interface HistogramSeries {
  readonly labels: Labels;
  /** One for each bound, and one for all higher values; not cumulative. */
  readonly counts: readonly number[];
  readonly sum: number;
}

export interface HistogramFamily extends Described {
  readonly type: 'histogram';
  /** Upper bounds, ascending. */
  readonly bounds: readonly number[];
  readonly series: readonly HistogramSeries[];
}

export type MetricFamily = NumberFamily | HistogramFamily;

/** A metric of prom-client. The gateway has no summaries. */
export function toMetricFamily({
  name,
  help,
  type,
  values,
}: MetricObjectWithValues<MetricValue<string>>): MetricFamily {
  // The declared type is an enum of numbers, the value is its name.
  const typeName = String(type);
  if (typeName === 'histogram') return toHistogramFamily({ name, help }, values);
  return {
    name,
    help,
    type: typeName === 'counter' ? 'counter' : 'gauge',
    series: values.map(({ labels, value }) => ({ labels: toLabels(labels), value })),
  };
}

/** prom-client lists the buckets of a series, then its sum and its count. Buckets are cumulative. */
function toHistogramFamily(
  described: Described,
  values: readonly (MetricValue<string> & { metricName?: string })[],
): HistogramFamily {
  const series: HistogramSeries[] = [];
  let bounds: number[] = [];
  let cumulative: number[] = [];
  for (const { metricName, labels, value } of values) {
    if (metricName === `${described.name}_bucket`) {
      bounds.push(Number(labels.le));
      cumulative.push(value);
    } else if (metricName === `${described.name}_sum`) {
      const counts = cumulative.map((count, index) => count - (cumulative[index - 1] ?? 0));
      series.push({ labels: toLabels(labels), counts, sum: value });
      cumulative = [];
    }
  }
  bounds = [...new Set(bounds.filter(Number.isFinite))];
  return { ...described, type: 'histogram', bounds, series };
}

function toLabels(labels: Partial<Record<string, string | number>>): Labels {
  return Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, String(value)]));
}
