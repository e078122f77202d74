/** Callers that send bodies and never complete them, or requests and more requests before a response. */
import { connect, type Socket } from 'node:net';
import { expect, test } from 'vitest';
import { metric, type Running, startProgram } from '../program.ts';
import { type Behaviour, hang, reply, startUpstream } from '../recording-upstream.ts';

const BODY = JSON.stringify({ query: '{info{stores{id}}}' });
const head = (length: number) =>
  `POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`;

function send({ url }: Running, bytes: string): Socket {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket
    .on('error', () => {})
    .resume()
    .write(bytes);
  return socket;
}

/** As soon as the load is over. */
async function expectServing({ url }: Running): Promise<void> {
  const headers = { 'Content-Type': 'application/json', 'X-Auth-Token': 'token-other' };
  const serve = async () => (await fetch(`${url}/graphql`, { method: 'POST', headers, body: BODY })).json();
  await expect.poll(serve, { timeout: 10_000, interval: 250 }).toEqual({ data: { info: { stores: [] } } });
}

test('2000 bodies of 99 kB that are never complete take a bounded part of the memory, and others are served', async () => {
  await using glance = await startUpstream(reply(200, { stores: [] }));
  await using gateway = await startProgram({ GLANCE_URL: glance.url, LOG_LEVEL: 'error' });
  const before = await metric(gateway, 'process_resident_memory_bytes');
  const bytes = head(99_000) + 'x'.repeat(98_000);
  const sockets: Socket[] = [];
  let closed = 0;
  for (let number = 0; number < 2000; number += 1) {
    const socket = send(gateway, bytes);
    socket.on('close', () => {
      closed += 1;
    });
    sockets.push(socket);
    if (number % 100 === 99) await new Promise((resolve) => setTimeout(resolve, 20));
  }
  // 32 MiB are 338 of them.
  await expect.poll(() => closed, { timeout: 20_000 }).toBeGreaterThan(1600);
  // Later they are closed for taking too long.
  expect(sockets.length - closed).toBeGreaterThan(300);
  await expectServing(gateway);
  const taken = (await metric(gateway, 'process_resident_memory_bytes')) - before;
  process.stdout.write(`200 MB of incomplete bodies: ${Math.round(taken / 1e6)} MB more memory\n`);
  expect(taken).toBeLessThan(130e6);
  for (const socket of sockets) socket.destroy();
});

test('connections that send 60,000 requests before a response are closed, and others are served', async () => {
  let behaviour: Behaviour = hang;
  await using glance = await startUpstream((request, response) => behaviour(request, response));
  await using gateway = await startProgram({ GLANCE_URL: glance.url, LOG_LEVEL: 'error' });
  const before = await metric(gateway, 'process_resident_memory_bytes');
  const sockets: Socket[] = [];
  const request = head(BODY.length) + BODY;
  let most = 0;
  for (let number = 0; number < 20; number += 1) sockets.push(send(gateway, request.repeat(3000)));
  for (let number = 0; number < 30; number += 1) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    most = Math.max(most, await metric(gateway, 'glance_graphql_requests_in_flight'));
  }
  const taken = (await metric(gateway, 'process_resident_memory_bytes')) - before;
  process.stdout.write(
    `60,000 requests at once: at most ${most} in flight, ${Math.round(taken / 1e6)} MB more memory\n`,
  );
  expect(most).toBeGreaterThan(1000);
  // 4000, and the last one of each connection, which is being closed.
  expect(most).toBeLessThan(4022);
  behaviour = reply(200, { stores: [] });
  for (const socket of sockets) socket.destroy();
  await expect
    .poll(() => metric(gateway, 'glance_graphql_requests_in_flight'), { timeout: 15_000, interval: 600 })
    .toBe(1);
  await expectServing(gateway);
});
