/** Two instances behind a proxy are replaced one after the other under load: no request is lost. */
import { once } from 'node:events';
import { Agent, createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { type Running, startProgram } from '../program.ts';
import { replay } from '../recorded.ts';
import { after, reply, startUpstream } from '../recording-upstream.ts';

const PROBE_EVERY_MS = 100;
const ENV = { SHUTDOWN_DELAY_MS: '500', LOG_LEVEL: 'warn' };

interface Member {
  readonly url: string;
  isReady: boolean;
}

/** A proxy as simple as they come: it keeps connections, probes `/readyz`, takes turns, and tries nothing twice. */
async function startProxy(members: Set<Member>) {
  const agent = new Agent({ keepAlive: true });
  let turn = 0;
  const failures: unknown[] = [];

  function forward(request: IncomingMessage, response: ServerResponse): void {
    const ready = [...members].filter(({ isReady }) => isReady);
    turn += 1;
    const member = ready[turn % ready.length];
    if (member === undefined) return void response.writeHead(503).end();
    const { method, headers } = request;
    const forwarded = httpRequest(
      `${member.url}${request.url}`,
      { method: method ?? 'GET', headers, agent },
      (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
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
  const server = createServer(forward).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`,
    failures,
    async [Symbol.asyncDispose]() {
      clearInterval(probing);
      server.close();
      server.closeAllConnections();
      agent.destroy();
    },
  };
}

const isReady = async (member: Member) => {
  while (!member.isReady) await new Promise((resolve) => setTimeout(resolve, 20));
};

test('no request fails', { timeout: 60_000 }, async () => {
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
    await isReady(member);
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
  let isOver = false;
  const statuses = new Map<number, number>();
  const caller = async (number: number) => {
    for (let round = 0; !isOver; round += 1) {
      const { status } = await fetch(`${proxy.url}/graphql`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'X-Auth-Token': `${number}-${round}` },
        body: JSON.stringify({ query: '{info{stores{id}}}' }),
      });
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }
  };
  const callers = Array.from({ length: 20 }, (_, number) => caller(number));
  for (let round = 0; round < 2; round += 1) [one, two] = [await replace(one), await replace(two)];
  isOver = true;
  await Promise.all(callers);
  await one.program[Symbol.asyncDispose]();
  await two.program[Symbol.asyncDispose]();
  expect(proxy.failures).toEqual([]);
  expect([...statuses.keys()]).toEqual([200]);
  expect(statuses.get(200)).toBeGreaterThan(100);
});
