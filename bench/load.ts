/** Load, from wrk where there is one, else from autocannon. */
import { existsSync } from 'node:fs';
import { LOAD_CORE, outputOf, startPinned } from './processes.ts';

export interface Load {
  readonly url: string;
  readonly query: string;
  /** So many tokens in turn; 1 is the same caller again and again. */
  readonly tokens: number;
  readonly connections: number;
  readonly seconds: number;
}

export interface Measured {
  readonly perSecond: number;
  /** In milliseconds. */
  readonly p50: number;
  readonly p99: number;
  readonly requests: number;
}

const here = (file: string) => new URL(file, import.meta.url).pathname;

export const generator = existsSync('/usr/bin/wrk') ? 'wrk' : 'autocannon';

/** @throws Error when any answer is not 200, or takes ten seconds */
export async function load({ url, query, tokens, connections, seconds }: Load): Promise<Measured> {
  const env = {
    URL: url,
    BODY: JSON.stringify({ query }),
    TOKENS: String(tokens),
    CONNECTIONS: String(connections),
    SECONDS: String(seconds),
  };
  const command =
    generator === 'wrk'
      ? ['wrk', '-t1', '--timeout', '10s', `-c${connections}`, `-d${seconds}s`, '-s', here('wrk.lua'), url]
      : [process.execPath, here('autocannon.ts')];
  const text = await outputOf(startPinned(LOAD_CORE, command, env));
  const result: { requests: number; seconds: number; p50: number; p99: number; failed: number } = JSON.parse(
    text.split('\n').find((line) => line.startsWith('{')) ?? text,
  );
  if (result.failed > 0) throw new Error(`${result.failed} of ${result.requests} requests to ${url} failed`);
  const { requests, p50, p99 } = result;
  return { perSecond: requests / result.seconds, p50, p99, requests };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
