/** A histogram with child handles. prom-client joins and hashes the labels at each observation; a child looks up nothing. */

/** The histogram of one combination of label values. */
export interface Child {
  observe(seconds: number): void;
}

export interface Histogram {
  /** Creates the child of a combination of label values. Callers keep it: a second call creates a duplicate. */
  child(labels: Readonly<Record<string, string>>): Child;
  /** Renders Prometheus' text format. */
  text(): string;
}

/** Upper bounds in seconds, ascending. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15];

export function createHistogram(name: string, help: string): Histogram {
  const children: (() => string)[] = [];
  return {
    child(labels) {
      // Not cumulative: each observation is counted in one bucket. The last bucket is +Inf.
      const counts = new Array<number>(BUCKETS.length + 1).fill(0);
      let sum = 0;
      children.push(() => childText(name, labels, counts, sum));
      return {
        observe(seconds) {
          let bucket = 0;
          while (seconds > (BUCKETS[bucket] ?? Number.POSITIVE_INFINITY)) bucket += 1;
          counts[bucket] = (counts[bucket] ?? 0) + 1;
          sum += seconds;
        },
      };
    },
    text: () =>
      [`# HELP ${name} ${help}`, `# TYPE ${name} histogram`, ...children.map((text) => text()), ''].join('\n'),
  };
}

function childText(
  name: string,
  labels: Readonly<Record<string, string>>,
  counts: readonly number[],
  sum: number,
): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}="${escapeValue(value)}"`);
  let count = 0;
  const buckets = [...BUCKETS, '+Inf'].map((bound, index) => {
    count += counts[index] ?? 0;
    return `${name}_bucket{${[...pairs, `le="${bound}"`].join(',')}} ${count}`;
  });
  return [...buckets, `${name}_sum{${pairs.join(',')}} ${sum}`, `${name}_count{${pairs.join(',')}} ${count}`].join(
    '\n',
  );
}

function escapeValue(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
