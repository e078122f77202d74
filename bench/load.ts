/** Sends load with wrk. */
import { existsSync } from 'node:fs';
import { LOAD_CORE, outputOf, startPinned } from './processes.ts';

export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Empty for none. */
  readonly body: string;
}

export interface Load {
  readonly url: string;
  readonly request: HttpRequest;
  /** How many tokens take turns, or `new` for a token that was never used before with each request. */
  readonly tokens: number | 'new';
  readonly connections: number;
  readonly seconds: number;
}

export interface LoadResult {
  /** Requests with a response, of any status. */
  readonly requests: number;
  /** Responses that are not 2xx or took ten seconds, and broken connections. */
  readonly failed: number;
  readonly perSecond: number;
  /** In milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

const here = (file: string) => new URL(file, import.meta.url).pathname;

const WRK = '/usr/bin/wrk';
if (!existsSync(WRK)) {
  process.stderr.write('wrk is not installed. It is in the Debian package wrk: apt-get install wrk\n');
  process.exit(1);
}

/** Above every token of a load whose tokens take turns. */
let nextNewToken = 1_000_000;
const UNLIMITED = 1e12;
/** For the generator to start, and for requests in flight at the end. */
const EXTRA_TIME_MS = 30_000;

export async function sendLoad({ url, request, tokens, connections, seconds }: Load): Promise<LoadResult> {
  const env = {
    URL: url,
    METHOD: request.method,
    REQUEST_PATH: request.path,
    HEADERS: Object.entries(request.headers)
      .map(([name, value]) => `${name}: ${value}`)
      .join('\n'),
    BODY: request.body,
    FIRST_TOKEN: String(tokens === 'new' ? nextNewToken : 1),
    TOKENS: String(tokens === 'new' ? UNLIMITED : tokens),
    CONNECTIONS: String(connections),
    SECONDS: String(seconds),
  };
  const command = [WRK, '-t1', '--timeout', '10s', `-c${connections}`, `-d${seconds}s`, '-s', here('wrk.lua'), url];
  const timeoutMs = seconds * 1000 + EXTRA_TIME_MS;
  const text = await outputOf(startPinned(LOAD_CORE, command, env, { timeoutMs }));
  const line = text.split('\n').find((candidate) => candidate.startsWith('{'));
  if (line === undefined) throw new Error(`wrk printed no result for ${url}: ${text}`);
  const result: { requests: number; seconds: number; p50: number; p99: number; failed: number } = JSON.parse(line);
  const { requests, failed, p50, p99 } = result;
  // Requests that the end of the load cut off used tokens as well.
  if (tokens === 'new') nextNewToken += requests + 2 * connections;
  return { requests, failed, perSecond: requests / result.seconds, p50, p99 };
}
