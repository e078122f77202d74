/** What callers do to a gateway: drip, hang, flood, vanish. The others are served meanwhile, and all is as before afterwards. */
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Running, startProgram } from '../program.ts';
import { after, type RecordingUpstream, reply, startUpstream } from '../recording-upstream.ts';

let glance: RecordingUpstream;
let gateway: Running;
beforeAll(async () => {
  glance = await startUpstream(after(20, reply(200, { stores: [] })));
  gateway = await startProgram({ GLANCE_URL: glance.url, LOG_LEVEL: 'error' });
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await glance[Symbol.asyncDispose]();
  // Nothing of this was a fault of the gateway's own.
  expect(gateway.log()).toBe('');
});

const BODY = JSON.stringify({ query: '{info{stores{id}}}' });
const HEAD = `POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${BODY.length}\r\n`;

async function isServing(): Promise<void> {
  const response = await fetch(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-Auth-Token': `token-${Math.random()}` },
    body: BODY,
  });
  expect(await response.json()).toEqual({ data: { info: { stores: [] } } });
}

/** Opens so many connections, each of which begins with these bytes. */
async function open(count: number, bytes: string): Promise<Socket[]> {
  const { hostname, port } = new URL(gateway.url);
  const opened: Socket[] = [];
  for (let number = 0; number < count; number += 1) {
    const socket = connect(Number(port), hostname);
    socket.on('error', () => {});
    opened.push(socket);
    if (number % 250 === 249) await new Promise((resolve) => socket.once('connect', resolve));
    if (bytes !== '') socket.write(bytes);
  }
  return opened;
}

const closed = (socket: Socket) =>
  socket.destroyed ? Promise.resolve() : new Promise((resolve) => socket.once('close', resolve).resume());

test('5,000 idle connections leave room for the others', async () => {
  const idle = await open(5000, '');
  await isServing();
  for (const socket of idle) socket.destroy();
  await isServing();
});

test('slowloris: connections that drip their headers are closed in time', async () => {
  const dripping = await open(200, 'POST /graphql HTTP/1.1\r\nHost: x\r\n');
  const drips = setInterval(() => {
    for (const socket of dripping) if (!socket.destroyed) socket.write('X-Drip: 1\r\n');
  }, 500);
  await isServing();
  const begin = performance.now();
  await Promise.all(dripping.map(closed));
  // A whole request may take 30 seconds to arrive; its headers not.
  expect(performance.now() - begin).toBeLessThan(20_000);
  clearInterval(drips);
  await isServing();
});

test('half a body, and then nothing: the connection is closed in time', { timeout: 60_000 }, async () => {
  const half = await open(50, `${HEAD}\r\n${BODY.slice(0, 10)}`);
  await isServing();
  await Promise.all(half.map(closed));
  await isServing();
});

test('a caller that ends its side is taken for gone, and its upstream call ends', async () => {
  const [socket] = await open(1, `${HEAD}X-Auth-Token: leaving\r\n\r\n${BODY}`);
  const before = glance.seen.length;
  await expect.poll(() => glance.seen.length).toBeGreaterThan(before);
  socket?.end();
  await (socket && closed(socket));
  await isServing();
});

test('pipelined requests are answered in their order', async () => {
  const [socket] = await open(1, '');
  let text = '';
  socket?.on('data', (chunk) => {
    text += chunk;
  });
  const ids = Array.from({ length: 50 }, (_, index) => `req-pipelined-${index}`);
  socket?.write(ids.map((id) => `${HEAD}X-Openstack-Request-Id: ${id}\r\n\r\n${BODY}`).join(''));
  await expect.poll(() => text.match(/"data"/g)?.length, { timeout: 10_000 }).toBe(50);
  expect([...text.matchAll(/x-openstack-request-id: (\S+)/gi)].map(([, id]) => id)).toEqual(ids);
  socket?.destroy();
});

test('thousands that vanish midway leave nothing behind', async () => {
  for (let round = 0; round < 10; round += 1) {
    const asking = await open(300, `${HEAD}X-Auth-Token: vanishing-${round}\r\n\r\n${BODY}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
    for (const socket of asking) socket.resetAndDestroy();
  }
  await isServing();
  const inFlight = async () => {
    const text = await (await fetch(`${gateway.url}/metrics`)).text();
    return /^glance_graphql_requests_in_flight (\d+)$/m.exec(text)?.[1];
  };
  // The scrape itself.
  await expect.poll(inFlight, { timeout: 5000, interval: 600 }).toBe('1');
});
