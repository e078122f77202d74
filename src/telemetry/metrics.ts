/** What the gateway counts, in Prometheus' text format. No label takes a value that a caller can make up. */
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { createDurations, type Series } from './durations.ts';
import type { Outcome, RequestReport } from './report.ts';

export interface Metrics {
  readonly contentType: string;
  text(): Promise<string>;
  requestBegins(): void;
  /** @param route as it is registered, or null where there is none */
  requestEnds(route: string | null, status: number): void;
  operationEnds(report: RequestReport, seconds: number): void;
  upstreamAnswers(observation: UpstreamObservation): void;
  sharedCacheLooks(result: string): void;
  breakerChanges(service: string, region: string | null, state: keyof typeof BREAKER_VALUES): void;
}

export interface UpstreamObservation {
  readonly service: string;
  /** Null where a call concerns no region. */
  readonly region: string | null;
  readonly call: string;
  /** The HTTP status, or the kind of failure. */
  readonly result: number | string;
  readonly seconds: number;
}

const BREAKER_VALUES = { closed: 0, 'half-open': 0.5, open: 1 } as const;

/** Scraping may be frequent, and is never work for more than one. In milliseconds. */
const TEXT_KEPT_MS = 500;
/** Regions come from catalogs; beyond so many they are counted together. */
const MAX_REGIONS = 100;

export function createMetrics(version: string): Metrics {
  const register = new Registry();
  const registers = [register];
  let running = 0;
  collectDefaultMetrics({ register });

  new Gauge({
    name: 'glance_graphql_build_info',
    help: 'Which gateway this is; always 1',
    labelNames: ['version'],
    registers,
  }).set({ version }, 1);
  new Gauge({
    name: 'glance_graphql_requests_in_flight',
    help: 'HTTP requests that are being answered',
    registers,
    collect() {
      this.set(running);
    },
  });
  const requests = countedBy(registers, 'glance_graphql_http_requests_total', 'HTTP requests answered', [
    'route',
    'status',
  ]);
  const answers = countedBy(
    registers,
    'glance_graphql_answers_total',
    'Answers of Glance given to a request, by origin',
    ['call', 'from'],
  );
  const errors = new Counter({
    name: 'glance_graphql_errors_total',
    help: 'Requests with an error of this code',
    labelNames: ['code'],
    registers,
  });
  const operations = createDurations(
    'glance_graphql_operation_duration_seconds',
    'Time to answer a GraphQL request, by whether all of the data came, some, or none',
  );
  const byOutcome: Record<Outcome, Series> = {
    ok: operations.series({ outcome: 'ok' }),
    partial: operations.series({ outcome: 'partial' }),
    failed: operations.series({ outcome: 'failed' }),
  };
  const upstream = createDurations(
    'glance_graphql_upstream_duration_seconds',
    'Time of a call to Glance or Keystone, by HTTP status or kind of failure',
  );
  const upstreamSeries = new Map<string, Series>();
  const breakers = new Gauge({
    name: 'glance_graphql_breaker_open',
    help: 'Whether an upstream is not asked for now: 1, or 0.5 while it is tried, or 0',
    labelNames: ['service', 'region'],
    registers,
  });
  const looks = new Counter({
    name: 'glance_graphql_shared_cache_looks_total',
    help: 'Looks into the cache that gateways share: hit, miss, late, error, or rejected for not being what it should',
    labelNames: ['result'],
    registers,
  });
  const known = bounded(MAX_REGIONS);
  const regionLabel = (region: string | null) => (region === null ? '' : known(region));
  let scraped: { readonly at: number; readonly text: Promise<string> } | null = null;

  async function scrape(): Promise<string> {
    return `${await register.metrics()}\n${operations.text()}\n${upstream.text()}`;
  }

  return {
    contentType: register.contentType,
    text() {
      const now = performance.now();
      if (scraped === null || now - scraped.at > TEXT_KEPT_MS) scraped = { at: now, text: scrape() };
      return scraped.text;
    },
    requestBegins() {
      running += 1;
    },
    requestEnds(route, status) {
      running -= 1;
      requests(route ?? 'none', String(status));
    },
    operationEnds({ outcome, codes, calls }, seconds) {
      byOutcome[outcome].observe(seconds);
      for (const code of codes) errors.inc({ code });
      for (const { call, from } of calls) answers(call, from);
    },
    upstreamAnswers({ service, region, call, result, seconds }) {
      const label = regionLabel(region);
      const key = `${service} ${call} ${result} ${label}`;
      let series = upstreamSeries.get(key);
      if (series === undefined) {
        series = upstream.series({ service, region: label, call, result: String(result) });
        upstreamSeries.set(key, series);
      }
      series.observe(seconds);
    },
    sharedCacheLooks: (result) => looks.inc({ result }),
    breakerChanges(service, region, state) {
      breakers.set({ service, region: regionLabel(region) }, BREAKER_VALUES[state]);
    },
  };
}

/** A counter of two labels whose counts are kept beside the library, which joins labels at each increment, until scraped. */
function countedBy<Label extends string>(
  registers: Registry[],
  name: string,
  help: string,
  [one, other]: readonly [Label, Label],
): (one: string, other: string) => void {
  const counts = new Map<string, Map<string, number>>();
  new Counter({
    name,
    help,
    labelNames: [one, other],
    registers,
    collect() {
      this.reset();
      for (const [first, inner] of counts) for (const [second, count] of inner) this.labels(first, second).inc(count);
    },
  });
  return (first, second) => {
    let inner = counts.get(first);
    if (inner === undefined) {
      inner = new Map();
      counts.set(first, inner);
    }
    inner.set(second, (inner.get(second) ?? 0) + 1);
  };
}

function bounded(most: number): (value: string) => string {
  const seen = new Set<string>();
  return (value) => {
    if (seen.size < most) seen.add(value);
    return seen.has(value) ? value : 'other';
  };
}
