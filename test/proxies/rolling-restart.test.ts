/** Two instances behind a proxy are replaced one by one under load, without a failed request. */
import { Agent, createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { listen } from '../listen.ts';
import { type Running, startProgram } from '../program.ts';
import { replay } from '../recorded.ts';
import { after, reply, startUpstream } from '../recording-upstream.ts';

const PROBE_EVERY_MS = 100;
const ENV = { SHUTDOWN_DELAY_MS: '500', LOG_LEVEL: 'warn' };

interface Member {
  readonly url: string;
  isReady: boolean;
}

/** A simple round-robin proxy: it keeps connections alive, probes `/readyz`, and does not retry. */
async function startProxy(members: Set<Member>) {
  const agent = new Agent({ keepAlive: true });
  let next = 0;
  const failures: unknown[] = [];

  function forward(request: IncomingMessage, response: ServerResponse): void {
    const ready = [...members].filter(({ isReady }) => isReady);
    next += 1;
    const member = ready[next % ready.length];
    if (member === undefined) return void response.writeHead(503).end('no member is ready');
    const { method, headers } = request;
    const forwarded = httpRequest(
      `${member.url}${request.url}`,
      { method: method ?? 'GET', headers, agent },
      (upstream) => {
        response.writeHead(upstream.statusCode ?? 502, upstream.headers);
        upstream.pipe(response);
      },
    );
    forwarded.on('error', (error) => {
      failures.push(error);
      response.writeHead(502).end();
    });
    request.pipe(forwarded);
  }

  const probing = setInterval(() => {
    for (const member of members) {
      fetch(`${member.url}/readyz`).then(
        (response) => {
          member.isReady = response.status === 200;
        },
        () => {
          member.isReady = false;
        },
      );
    }
  }, PROBE_EVERY_MS);
  const server = createServer(forward);
  return {
    url: `http://127.0.0.1:${await listen(server)}`,
    failures,
    async [Symbol.asyncDispose]() {
      clearInterval(probing);
      server.close();
      server.closeAllConnections();
      agent.destroy();
    },
  };
}

const untilReady = async (member: Member) => {
  while (!member.isReady) await new Promise((resolve) => setTimeout(resolve, 20));
};

test('no request fails during a rolling restart', { timeout: 60_000 }, async () => {
  await using glance = await startUpstream({
    '/versions': replay('api-2.16-versions'),
    '/v2/info/stores': after(30, reply(200, { stores: [] })),
  });
  const members = new Set<Member>();
  await using proxy = await startProxy(members);
  const start = async () => {
    const program = await startProgram({ ...ENV, GLANCE_URL: glance.url });
    const member = { url: program.url, isReady: false };
    members.add(member);
    await untilReady(member);
    return { program, member };
  };
  const replace = async ({ program, member }: { program: Running; member: Member }) => {
    const next = await start();
    program.signal('SIGTERM');
    expect(await program.exit).toBe(0);
    members.delete(member);
    return next;
  };

  let [one, two] = [await start(), await start()];
  let isDone = false;
  let succeeded = 0;
  const failed: string[] = [];
  const caller = async (number: number) => {
    for (let round = 0; !isDone; round += 1) {
      const response = await fetch(`${proxy.url}/graphql`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'X-Auth-Token': `${number}-${round}` },
        body: JSON.stringify({ query: '{info{stores{id}}}' }),
      });
      const text = await response.text();
      if (response.status === 200) succeeded += 1;
      else failed.push(`${response.status}: ${text}`);
    }
  };
  const callers = Array.from({ length: 20 }, (_, number) => caller(number));
  for (let round = 0; round < 2; round += 1) [one, two] = [await replace(one), await replace(two)];
  isDone = true;
  await Promise.all(callers);
  await one.program[Symbol.asyncDispose]();
  await two.program[Symbol.asyncDispose]();
  expect(proxy.failures).toEqual([]);
  expect(failed).toEqual([]);
  expect(succeeded).toBeGreaterThan(100);
});
