/** A Glance of which some calls fail, its callers, and how others are served meanwhile. */
import { connect } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Running } from '../program.ts';
import { type Behaviour, reply, startUpstream, tokenIn } from '../recording-upstream.ts';

export const CALLS = {
  versions: { path: '/versions', field: 'apiVersions{id}', body: { versions: [] } },
  importMethods: { path: '/v2/info/import', field: 'importMethods{value}', body: { 'import-methods': { value: [] } } },
  stores: { path: '/v2/info/stores', field: 'stores{id}', body: { stores: [] } },
  storesDetail: { path: '/v2/info/stores/detail', field: 'storesDetail{id}', body: { stores: [] } },
  usage: { path: '/v2/info/usage', field: 'usage{enabled}', body: { usage: {} } },
} as const;
export type CallName = keyof typeof CALLS;
export const CALL_NAMES: readonly CallName[] = ['versions', 'importMethods', 'stores', 'storesDetail', 'usage'];
export const queryOf = (names: readonly CallName[]) => `{info{${names.map((name) => CALLS[name].field).join(' ')}}}`;

/** A Glance that responds to every call, except as `behaviourOf` says. */
export const startGlance = (behaviourOf: (call: CallName, token: string) => Behaviour | null = () => null) =>
  startUpstream((request, response) => {
    const call = CALL_NAMES.find((name) => CALLS[name].path === request.url);
    if (call === undefined) return reply(404, '')(request, response);
    const behaviour = behaviourOf(call, tokenIn(request)) ?? reply(200, CALLS[call].body);
    return behaviour(request, response);
  });

let tokens = 0;
export function newToken(kind: string): string {
  tokens += 1;
  return `token-${kind}-${tokens}`;
}

/** @returns the codes of the errors; a response without GraphQL errors has none */
export async function send(
  gateway: Running,
  query: string,
  token: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<string[]> {
  const response = await fetch(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-Auth-Token': token, ...headers },
    body: JSON.stringify({ query }),
  });
  // Shed on a busy machine.
  if (response.status === 503) {
    await pause(250);
    return send(gateway, query, token, headers);
  }
  const body: { errors?: { extensions: { code: string } }[] } = JSON.parse(await response.text());
  return (body.errors ?? []).map(({ extensions }) => extensions.code);
}

/** Sends a request, and closes its connection after some time. */
export async function sendAndLeave({ url }: Running, query: string, token: string, afterMs: number): Promise<void> {
  const { hostname, port } = new URL(url);
  const body = JSON.stringify({ query });
  const head = `POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nX-Auth-Token: ${token}`;
  const socket = connect(Number(port), hostname);
  socket.on('error', () => {}).write(`${head}\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  await pause(afterMs);
  socket.destroy();
}

/**
 * Repeats an action, which may fail, in so many loops until it is stopped. Requests in flight are not awaited: they end when their
 * gateway does.
 */
export function repeat(loops: number, pauseMs: number, action: () => Promise<unknown>) {
  const stopping = new AbortController();
  const loop = async () => {
    while (!stopping.signal.aborted) {
      await action().catch(() => null);
      await pause(pauseMs, null, { signal: stopping.signal }).catch(() => null);
    }
  };
  for (let number = 0; number < loops; number += 1) void loop();
  return { [Symbol.dispose]: () => stopping.abort() };
}

const COUNT = 100;
const MAX_P99_MS = 100;
/** Rounds on a busy machine. Where isolation fails, every round is slow, or loses requests. */
const MAX_ROUNDS = 10;

/**
 * Sends requests of new callers, four at a time. All must succeed, and in one round 99 % of them within `MAX_P99_MS`. Prints what was
 * lost, and the latency.
 */
export async function expectOthersServed(title: string, one: () => Promise<string[]>): Promise<void> {
  const lost: string[] = [];
  let best = Number.POSITIVE_INFINITY;
  let sent = 0;
  for (let round = 0; round < MAX_ROUNDS && best > MAX_P99_MS && lost.length === 0; round += 1) {
    const times: number[] = [];
    const caller = async () => {
      for (let time = 0; time < COUNT / 4; time += 1) {
        const startedAt = performance.now();
        lost.push(...(await one()));
        times.push(performance.now() - startedAt);
        await pause(5);
      }
    };
    await Promise.all([caller(), caller(), caller(), caller()]);
    sent += times.length;
    best = Math.min(best, times.sort((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? 0);
  }
  const counts = Map.groupBy(lost, (code) => code);
  const summary = [...counts].map(([code, all]) => `${all.length} ${code}`).join(', ') || 'nothing';
  process.stdout.write(`${title}: lost of ${sent} requests of others: ${summary}; p99 ${best.toFixed(1)} ms\n`);
  expect(lost).toEqual([]);
  expect(best).toBeLessThan(MAX_P99_MS);
}
