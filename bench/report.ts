/** Formats results as Markdown. */
import {
  CASE_NAMES,
  type ContenderResults,
  type GatewayResults,
  MANY_TOKENS,
  type ManyTokensResult,
  type OptionResults,
  OTHER_TTL_SECONDS,
  type SlowRegionResult,
  USAGE_TTL_SECONDS,
} from './cases.ts';
import type { Result } from './rounds.ts';
import type { Interval, Spread } from './statistics.ts';
import type { WorstRequestResult } from './worst-requests.ts';

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** Three significant digits; whole numbers from 100 on. A dash for NaN. */
export function formatNumber(value: number): string {
  if (Number.isNaN(value)) return '–';
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

/** The median, with the minimum and the maximum in parentheses. */
function formatSpread({ median, min, max }: Spread): string {
  const range = min === max || Number.isNaN(median) ? '' : ` (${formatNumber(min)}–${formatNumber(max)})`;
  return `${formatNumber(median)}${range}`;
}

const HEAD = ['CPU µs a request', 'requests a second', 'p50 ms', 'p99 ms', 'upstream calls a request'];

const cellsOf = ({ cpuMicros, perSecond, p50, p99, callsPerRequest }: Result) => [
  ...[cpuMicros, perSecond, p50, p99].map(formatSpread),
  callsPerRequest.median.toFixed(2),
];

export function formatResults(title: string, results: readonly Result[]): string {
  return table(
    [title, ...HEAD],
    results.map((result) => [result.name, ...cellsOf(result)]),
  );
}

export function formatContenders({ cases, startMs, peakMemoryMb }: ContenderResults): string {
  const names = [...startMs.keys()];
  const cpuOf = (name: string, results: readonly Result[] = []) =>
    formatNumber(results.find((result) => result.name === name)?.cpuMicros.median ?? Number.NaN);
  const overview = table(
    ['CPU µs a request', ...CASE_NAMES, 'peak MB', 'start s'],
    names.map((name) => [
      name,
      ...CASE_NAMES.map((caseName) => cpuOf(name, cases.get(caseName))),
      formatNumber(peakMemoryMb.get(name) ?? Number.NaN),
      formatNumber((startMs.get(name) ?? Number.NaN) / 1000),
    ]),
  );
  return [overview, ...CASE_NAMES.map((name) => formatResults(name, cases.get(name) ?? []))].join('\n\n');
}

export function formatOptions({ hot, cold }: OptionResults): string {
  return `${formatResults('Q2 hot', hot)}\n\n${formatResults('Q2 cold', cold)}`;
}

/** Upstream calls over the calls of a cache in which every token makes each call once a TTL. */
export function callsPerTtl({ result }: ManyTokensResult): number {
  const callsPerSecond = result.callsPerRequest.median * result.perSecond.median;
  return callsPerSecond / (MANY_TOKENS * (1 / USAGE_TTL_SECONDS + 3 / OTHER_TTL_SECONDS));
}

export interface SingleResults {
  readonly gateway: GatewayResults;
  readonly manyTokens: ManyTokensResult;
  readonly slowRegion: SlowRegionResult;
}

export function formatSingles({ gateway, manyTokens, slowRegion }: SingleResults): string {
  return formatResults('as shipped', [
    { ...gateway.valid, name: 'Q2 cold' },
    { ...gateway.invalid, name: 'invalid document, cold' },
    { ...gateway.oneCaller, name: 'Q2 cold, one connection' },
    {
      ...manyTokens.result,
      name: `${formatNumber(MANY_TOKENS)} tokens in turn, upstream 5 ms, default TTLs; peak ${manyTokens.peakMemoryMb} MB`,
    },
    slowRegion.alone,
    slowRegion.besideSlowRegion,
  ]);
}

export function formatWorstRequests(results: readonly WorstRequestResult[]): string {
  return table(
    ['request', 'CPU ms', 'status', 'response kB'],
    results.map(({ name, cpuMs, status, responseBytes }) => [
      name,
      formatSpread(cpuMs),
      String(status),
      formatNumber(responseBytes / 1000),
    ]),
  );
}

export function formatInterval({ estimate, low, high }: Interval): string {
  return `${estimate.toFixed(3)} (${low.toFixed(3)}–${high.toFixed(3)})`;
}
