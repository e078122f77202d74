/** Calls of disconnected callers are removed from the queue for connections. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { startGateway, type TestGateway } from '../gateway.ts';
import { hang, reply, startUpstream } from '../recording-upstream.ts';

const STORES = '{info{stores{id}}}';
const BODY = JSON.stringify({ query: STORES });
/** More than there are connections to one upstream. */
const HOLDERS = 100;
/** Together with the holders more than may wait. */
const LEAVERS = 600;
const BATCH = 50;
/** No call that hangs ends by itself: it would open the circuit. */
const ENV = { LOG_LEVEL: 'info', UPSTREAM_TIMEOUT_MS: '50000', REQUEST_TIMEOUT_MS: '60000' };

/** Sends a request and disconnects at once: the gateway reads the request, and then the end of the connection. */
function sendAndDisconnect({ url }: TestGateway, token: string): void {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname, () => {
    const head = `POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nX-Auth-Token: ${token}\r\n`;
    socket.end(`${head}Content-Length: ${BODY.length}\r\n\r\n${BODY}`);
  });
  socket.on('error', () => {}).resume();
}

/** Repeats the query while the gateway sheds load, since this test keeps the machine busy. */
async function queryUntilServed(gateway: TestGateway, token: string, signal?: AbortSignal) {
  const options = { token, ...(signal && { signal }) };
  let response = await gateway.query(STORES, options);
  while (response.status === 503) response = await gateway.query(STORES, options);
  return response;
}

/**
 * Fills all connections with calls that hang, then disconnects that many callers of waiting calls. Both happen in small batches, so
 * that the gateway sheds no load.
 */
async function holdAndDisconnect(gateway: TestGateway, leavers: number) {
  const holding = new AbortController();
  const held: Promise<unknown>[] = [];
  const ended = () => gateway.log.filter(({ msg }) => msg === 'request').length;
  let arrived = 0;
  gateway.server.on('request', () => {
    arrived += 1;
  });
  for (let count = 0; count < HOLDERS; count += BATCH) {
    for (let index = count; index < count + BATCH; index += 1) {
      held.push(queryUntilServed(gateway, `token-holder-${index}`, holding.signal).catch(() => null));
    }
    // Requests that were shed are repeated.
    await expect.poll(() => arrived - ended(), { interval: 5 }).toBe(count + BATCH);
  }
  const before = ended();
  for (let count = 0; count < leavers; count += BATCH) {
    for (let index = count; index < count + BATCH; index += 1) sendAndDisconnect(gateway, `token-leaver-${index}`);
    await expect.poll(ended, { interval: 5 }).toBeGreaterThanOrEqual(before + count + BATCH);
  }
  return {
    async release() {
      holding.abort();
      await Promise.all(held);
    },
    [Symbol.dispose]: () => holding.abort(),
  };
}

test('disconnected callers take no place in the queue', { timeout: 60_000 }, async () => {
  let behaviour = hang;
  await using upstream = await startUpstream((request, response) => behaviour(request, response));
  await using gateway = await startGateway({ GLANCE_URL: upstream.url, ...ENV });
  using calls = await holdAndDisconnect(gateway, LEAVERS);
  const arrived = once(gateway.server, 'request');
  const living = queryUntilServed(gateway, 'token-of-living-caller');
  await arrived;
  // Until its body is read, and its call is in the queue.
  await new Promise((resolve) => setTimeout(resolve, 100));
  behaviour = reply(200, { stores: [{ id: 'a' }] });
  await calls.release();
  const { data, errors } = await living;
  expect([data, errors]).toEqual([{ info: { stores: [{ id: 'a' }] } }, []]);
});

test('the calls of disconnected callers are never sent', { timeout: 60_000 }, async () => {
  let behaviour = hang;
  await using upstream = await startUpstream((request, response) => behaviour(request, response));
  await using gateway = await startGateway({ GLANCE_URL: upstream.url, ...ENV });
  using calls = await holdAndDisconnect(gateway, BATCH);
  behaviour = reply(200, { stores: [] });
  await calls.release();
  expect((await queryUntilServed(gateway, 'token-of-living-caller')).errors).toEqual([]);
  expect(JSON.stringify(upstream.seen)).not.toContain('token-leaver-');
});
