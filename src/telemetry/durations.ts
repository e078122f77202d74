/** Histograms that cost some comparisons an observation: prom-client's join and hash their labels each time. */

/** Where durations of the same labels are entered. */
export interface Series {
  observe(seconds: number): void;
}

export interface Durations {
  /** Makes a place anew: to be kept by whoever enters durations. */
  series(labels: Readonly<Record<string, string>>): Series;
  /** In Prometheus' text format. */
  text(): string;
}

/** In seconds; ascending. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15];

export function createDurations(name: string, help: string): Durations {
  const texts: (() => string)[] = [];
  return {
    series(labels) {
      // Of each bucket those that are in none below; the last is for what is beyond all.
      const counts = new Array<number>(BUCKETS.length + 1).fill(0);
      let sum = 0;
      texts.push(() => seriesText(name, labels, counts, sum));
      return {
        observe(seconds) {
          let bucket = 0;
          while (seconds > (BUCKETS[bucket] ?? Number.POSITIVE_INFINITY)) bucket += 1;
          counts[bucket] = (counts[bucket] ?? 0) + 1;
          sum += seconds;
        },
      };
    },
    text: () => [`# HELP ${name} ${help}`, `# TYPE ${name} histogram`, ...texts.map((text) => text()), ''].join('\n'),
  };
}

function seriesText(
  name: string,
  labels: Readonly<Record<string, string>>,
  counts: readonly number[],
  sum: number,
): string {
  const own = Object.entries(labels).map(([label, value]) => `${label}="${escapeValue(value)}"`);
  let count = 0;
  const buckets = [...BUCKETS, '+Inf'].map((bound, index) => {
    count += counts[index] ?? 0;
    return `${name}_bucket{${[...own, `le="${bound}"`].join(',')}} ${count}`;
  });
  return [...buckets, `${name}_sum{${own.join(',')}} ${sum}`, `${name}_count{${own.join(',')}} ${count}`].join('\n');
}

function escapeValue(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
