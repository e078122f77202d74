/** The cases: what is asked of whom, and what is measured of it. Rounds alternate between the servers, and medians count. */
import { load, type Measured, median } from './load.ts';
import { forgetPeak, LOAD_CORE, outputOf, peakOf, startPinned, stop } from './processes.ts';
import {
  CONTENDERS,
  type Contender,
  GATEWAY,
  GATEWAY_KEEPING_NOTHING,
  ours,
  QUERY_NAMES,
  type QueryName,
  type Running,
  startContender,
} from './servers.ts';

export const SECONDS = Number(process.env.BENCH_SECONDS ?? 2);
export const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 3);
export const CONNECTIONS = 50;
export const TOKENS = 10_000;

export interface Upstream extends AsyncDisposable {
  readonly url: string;
  /** Calls since it was last asked. */
  calls(): Promise<number>;
}

export async function startUpstream(delayMs: number): Promise<Upstream> {
  const file = new URL('upstream.ts', import.meta.url).pathname;
  const child = startPinned(LOAD_CORE, [process.execPath, file], { DELAY_MS: String(delayMs) });
  const url = (await outputOf(child, /\n/)).trim();
  return {
    url,
    calls: async () => Number(await (await fetch(`${url}/count`)).text()),
    [Symbol.asyncDispose]: () => stop(child),
  };
}

export interface Row {
  readonly name: string;
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly callsPerQuery: number;
}

export interface ContenderResult {
  readonly name: string;
  readonly firstAnswerMs: number;
  /** Under the cold load of Q2, in MB. */
  readonly peakMb: number;
  readonly cold: Readonly<Record<QueryName, Row>>;
  readonly hot: Readonly<Record<QueryName, Row>>;
}

/** They are stopped with `until`. */
async function startAll(
  contenders: readonly Contender[],
  upstream: Upstream,
  until: AsyncDisposableStack,
): Promise<Running[]> {
  const running: Running[] = [];
  for (const contender of contenders) {
    const one = await startContender(contender, upstream.url);
    if (one === null) process.stderr.write(`${contender.name} is left out: ${contender.missing}\n`);
    else running.push(until.adopt(one, ({ child }) => stop(child)));
  }
  return running;
}

/** Each round asks each server once, one after the other, so that the machine's moods meet all of them. */
async function inRounds(
  running: readonly Running[],
  upstream: Upstream,
  query: (contender: Contender) => string,
  tokens: number,
  connections = CONNECTIONS,
): Promise<Map<Running, Row>> {
  const measured = new Map<Running, (Measured & { calls: number })[]>(running.map((one) => [one, []]));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const one of running) {
      await upstream.calls();
      const load_ = { url: one.url, query: query(one.contender), tokens, connections, seconds: SECONDS };
      const result = await load(load_);
      measured.get(one)?.push({ ...result, calls: await upstream.calls() });
    }
  }
  return new Map([...measured].map(([one, results]) => [one, rowOf(one.contender.name, results)]));
}

function rowOf(name: string, results: readonly (Measured & { calls: number })[]): Row {
  const sum = (of: (result: Measured & { calls: number }) => number) => results.reduce((all, one) => all + of(one), 0);
  return {
    name,
    perSecond: median(results.map(({ perSecond }) => perSecond)),
    p50: median(results.map(({ p50 }) => p50)),
    p99: median(results.map(({ p99 }) => p99)),
    callsPerQuery: sum(({ calls }) => calls) / sum(({ requests }) => requests),
  };
}

async function warmUp(running: readonly Running[], tokens: number): Promise<void> {
  for (const { url, contender } of running) {
    for (const query of Object.values(contender.queries)) {
      await load({ url, query, tokens, connections: CONNECTIONS, seconds: SECONDS });
    }
  }
}

export async function sideBySide(): Promise<ContenderResult[]> {
  await using upstream = await startUpstream(0);
  await using end = new AsyncDisposableStack();
  const running = await startAll(CONTENDERS, upstream, end);
  await warmUp(running, 1);
  await warmUp(running, TOKENS);
  const tables: Record<'cold' | 'hot', Map<QueryName, Map<Running, Row>>> = { cold: new Map(), hot: new Map() };
  const peaks = new Map<Running, number>();
  for (const [kind, tokens] of [
    ['hot', 1],
    ['cold', TOKENS],
  ] as const) {
    for (const name of QUERY_NAMES) {
      for (const { child } of running) forgetPeak(child);
      tables[kind].set(name, await inRounds(running, upstream, ({ queries }) => queries[name], tokens));
      if (kind === 'cold' && name === 'Q2') for (const one of running) peaks.set(one, peakOf(one.child));
      process.stderr.write(`${name} ${kind} is measured\n`);
    }
  }
  const rowsOf = (one: Running, kind: 'cold' | 'hot'): Record<QueryName, Row> => {
    const row = (name: QueryName) => tables[kind].get(name)?.get(one) ?? rowOf(one.contender.name, []);
    return { Q1: row('Q1'), Q2: row('Q2'), Q3: row('Q3') };
  };
  return running.map((one) => ({
    name: one.contender.name,
    firstAnswerMs: one.firstAnswerMs,
    peakMb: peaks.get(one) ?? Number.NaN,
    cold: rowsOf(one, 'cold'),
    hot: rowsOf(one, 'hot'),
  }));
}

export async function slowUpstream(delayMs: number, contenders: readonly Contender[]): Promise<Row[]> {
  await using upstream = await startUpstream(delayMs);
  await using end = new AsyncDisposableStack();
  const running = await startAll(contenders, upstream, end);
  for (const { url, contender } of running) {
    await load({ url, query: contender.queries.Q2, tokens: TOKENS, connections: CONNECTIONS, seconds: SECONDS });
  }
  const rows = await inRounds(running, upstream, ({ queries }) => queries.Q2, TOKENS);
  return [...rows.values()];
}

/** 10,000 tokens in turn, with the default cache times. */
export async function manyTokens(): Promise<{ row: Row; peakMb: number }> {
  await using upstream = await startUpstream(5);
  await using end = new AsyncDisposableStack();
  const [gateway] = await startAll([GATEWAY], upstream, end);
  if (gateway === undefined) throw new Error('the gateway always runs');
  const { url, contender } = gateway;
  // One whole cache time of the longest, after another to come to a steady state.
  const seconds = 30;
  const query = contender.queries.Q2;
  await load({ url, query, tokens: TOKENS, connections: CONNECTIONS, seconds });
  await upstream.calls();
  forgetPeak(gateway.child);
  const result = await load({ url, query, tokens: TOKENS, connections: CONNECTIONS, seconds });
  const row = rowOf(GATEWAY.name, [{ ...result, calls: await upstream.calls() }]);
  const peakMb = peakOf(gateway.child);
  return { row, peakMb };
}

/** Invalid documents beside valid ones; and one caller alone, beside the slowest of its four calls. */
export async function oneGateway(): Promise<{ invalid: Row; valid: Row; alone: Row; upstreamAlone: number }> {
  await using upstream = await startUpstream(0);
  await using end = new AsyncDisposableStack();
  const running = await startAll([GATEWAY_KEEPING_NOTHING], upstream, end);
  await warmUp(running, TOKENS);
  const [gateway] = running;
  if (gateway === undefined) throw new Error('the gateway always runs');
  const only = (rows: Map<Running, Row>) => rows.get(gateway) ?? rowOf('', []);
  const valid = only(await inRounds(running, upstream, ({ queries }) => queries.Q2, TOKENS));
  const wrong = GATEWAY.queries.Q2.replace('description default', 'description defualt');
  const invalid = only(await inRounds(running, upstream, () => wrong, TOKENS));
  const alone = only(await inRounds(running, upstream, ({ queries }) => queries.Q2, TOKENS, 1));
  const upstreamAlone = await load({ url: upstream.url, query: '', tokens: TOKENS, connections: 1, seconds: SECONDS });
  return { invalid, valid, alone, upstreamAlone: upstreamAlone.p50 };
}

/** Callers of one region while another one's upstream takes 200 ms, and while nobody asks that one. */
export async function slowRegion(): Promise<{ undisturbed: Measured; beside: Measured }> {
  await using fast = await startUpstream(0);
  await using other = await startUpstream(0);
  await using slow = await startUpstream(200);
  const endpoints = JSON.stringify({ fast: fast.url, other: other.url, slow: slow.url });
  const regions = ours('three regions', () => ({ GLANCE_ENDPOINTS: endpoints }));
  await using end = new AsyncDisposableStack();
  const [gateway] = await startAll([regions], fast, end);
  if (gateway === undefined) throw new Error('the gateway always runs');
  const { url } = gateway;
  const query = GATEWAY.queries.Q2;
  const ofSlow = query.replace('{info{', '{info(region: "slow"){');
  const ask = (asked: string, connections: number) =>
    load({ url, query: asked, tokens: TOKENS, connections, seconds: SECONDS * 2 });
  await ask(query, CONNECTIONS);
  const undisturbed = await ask(query, CONNECTIONS);
  const [beside] = await Promise.all([ask(query, CONNECTIONS), ask(ofSlow, CONNECTIONS)]);
  return { undisturbed, beside };
}
