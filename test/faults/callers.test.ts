/** Slow, idle, flooding and disconnecting callers do not affect the others, and leave nothing behind. */
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { metric, type Running, startProgram } from '../program.ts';
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
  // None of it was an internal error.
  expect(gateway.log()).toBe('');
});

const BODY = JSON.stringify({ query: '{info{stores{id}}}' });
const HEAD = `POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${BODY.length}\r\n`;

/** As soon as the gateway sheds no load any more. */
async function expectServing(): Promise<void> {
  const response = await fetch(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-Auth-Token': `token-${Math.random()}` },
    body: BODY,
  });
  if (response.status === 503) {
    await response.text();
    await new Promise((resolve) => setTimeout(resolve, 250));
    return expectServing();
  }
  expect(await response.json()).toEqual({ data: { info: { stores: [] } } });
}

/** Opens `count` connections and sends `bytes` over each. */
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

test('5,000 idle connections do not prevent new ones', async () => {
  const idle = await open(5000, '');
  await expectServing();
  for (const socket of idle) socket.destroy();
  await expectServing();
});

// Each waits for a timeout of the server.
describe.concurrent('after a timeout of the server', () => {
  test('connections that send headers too slowly are closed (slowloris)', async () => {
    const slow = await open(200, 'POST /graphql HTTP/1.1\r\nHost: x\r\n');
    const timer = setInterval(() => {
      for (const socket of slow) if (!socket.destroyed) socket.write('X-Slow: 1\r\n');
    }, 500);
    await expectServing();
    const startedAt = performance.now();
    await Promise.all(slow.map(closed));
    // A request may take 30 seconds to arrive; its headers may not.
    expect(performance.now() - startedAt).toBeLessThan(20_000);
    clearInterval(timer);
    await expectServing();
  });

  test('connections that stall within the body are closed', { timeout: 60_000 }, async () => {
    const half = await open(50, `${HEAD}\r\n${BODY.slice(0, 10)}`);
    await expectServing();
    await Promise.all(half.map(closed));
    await expectServing();
  });
});

test('a half-closed connection counts as disconnected, and its upstream call is aborted', async () => {
  const [socket] = await open(1, `${HEAD}X-Auth-Token: leaving\r\n\r\n${BODY}`);
  const before = glance.seen.length;
  await expect.poll(() => glance.seen.length).toBeGreaterThan(before);
  socket?.end();
  await (socket && closed(socket));
  await expectServing();
});

test('responses to pipelined requests are sent in order', async () => {
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

test('thousands of aborted requests leave none in flight', async () => {
  for (let round = 0; round < 10; round += 1) {
    const sockets = await open(300, `${HEAD}X-Auth-Token: aborting-${round}\r\n\r\n${BODY}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
    for (const socket of sockets) socket.resetAndDestroy();
  }
  await expectServing();
  const inFlight = () => metric(gateway, 'glance_graphql_requests_in_flight');
  // The request for the metrics itself.
  await expect.poll(inFlight, { timeout: 15_000, interval: 600 }).toBe(1);
});
