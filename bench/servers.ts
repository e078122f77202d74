/** Starts a server under test and waits for its first response. */
import type { ChildProcess } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort } from '../scripts/free-port.ts';
import type { HttpRequest } from './load.ts';
import { LOAD_CORE, outputOf, startPinned, stop } from './processes.ts';
import type { Queries } from './queries.ts';

/** A server that can be measured. */
export interface Contender {
  readonly name: string;
  readonly queries: Queries;
  toRequest(query: string): HttpRequest;
  /** Null when it can not run on this machine; `unavailable` is the reason. */
  start(upstream: string, port: number): ChildProcess | null;
  readonly unavailable?: string;
}

export interface Server extends AsyncDisposable {
  readonly contender: Contender;
  readonly process: ChildProcess;
  readonly url: string;
  /** From the start of the process to its first response, in milliseconds. */
  readonly startMs: number;
}

export interface Upstream extends AsyncDisposable {
  readonly url: string;
  /** Calls since the last time this was read. */
  takeCalls(): Promise<number>;
}

export async function startUpstream(delayMs: number): Promise<Upstream> {
  const file = new URL('upstream.ts', import.meta.url).pathname;
  const child = startPinned(LOAD_CORE, [process.execPath, file], { DELAY_MS: String(delayMs) });
  const url = (await outputOf(child, /\n/)).trim();
  return {
    url,
    takeCalls: async () => Number(await (await fetch(`${url}/count`)).text()),
    [Symbol.asyncDispose]: () => stop(child),
  };
}

const START_TIMEOUT_MS = 30_000;
const POLL_MS = 10;
const SERVICE_UNAVAILABLE = 503;

/** @returns null when the contender can not run on this machine */
export async function startServer(contender: Contender, upstream: Upstream): Promise<Server | null> {
  const port = await freePort();
  const child = contender.start(upstream.url, port);
  if (child === null) return null;
  const startedAt = performance.now();
  child.stdout?.resume();
  const url = `http://127.0.0.1:${port}`;
  while (!(await isReady(url, contender))) {
    if (performance.now() - startedAt > START_TIMEOUT_MS || child.exitCode !== null) {
      await stop(child);
      throw new Error(`${contender.name} did not start`);
    }
    await delay(POLL_MS);
  }
  return {
    contender,
    process: child,
    url,
    startMs: performance.now() - startedAt,
    [Symbol.asyncDispose]: () => stop(child),
  };
}

/** Servers that can not run on this machine are left out, with a line on stderr. */
export async function startServers(
  contenders: readonly Contender[],
  upstream: Upstream,
  stack: AsyncDisposableStack,
): Promise<Server[]> {
  const servers: Server[] = [];
  for (const contender of contenders) {
    const server = await startServer(contender, upstream);
    if (server === null) process.stderr.write(`${contender.name} is left out: ${contender.unavailable}\n`);
    else servers.push(stack.use(server));
  }
  return servers;
}

/** For contenders that run everywhere. */
export async function startOne(contender: Contender, upstream: Upstream): Promise<Server> {
  const server = await startServer(contender, upstream);
  if (server === null) throw new Error(`${contender.name} can not run here`);
  return server;
}

/** Whether it responds to Q2 without errors. */
async function isReady(url: string, { queries, toRequest }: Contender): Promise<boolean> {
  const { method, path, headers, body } = toRequest(queries.Q2);
  try {
    const response = await fetch(`${url}${path}`, {
      method,
      headers: { ...headers, 'X-Auth-Token': 'token-1' },
      ...(body === '' ? {} : { body }),
    });
    // On a busy machine the gateway sheds load while it starts.
    if (response.status === SERVICE_UNAVAILABLE) return false;
    const parsed: { data?: unknown; errors?: unknown } = JSON.parse(await response.text());
    if (parsed.errors !== undefined) throw new Error(`${url}: ${JSON.stringify(parsed.errors).slice(0, 500)}`);
    return response.ok;
  } catch (error) {
    if (error instanceof TypeError || error instanceof SyntaxError) return false;
    throw error;
  }
}
