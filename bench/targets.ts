/** The performance targets. A ratio compares medians of CPU time a request within one case, unless its name says otherwise. */
import type { CaseName, ContenderResults, OptionResults } from './cases.ts';
import { APOLLO, CONSTANT, FOUR_CALLS, FOUR_CALLS_256, TAILCALL } from './contenders.ts';
import { SETUPS, SHIPPED, UNCACHED } from './gateways.ts';
import { callsPerTtl, formatNumber, type SingleResults, table } from './report.ts';
import type { Result } from './rounds.ts';
import type { WorstRequestResult } from './worst-requests.ts';

export interface AllResults {
  readonly contenders: ContenderResults;
  readonly upstream20: readonly Result[];
  readonly options: OptionResults;
  readonly singles: SingleResults;
  readonly worst: readonly WorstRequestResult[];
}

interface Target {
  readonly name: string;
  /** What the measured figure is at most. */
  readonly most: number;
  /** What is aimed for beyond the target. */
  readonly aim?: number;
  /** NaN when it was not measured. */
  readonly measured: number;
  readonly unit: '×' | 'ms' | 's' | 'MB' | 'calls';
}

const cpuOf = (results: readonly Result[] | undefined, name: string) =>
  find(results, name)?.cpuMicros.median ?? Number.NaN;

function find(results: readonly Result[] | undefined, name: string): Result | undefined {
  return results?.find((result) => result.name === name);
}

function targetsFor({ contenders, upstream20, options, singles, worst }: AllResults): readonly Target[] {
  /** CPU of the gateway as shipped over that of another server. */
  const against = (caseName: CaseName, other: string) => {
    const results = contenders.cases.get(caseName);
    return cpuOf(results, SHIPPED.name) / cpuOf(results, other);
  };
  const cold = (query: 'Q2' | 'Q3') => find(contenders.cases.get(`${query} cold`), SHIPPED.name);
  const option = (name: string) => cpuOf(options.hot, name) / cpuOf(options.hot, SHIPPED.name);
  const [slow, bare] = [SHIPPED, FOUR_CALLS_256].map(({ name }) => find(upstream20, name));
  const { gateway, manyTokens } = singles;
  const ratio = (name: string, most: number, measured: number, aim?: number): Target => ({
    name,
    most,
    measured,
    unit: '×',
    ...(aim === undefined ? {} : { aim }),
  });
  return [
    ratio('Q2 hot, as shipped against the constant', 1.8, against('Q2 hot', CONSTANT.name), 1.4),
    ratio('Q2 hot, as shipped against Apollo Server', 1 / 17, against('Q2 hot', APOLLO.name)),
    ratio('Q2 cold, as shipped against the four calls joined', 1.42, against('Q2 cold', FOUR_CALLS.name), 1.25),
    ratio('Q2 cold, as shipped against Apollo Server', 1 / 3.6, against('Q2 cold', APOLLO.name)),
    ratio('Q2 hot, as shipped against nothing cached', 1.1, against('Q2 hot', UNCACHED.name), 1),
    ratio('Q2 cold, as shipped against nothing cached', 1.1, against('Q2 cold', UNCACHED.name), 1),
    ratio('Q2 hot, with CORS_ORIGINS against without', 1.15, option(SETUPS.cors.name), 1.05),
    ratio('Q2 hot, with RATE_LIMIT_PER_TOKEN against without', 1.15, option(SETUPS.rateLimit.name), 1.05),
    ratio('Q2 hot, with both against without', 1.15, option(SETUPS.corsAndRateLimit.name), 1.05),
    ratio('Q1 cold, as shipped against Tailcall', 1.2, against('Q1 cold', TAILCALL.name), 1),
    ratio('Q2 cold, as shipped against Tailcall', 1, against('Q2 cold', TAILCALL.name)),
    ratio('Q3 cold, as shipped against Tailcall', 1, against('Q3 cold', TAILCALL.name)),
    ratio(
      'Q3 cold against Q2 cold',
      1.05,
      (cold('Q3')?.cpuMicros.median ?? Number.NaN) / (cold('Q2')?.cpuMicros.median ?? Number.NaN),
    ),
    {
      // Four, and those of requests that the end of a round cut off.
      name: 'upstream calls of Q3 cold',
      most: 4.05,
      measured: cold('Q3')?.callsPerRequest.median ?? Number.NaN,
      unit: 'calls',
    },
    {
      name: '20 ms upstream, p50 above the four calls joined with 256 connections',
      most: 2,
      measured: (slow?.p50.median ?? Number.NaN) - (bare?.p50.median ?? Number.NaN),
      unit: 'ms',
    },
    ratio(
      '20 ms upstream, p99 against the four calls joined with 256 connections',
      1.5,
      (slow?.p99.median ?? Number.NaN) / (bare?.p99.median ?? Number.NaN),
    ),
    ratio('invalid documents against Q2 cold', 1, gateway.invalid.cpuMicros.median / gateway.valid.cpuMicros.median),
    {
      name: '10,000 tokens, upstream calls for each token, call and TTL',
      most: 1.05,
      measured: callsPerTtl(manyTokens),
      unit: 'calls',
    },
    {
      name: 'CPU of the most expensive listed request',
      most: 250,
      aim: 100,
      measured: Math.max(...worst.map(({ cpuMs }) => cpuMs.median)),
      unit: 'ms',
    },
    {
      name: 'largest response to a listed request',
      most: 2,
      measured: Math.max(...worst.map(({ responseBytes }) => responseBytes)) / 1e6,
      unit: 'MB',
    },
    { name: 'start to first response', most: 1, aim: 0.4, measured: gateway.startMs.median / 1000, unit: 's' },
    {
      name: 'peak memory in Q2 cold, as shipped',
      most: 250,
      aim: 160,
      measured: contenders.peakMemoryMb.get(SHIPPED.name) ?? Number.NaN,
      unit: 'MB',
    },
  ];
}

function verdict({ measured, most }: Target): string {
  if (Number.isNaN(measured)) return 'not measured';
  return measured <= most ? 'met' : '**missed**';
}

export function formatTargets(results: AllResults): string {
  return table(
    ['', 'target: at most', 'aim', 'measured', ''],
    targetsFor(results).map((target) => {
      const { name, most, aim, measured, unit } = target;
      const digits = (value: number) => (value < 0.1 ? value.toFixed(3) : formatNumber(value));
      const format = (value: number) => (Number.isNaN(value) ? '–' : `${digits(value)} ${unit}`);
      return [name, format(most), aim === undefined ? '' : format(aim), format(measured), verdict(target)];
    }),
  );
}
