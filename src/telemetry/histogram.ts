/** A histogram with child handles. prom-client joins and hashes the labels at each observation; a child looks up nothing. */
import type { HistogramFamily, HistogramSeries, Labels } from './metric-family.ts';

/** The histogram of one combination of label values. */
export interface Child {
  observe(seconds: number): void;
}

export interface Histogram {
  /** Creates the child of a combination of label values. Callers keep it: a second call creates a duplicate. */
  child(labels: Labels): Child;
  /** The current values. */
  family(): HistogramFamily;
}

/** Upper bounds in seconds, ascending. */
const BOUNDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15];

export function createHistogram(name: string, help: string): Histogram {
  const children: (() => HistogramSeries)[] = [];
  return {
    child(labels) {
      // Not cumulative: each observation is counted in one bucket. The last bucket is +Inf.
      const counts = new Array<number>(BOUNDS.length + 1).fill(0);
      let sum = 0;
      children.push(() => ({ labels, counts, sum }));
      return {
        observe(seconds) {
          let bucket = 0;
          while (seconds > (BOUNDS[bucket] ?? Number.POSITIVE_INFINITY)) bucket += 1;
          counts[bucket] = (counts[bucket] ?? 0) + 1;
          sum += seconds;
        },
      };
    },
    family: () => ({ name, help, type: 'histogram', bounds: BOUNDS, series: children.map((series) => series()) }),
  };
}

/** Renders Prometheus' text format. */
export function toPrometheusText({ name, help, bounds, series }: HistogramFamily): string {
  const lines = [`# HELP ${name} ${help}`, `# TYPE ${name} histogram`];
  for (const { labels, counts, sum } of series) {
    const pairs = Object.entries(labels).map(([label, value]) => `${label}="${escapeValue(value)}"`);
    let count = 0;
    for (const [index, bound] of [...bounds, '+Inf'].entries()) {
      count += counts[index] ?? 0;
      lines.push(`${name}_bucket{${[...pairs, `le="${bound}"`].join(',')}} ${count}`);
    }
    lines.push(`${name}_sum{${pairs.join(',')}} ${sum}`, `${name}_count{${pairs.join(',')}} ${count}`);
  }
  return [...lines, ''].join('\n');
}

function escapeValue(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
