/** The measured figures as Markdown. */
import { type ContenderResult, type manyTokens, type oneGateway, type Row, type slowRegion, TOKENS } from './cases.ts';
import { CONSTANT, FAN_OUT, GATEWAY, GATEWAY_KEEPING_NOTHING, HIVE, NAIVE, QUERY_NAMES, TAILCALL } from './servers.ts';

export interface Singles {
  readonly many: Awaited<ReturnType<typeof manyTokens>>;
  readonly one: Awaited<ReturnType<typeof oneGateway>>;
  readonly region: Awaited<ReturnType<typeof slowRegion>>;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

const whole = (value: number) => Math.round(value).toLocaleString('en');
const ms = (value: number) => (value < 10 ? value.toFixed(2) : value.toFixed(1));
const times = (value: number) => `${value.toFixed(value < 10 ? 2 : 1)} x`;

export function formatSideBySide(results: readonly ContenderResult[]): string {
  const throughput = table(
    ['requests a second', ...QUERY_NAMES.map((name) => `${name} cold`), ...QUERY_NAMES.map((name) => `${name} hot`)],
    results.map(({ name, cold, hot }) => [
      name,
      ...QUERY_NAMES.map((query) => whole(cold[query].perSecond)),
      ...QUERY_NAMES.map((query) => whole(hot[query].perSecond)),
    ]),
  );
  const rest = table(
    ['cold', 'Q2 p50 ms', 'Q2 p99 ms', 'calls a query, Q2', 'Q3', 'Q2 hot', 'peak MB', 'first answer s'],
    results.map(({ name, cold, hot, peakMb, firstAnswerMs }) => [
      name,
      ms(cold.Q2.p50),
      ms(cold.Q2.p99),
      cold.Q2.callsPerQuery.toFixed(2),
      cold.Q3.callsPerQuery.toFixed(2),
      hot.Q2.callsPerQuery.toFixed(2),
      whole(peakMb),
      (firstAnswerMs / 1000).toFixed(2),
    ]),
  );
  return `${throughput}\n\n${rest}`;
}

export function formatRows(title: string, rows: readonly Row[]): string {
  return table(
    [title, 'requests a second', 'p50 ms', 'p99 ms'],
    rows.map(({ name, perSecond, p50, p99 }) => [name, whole(perSecond), ms(p50), ms(p99)]),
  );
}

/**
 * Upstream calls a second when each token and call is asked for once a cache time: each token comes by every `interval`, and
 * asks again at the first time after its answer has run out.
 */
function callsExpected({ perSecond }: Row): number {
  const interval = TOKENS / perSecond;
  const between = (cacheSeconds: number) => Math.ceil(cacheSeconds / interval) * interval;
  return TOKENS * (1 / between(5) + 3 / between(30));
}

export function formatSingles(singles: Singles): string {
  const { many, one, region } = singles;
  const calls = many.row.callsPerQuery * many.row.perSecond;
  return table(
    ['case', 'requests a second', 'p50 ms', 'p99 ms', ''],
    [
      [
        '10,000 tokens in turn, upstream 5 ms, default cache times',
        whole(many.row.perSecond),
        ms(many.row.p50),
        ms(many.row.p99),
        `${whole(calls)} upstream calls a second, where one for each token, call and cache time is ${whole(callsExpected(many.row))}; peak ${whole(many.peakMb)} MB`,
      ],
      ['an invalid document, cold', whole(one.invalid.perSecond), ms(one.invalid.p50), ms(one.invalid.p99), ''],
      ['Q2 cold, in the same run', whole(one.valid.perSecond), ms(one.valid.p50), ms(one.valid.p99), ''],
      [
        'one caller alone, Q2 cold',
        whole(one.alone.perSecond),
        ms(one.alone.p50),
        ms(one.alone.p99),
        `the upstream by itself: ${ms(one.upstreamAlone)} ms at p50`,
      ],
      [
        'a fast region, three regions',
        whole(region.undisturbed.perSecond),
        ms(region.undisturbed.p50),
        ms(region.undisturbed.p99),
        '',
      ],
      [
        'the same while 50 more ask the one that takes 200 ms',
        whole(region.beside.perSecond),
        ms(region.beside.p50),
        ms(region.beside.p99),
        '',
      ],
    ],
  );
}

interface Everything {
  readonly all: readonly ContenderResult[];
  readonly at20: readonly Row[];
  readonly singles: Singles;
}

export function formatFloors({ all, at20, singles }: Everything): string {
  const of = (name: string) => all.find((result) => result.name === name);
  const [constant, fanOut, naive, hive, tailcall, keepsNothing, shipped] = [
    CONSTANT,
    FAN_OUT,
    NAIVE,
    HIVE,
    TAILCALL,
    GATEWAY_KEEPING_NOTHING,
    GATEWAY,
  ].map(({ name }) => of(name));
  const slow = at20.find(({ name }) => name === GATEWAY_KEEPING_NOTHING.name);
  if (!constant || !fanOut || !naive || !hive || !keepsNothing || !shipped || !slow) return 'not all were measured';
  const [cold, theirs] = [
    keepsNothing.cold,
    (query: 'Q1' | 'Q2' | 'Q3') => tailcall?.cold[query].perSecond ?? Number.NaN,
  ];
  const rows: (readonly [string, number, number, (value: number) => string])[] = [
    ['Q2 hot, nothing kept, of the constant', keepsNothing.hot.Q2.perSecond / constant.hot.Q2.perSecond, 0.5, times],
    ['Q2 hot, nothing kept, of Apollo Server', keepsNothing.hot.Q2.perSecond / naive.hot.Q2.perSecond, 25, times],
    ['Q2 hot, as shipped, of the constant', shipped.hot.Q2.perSecond / constant.hot.Q2.perSecond, 0.5, times],
    ['Q2 cold, of the four calls joined', cold.Q2.perSecond / fanOut.cold.Q2.perSecond, 0.6, times],
    ['Q2 cold, of Apollo Server', cold.Q2.perSecond / naive.cold.Q2.perSecond, 4, times],
    ['Q2 cold, of Hive Gateway', cold.Q2.perSecond / hive.cold.Q2.perSecond, 10, times],
    ['Q2 cold, of Tailcall', cold.Q2.perSecond / theirs('Q2'), 1.5, times],
    ['Q1 cold, of Apollo Server', cold.Q1.perSecond / naive.cold.Q1.perSecond, 4, times],
    ['Q1 cold, of Hive Gateway', cold.Q1.perSecond / hive.cold.Q1.perSecond, 12, times],
    ['Q3 cold, of Q2 cold', cold.Q3.perSecond / cold.Q2.perSecond, 0.8, times],
    ['Q3 cold, of Apollo Server', cold.Q3.perSecond / naive.cold.Q3.perSecond, 12, times],
    ['Q3 cold, of Tailcall', cold.Q3.perSecond / theirs('Q3'), 4, times],
    ['invalid documents, of valid ones', singles.one.invalid.perSecond / singles.one.valid.perSecond, 1, times],
  ];
  const { alone, upstreamAlone } = singles.one;
  const { many } = singles;
  const calls = (many.row.callsPerQuery * many.row.perSecond) / callsExpected(many.row);
  const below: typeof rows = [
    ['20 ms upstream, p50', slow.p50, 21.5, ms],
    ['20 ms upstream, p99', slow.p99, 30, ms],
    ['calls for each token, call and cache time', calls, 1.05, (value) => value.toFixed(2)],
    ['ms added for one caller, p50', alone.p50 - upstreamAlone, 1, ms],
    ['s to the first answer', keepsNothing.firstAnswerMs / 1000, 1, (value) => value.toFixed(2)],
    ['MB at the peak of the cold load', keepsNothing.peakMb, 250, whole],
    ['upstream calls of Q3', cold.Q3.callsPerQuery, 4.01, (value) => value.toFixed(2)],
  ];
  return table(
    ['what', 'measured', 'floor', ''],
    [
      ...rows.map(([what, value, floor, format]) => [
        what,
        format(value),
        `at least ${format(floor)}`,
        held(value >= floor),
      ]),
      ...below.map(([what, value, most, format]) => [
        what,
        format(value),
        `at most ${format(most)}`,
        held(value <= most),
      ]),
    ],
  );
}

const held = (holds: boolean) => (holds ? 'held' : '**missed**');
