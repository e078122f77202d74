/** The cases of `npm run bench`. */
import { CONTENDERS } from './contenders.ts';
import { gateway, SETUPS, SHIPPED } from './gateways.ts';
import { peakMemoryMbOf, resetPeakMemory } from './processes.ts';
import { QUERY_NAMES, type QueryName } from './queries.ts';
import {
  applyCase,
  type Case,
  COLD,
  HOT,
  measure,
  measureInRounds,
  q2,
  type Result,
  ROUNDS,
  SECONDS,
  summarize,
  warmUp,
} from './rounds.ts';
import { type Contender, startOne, startServer, startServers, startUpstream } from './servers.ts';
import { type Spread, spreadOf } from './statistics.ts';

export const CALLERS_OF_SLOW_UPSTREAM = 50;
/** How many tokens take turns in the case of many tokens. */
export const MANY_TOKENS = 10_000;

export type CaseName = `${QueryName} ${'hot' | 'cold'}`;
export const CASE_NAMES = (['hot', 'cold'] as const).flatMap((kind) =>
  QUERY_NAMES.map((query): CaseName => `${query} ${kind}`),
);

export interface ContenderResults {
  readonly cases: ReadonlyMap<CaseName, readonly Result[]>;
  readonly startMs: ReadonlyMap<string, number>;
  /** Under the cold load of Q2. */
  readonly peakMemoryMb: ReadonlyMap<string, number>;
}

export async function measureContenders(): Promise<ContenderResults> {
  await using upstream = await startUpstream(0);
  await using stack = new AsyncDisposableStack();
  const servers = await startServers(CONTENDERS, upstream, stack);
  const caseFor = (name: CaseName): Case => {
    const query = QUERY_NAMES.find((candidate) => name.startsWith(candidate)) ?? 'Q2';
    const base = name.endsWith('hot') ? HOT : COLD;
    return { ...base, request: ({ queries, toRequest }) => toRequest(queries[query]) };
  };
  await warmUp(servers, CASE_NAMES.map(caseFor));
  const cases = new Map<CaseName, readonly Result[]>();
  let peakMemoryMb = new Map<string, number>();
  for (const name of CASE_NAMES) {
    for (const server of servers) resetPeakMemory(server.process);
    cases.set(name, await measureInRounds(servers, upstream, caseFor(name)));
    if (name === 'Q2 cold') {
      peakMemoryMb = new Map(servers.map((server) => [server.contender.name, peakMemoryMbOf(server.process)]));
    }
    process.stderr.write(`${name}: done\n`);
  }
  const startMs = new Map(servers.map(({ contender, startMs }) => [contender.name, startMs]));
  return { cases, startMs, peakMemoryMb };
}

/** Q2 cold, with an upstream that takes `delayMs`. */
export async function measureSlowUpstream(
  delayMs: number,
  contenders: readonly Contender[],
): Promise<readonly Result[]> {
  await using upstream = await startUpstream(delayMs);
  await using stack = new AsyncDisposableStack();
  const servers = await startServers(contenders, upstream, stack);
  const slow = { ...COLD, connections: CALLERS_OF_SLOW_UPSTREAM };
  await warmUp(servers, [slow]);
  // Awaited here, before the servers are stopped.
  return await measureInRounds(servers, upstream, slow);
}

export interface OptionResults {
  readonly hot: readonly Result[];
  readonly cold: readonly Result[];
}

/** The gateway with one option each, beside the gateway as shipped. */
export async function measureOptions(): Promise<OptionResults> {
  await using upstream = await startUpstream(0);
  await using stack = new AsyncDisposableStack();
  const { shipped, get, cors, rateLimit, corsAndRateLimit, keystone } = SETUPS;
  const contenders = [shipped, get, cors, rateLimit, corsAndRateLimit, keystone].map((setup) => gateway(setup));
  const servers = await startServers(contenders, upstream, stack);
  await warmUp(servers, [HOT, COLD]);
  const hot = await measureInRounds(servers, upstream, HOT);
  const inCold = servers.filter(({ contender }) => [shipped.name, keystone.name].includes(contender.name));
  return { hot, cold: await measureInRounds(inCold, upstream, COLD) };
}

export interface GatewayResults {
  readonly valid: Result;
  readonly invalid: Result;
  readonly oneCaller: Result;
  /** From the start of the process to its first response. */
  readonly startMs: Spread;
}

/** Valid and invalid documents, one caller alone, and the start. */
export async function measureGateway(): Promise<GatewayResults> {
  await using upstream = await startUpstream(0);
  await using server = await startOne(SHIPPED, upstream);
  const invalidQuery = SHIPPED.queries.Q2.replace('description default', 'description defualt');
  const invalid: Case = { ...COLD, request: ({ toRequest }) => toRequest(invalidQuery) };
  await warmUp([server], [COLD, invalid]);
  const rounds = async (benchCase: Case) => {
    const [result] = await measureInRounds([server], upstream, benchCase);
    return result ?? summarize(SHIPPED.name, []);
  };
  const starts: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    await using started = await startServer(SHIPPED, upstream);
    if (started !== null) starts.push(started.startMs);
  }
  return {
    valid: await rounds(COLD),
    invalid: await rounds(invalid),
    oneCaller: await rounds({ ...COLD, connections: 1 }),
    startMs: spreadOf(starts),
  };
}

/** The default TTLs, in seconds: usage has a shorter one than the other three calls. */
export const USAGE_TTL_SECONDS = 5;
export const OTHER_TTL_SECONDS = 30;

export interface ManyTokensResult {
  readonly result: Result;
  readonly peakMemoryMb: number;
}

/** 10,000 tokens in turn with the default TTLs, for one whole TTL after another one as warm-up. */
export async function measureManyTokens(): Promise<ManyTokensResult> {
  await using upstream = await startUpstream(5);
  await using server = await startOne(SHIPPED, upstream);
  const manyTokens: Case = { request: q2, tokens: MANY_TOKENS, seconds: OTHER_TTL_SECONDS };
  await applyCase(server, manyTokens);
  resetPeakMemory(server.process);
  const measurement = await measure(server, upstream, manyTokens);
  return { result: summarize(SHIPPED.name, [measurement]), peakMemoryMb: peakMemoryMbOf(server.process) };
}

export interface SlowRegionResult {
  readonly alone: Result;
  readonly besideSlowRegion: Result;
}

/** Callers of a fast region, alone and while as many call a region whose upstream takes 200 ms. */
export async function measureSlowRegion(): Promise<SlowRegionResult> {
  await using fast = await startUpstream(0);
  await using slow = await startUpstream(200);
  const regions = JSON.stringify({ fast: fast.url, slow: slow.url });
  const contender = gateway({ name: 'two regions', env: () => ({ GLANCE_ENDPOINTS: regions }) });
  await using server = await startOne(contender, fast);
  const slowQuery = contender.queries.Q2.replace('{info{', '{info(region: "slow"){');
  const seconds = SECONDS * 2;
  const fastCase: Case = { ...COLD, seconds };
  // Its tokens take turns, so that both loads at once use different ones.
  const slowCase: Case = { request: ({ toRequest }) => toRequest(slowQuery), tokens: MANY_TOKENS, seconds };
  await warmUp([server], [fastCase]);
  const alone = await measure(server, fast, fastCase);
  const [beside] = await Promise.all([measure(server, fast, fastCase), applyCase(server, slowCase)]);
  // The process spent CPU time on requests to the slow region as well, which are not counted here.
  const besideSlowRegion = { ...beside, cpuMicros: Number.NaN };
  return {
    alone: summarize('a fast region', [alone]),
    besideSlowRegion: summarize('the same, while as many callers use a region that takes 200 ms', [besideSlowRegion]),
  };
}
