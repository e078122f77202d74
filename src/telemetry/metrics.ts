/** The gateway's metrics. No label has a value that callers can choose. */
import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { LookupResult } from '../cache/redis.ts';
import type { CircuitState } from '../openstack/circuit-breaker.ts';
import type { CallInfo } from '../openstack/errors.ts';
import { type Child, createHistogram, toPrometheusText } from './histogram.ts';
import { type MetricFamily, toMetricFamily } from './metric-family.ts';
import type { Outcome, RequestSummary } from './request-summary.ts';

export interface Metrics {
  readonly contentType: string;
  /** In Prometheus' text format. */
  text(): Promise<string>;
  /** The same as data. */
  families(): Promise<readonly MetricFamily[]>;
  requestStarted(): void;
  /** HTTP requests whose response is not written completely. */
  requestsInFlight(): number;
  /** @param route the registered path, or null when no route matches */
  requestFinished(route: string | null, status: number): void;
  operationFinished(summary: RequestSummary, seconds: number): void;
  /** @param result the HTTP status or the reason of the error */
  upstreamRequestFinished(callInfo: CallInfo, result: number | string, seconds: number): void;
  sharedCacheLookup(result: LookupResult): void;
  /** There is one circuit breaker per endpoint and call. */
  circuitBreakerChanged(callInfo: CallInfo, state: CircuitState): void;
}

const CIRCUIT_VALUES: Readonly<Record<CircuitState, number>> = { closed: 0, 'half-open': 0.5, open: 1 };

/** How long rendered metrics are reused, in milliseconds, so that frequent scrapes cost little. */
const TEXT_TTL_MS = 500;
/** Regions come from catalogs. Further ones have the label value `other`. */
const MAX_REGIONS = 100;

/** @param droppedLogLines the number of log lines since the start that were not written */
export function createMetrics(version: string, droppedLogLines: () => number): Metrics {
  const register = new Registry();
  const registers = [register];
  let inFlight = 0;
  collectDefaultMetrics({ register });

  new Gauge({
    name: 'glance_graphql_build_info',
    help: 'The version of the gateway; always 1',
    labelNames: ['version'],
    registers,
  }).set({ version }, 1);
  new Gauge({
    name: 'glance_graphql_requests_in_flight',
    help: 'HTTP requests in flight',
    registers,
    collect() {
      this.set(inFlight);
    },
  });
  new Counter({
    name: 'glance_graphql_log_lines_dropped_total',
    help: 'Log lines that were not written, as standard output is not read or fails',
    registers,
    collect() {
      this.reset();
      this.inc(droppedLogLines());
    },
  });
  const requests = createCounter(registers, 'glance_graphql_http_requests_total', 'HTTP requests by route and status', [
    'route',
    'status',
  ]);
  const cacheResults = createCounter(
    registers,
    'glance_graphql_cache_results_total',
    'Results of calls in GraphQL requests, by where they come from: miss, coalesced, hit, shared_hit or stale',
    ['call', 'cache'],
  );
  const errors = new Counter({
    name: 'glance_graphql_errors_total',
    help: 'GraphQL requests with an error of this code',
    labelNames: ['code'],
    registers,
  });
  const operations = createHistogram(
    'glance_graphql_operation_duration_seconds',
    'Duration of a GraphQL request, by outcome: ok for all of the data, partial, or failed',
  );
  const byOutcome: Record<Outcome, Child> = {
    ok: operations.child({ outcome: 'ok' }),
    partial: operations.child({ outcome: 'partial' }),
    failed: operations.child({ outcome: 'failed' }),
  };
  const upstream = createHistogram(
    'glance_graphql_upstream_request_duration_seconds',
    'Duration of a request to Glance or Keystone, by HTTP status or reason of the error',
  );
  const histograms = [operations, upstream];
  const upstreamChildren = new Map<string, Child>();
  const circuits = new Gauge({
    name: 'glance_graphql_circuit_breaker_state',
    help: 'State of the circuit breaker of an endpoint and call: 0 closed, 0.5 half-open, 1 open',
    labelNames: ['service', 'region', 'call'],
    registers,
  });
  const lookups = new Counter({
    name: 'glance_graphql_shared_cache_lookups_total',
    help: 'Lookups in the cache that gateways share, by result: hit, miss, timeout, error, or rejected for an invalid entry',
    labelNames: ['result'],
    registers,
  });
  const boundedRegion = limitValues(MAX_REGIONS);
  const regionLabel = (region: string | null) => (region === null ? '' : boundedRegion(region));
  let scraped: { readonly at: number; readonly text: Promise<string> } | null = null;

  async function scrape(): Promise<string> {
    return [await register.metrics(), ...histograms.map((histogram) => toPrometheusText(histogram.family()))].join(
      '\n',
    );
  }

  return {
    contentType: register.contentType,
    text() {
      const now = performance.now();
      if (scraped === null || now - scraped.at > TEXT_TTL_MS) scraped = { at: now, text: scrape() };
      return scraped.text;
    },
    async families() {
      const metrics = await register.getMetricsAsJSON();
      return [...metrics.map(toMetricFamily), ...histograms.map((histogram) => histogram.family())];
    },
    requestStarted() {
      inFlight += 1;
    },
    requestsInFlight: () => inFlight,
    requestFinished(route, status) {
      inFlight -= 1;
      requests(route ?? 'none', String(status));
    },
    operationFinished({ outcome, codes, calls }, seconds) {
      byOutcome[outcome].observe(seconds);
      for (const code of codes) errors.inc({ code });
      for (const { call, cache } of calls) cacheResults(call, cache);
    },
    upstreamRequestFinished({ service, region, call }, result, seconds) {
      const label = regionLabel(region);
      const key = `${service} ${call} ${result} ${label}`;
      let child = upstreamChildren.get(key);
      if (child === undefined) {
        child = upstream.child({ service, region: label, call, result: String(result) });
        upstreamChildren.set(key, child);
      }
      child.observe(seconds);
    },
    sharedCacheLookup: (result) => lookups.inc({ result }),
    circuitBreakerChanged({ service, region, call }, state) {
      circuits.set({ service, region: regionLabel(region), call }, CIRCUIT_VALUES[state]);
    },
  };
}

/** A counter with two labels. Counts are handed to prom-client when it is scraped, as it joins labels at each increment. */
function createCounter<Label extends string>(
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

/** Replaces further values with `other` after a number of distinct ones. */
function limitValues(max: number): (value: string) => string {
  const seen = new Set<string>();
  return (value) => {
    if (seen.size < max) seen.add(value);
    return seen.has(value) ? value : 'other';
  };
}
