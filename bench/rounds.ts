/** Measures servers in rounds. Each round measures every server once, every other round in the opposite order. */
import { type HttpRequest, sendLoad } from './load.ts';
import { cpuMicrosOf } from './processes.ts';
import type { Contender, Server, Upstream } from './servers.ts';
import { type Spread, spreadOf } from './statistics.ts';

export const SECONDS = Number(process.env.BENCH_SECONDS ?? 2);
export const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 5);
export const CONNECTIONS = 32;

export interface Case {
  request(contender: Contender): HttpRequest;
  readonly tokens: number | 'new';
  /** 32 when absent. */
  readonly connections?: number;
  /** `BENCH_SECONDS` when absent. */
  readonly seconds?: number;
}

export interface Measurement {
  /** User and system time of the server's process over the requests that it served, in microseconds. */
  readonly cpuMicros: number;
  readonly perSecond: number;
  /** In milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly callsPerRequest: number;
}

/** The rounds of one server in one case. */
export type Result = { readonly name: string } & { readonly [Figure in keyof Measurement]: Spread };

export const q2 = ({ queries, toRequest }: Contender) => toRequest(queries.Q2);
/** One token. */
export const HOT: Case = { request: q2, tokens: 1 };
/** A new token with each request. */
export const COLD: Case = { request: q2, tokens: 'new' };

/** @throws Error when a request failed: its CPU time is not that of a response */
export async function measure(server: Server, upstream: Upstream, benchCase: Case): Promise<Measurement> {
  await upstream.takeCalls();
  const cpuBefore = cpuMicrosOf(server.process);
  const { requests, failed, ...latency } = await applyCase(server, benchCase);
  if (failed > 0) throw new Error(`${server.contender.name}: ${failed} of ${requests} requests failed`);
  const cpu = cpuMicrosOf(server.process) - cpuBefore;
  return { ...latency, cpuMicros: cpu / requests, callsPerRequest: (await upstream.takeCalls()) / requests };
}

export function applyCase(server: Server, { request, tokens, connections, seconds }: Case) {
  return sendLoad({
    url: server.url,
    request: request(server.contender),
    tokens,
    connections: connections ?? CONNECTIONS,
    seconds: seconds ?? SECONDS,
  });
}

export async function measureInRounds(
  servers: readonly Server[],
  upstream: Upstream,
  benchCase: Case,
): Promise<Result[]> {
  const rounds = new Map<Server, Measurement[]>(servers.map((server) => [server, []]));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const server of round % 2 === 0 ? servers : servers.toReversed()) {
      rounds.get(server)?.push(await measure(server, upstream, benchCase));
    }
  }
  return [...rounds].map(([{ contender }, measurements]) => summarize(contender.name, measurements));
}

export function summarize(name: string, measurements: readonly Measurement[]): Result {
  const spread = (figure: keyof Measurement) => spreadOf(measurements.map((measurement) => measurement[figure]));
  return {
    name,
    cpuMicros: spread('cpuMicros'),
    perSecond: spread('perSecond'),
    p50: spread('p50'),
    p99: spread('p99'),
    callsPerRequest: spread('callsPerRequest'),
  };
}

const WARM_UP_REQUESTS = 20_000;
/** For each server and case. */
export const MAX_WARM_UP_SECONDS = 3 * SECONDS;

/**
 * Until V8 has compiled the code and the caches are full. Hot load after cold load then meets the heap of a server that has been
 * running. Counted in requests, because a busy machine serves few in a second.
 */
export async function warmUp(servers: readonly Server[], cases: readonly Case[]): Promise<void> {
  for (const server of servers) {
    for (const benchCase of cases) {
      let requests = 0;
      for (let seconds = 0; seconds < MAX_WARM_UP_SECONDS && requests < WARM_UP_REQUESTS; seconds += SECONDS) {
        const result = await applyCase(server, benchCase);
        requests += result.requests;
        if (result.failed > 0)
          process.stderr.write(`${server.contender.name}: ${result.failed} failed in the warm-up\n`);
      }
    }
  }
}
