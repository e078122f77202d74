/** The end of the program while a connection is kept alive. */
import { Agent, type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect, test } from 'vitest';
import { startProgram } from '../program.ts';
import { hold, reply, startUpstream } from '../recording-upstream.ts';

const good = reply(200, { stores: [{ id: 'a' }] });

/** Posts the same query over the one connection of the agent. */
async function post(
  url: string,
  agent: Agent,
): Promise<{ readonly headers: IncomingMessage['headers']; body: string }> {
  const headers = { 'Content-Type': 'application/json' };
  const sent = request(`${url}/graphql`, { method: 'POST', headers, agent });
  sent.end('{"query":"{info{stores{id}}}"}');
  const response = await new Promise<IncomingMessage>((resolve) => sent.on('response', resolve));
  return { headers: response.headers, body: await text(response) };
}

/** Waits until no new connection is accepted. */
async function closed(url: string): Promise<void> {
  const { hostname, port } = new URL(url);
  const isOpen = () =>
    new Promise<boolean>((resolve) => {
      const socket = connect(Number(port), hostname, () => resolve(true)).on('error', () => resolve(false));
      socket.on('connect', () => socket.destroy());
    });
  await expect.poll(isOpen, { timeout: 10_000, interval: 20 }).toBe(false);
}

test.each([
  ['that is known', 3],
  ['that is new', 0],
])(
  'SIGTERM while a request %s is in flight closes its connection after it, and ends with 0',
  async (_title, before) => {
    const { behaviour, release } = hold(good);
    await using upstream = await startUpstream((incoming, response) =>
      (upstream.seen.length > before ? behaviour : good)(incoming, response),
    );
    await using gateway = await startProgram({
      GLANCE_URL: upstream.url,
      CACHE_TTL_STORES_MS: '0',
      SHUTDOWN_TIMEOUT_MS: '20000',
    });
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    for (let time = 0; time < before; time += 1) {
      const { headers } = await post(gateway.url, agent);
      expect(headers.connection).toBe('keep-alive');
    }
    const last = post(gateway.url, agent);
    await expect.poll(() => upstream.seen.length).toBe(before + 1);
    gateway.signal('SIGTERM');
    await closed(gateway.url);
    release();
    const { headers, body } = await last;
    expect(JSON.parse(body)).toEqual({ data: { info: { stores: [{ id: 'a' }] } } });
    expect(headers.connection).toBe('close');
    expect(await gateway.exit).toBe(0);
    agent.destroy();
  },
);
