/** Callers that read their responses slowly, or not at all. */
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { metric, type Running, startProgram } from '../program.ts';
import { type RecordingUpstream, reply, startUpstream } from '../recording-upstream.ts';

/** A response has a megabyte; the buffers of a connection have about four. */
const STORES = Array.from({ length: 900 }, (_, index) => ({ id: `store-${index}`, description: 'x'.repeat(1100) }));
const BODY = JSON.stringify({ query: '{info{stores{id description}}}' });
const TOOL_CALL = JSON.stringify({
  ...{ jsonrpc: '2.0', id: 1, method: 'tools/call' },
  params: { name: 'get_upload_options', arguments: {} },
});
const SETTINGS = { MCP: '1', LOG_LEVEL: 'error', SHUTDOWN_TIMEOUT_MS: '10000', CACHE_TTL_STORES_MS: '60000' };

let glance: RecordingUpstream;
beforeAll(async () => {
  glance = await startUpstream(reply(200, { stores: STORES }));
});
afterAll(() => glance[Symbol.asyncDispose]());

function requestOf(path: string, body: string): string {
  const accept = 'Accept: application/json, text/event-stream';
  const head = `POST ${path} HTTP/1.1\r\nHost: x\r\nX-Auth-Token: token-slow\r\n${accept}\r\nContent-Type: application/json`;
  return `${head}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}

/** Sends so many requests at once and reads nothing. */
function openUnread({ url }: Running, requests: number, request = requestOf('/graphql', BODY)): Socket {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname).pause();
  socket.on('error', () => {}).write(request.repeat(requests));
  return socket;
}

async function post(gateway: Running, token: string): Promise<string> {
  const headers = { 'Content-Type': 'application/json', 'X-Auth-Token': token };
  return (await fetch(`${gateway.url}/graphql`, { method: 'POST', headers, body: BODY })).text();
}

test('a caller that reads slowly gets its responses completely although the process stops', async () => {
  await using gateway = await startProgram({ GLANCE_URL: glance.url, ...SETTINGS });
  // It has the stores from now on, so that it sheds no load.
  await expect.poll(async () => (await post(gateway, 'token-slow')).length).toBeGreaterThan(1_000_000);
  const socket = openUnread(gateway, 10);
  let bytes = 0;
  socket.on('data', (chunk) => {
    bytes += chunk.length;
  });
  socket.pause();
  const inFlight = () => metric(gateway, 'glance_graphql_requests_in_flight');
  // Some responses fit into the buffers of the connection; the metrics' own request counts.
  await expect.poll(inFlight, { timeout: 10_000, interval: 600 }).toBeGreaterThan(2);
  const closed = new Promise((resolve) => socket.on('close', resolve));
  gateway.signal('SIGTERM');
  await new Promise((resolve) => setTimeout(resolve, 500));
  socket.resume();
  await closed;
  expect(bytes).toBeGreaterThan(10 * 1_000_000);
  expect(await gateway.exit).toBe(0);
});

test.each([
  ['600 MB of /graphql', requestOf('/graphql', BODY), 220],
  ['1,300 MB of /mcp', requestOf('/mcp', TOOL_CALL), 500],
])('60 callers that read nothing of %s take a bounded part of the memory', async (title, request, maxMegabytes) => {
  await using gateway = await startProgram({ GLANCE_URL: glance.url, ...SETTINGS });
  const memory = () => metric(gateway, 'process_resident_memory_bytes');
  const before = await memory();
  const sockets: Socket[] = [];
  let most = 0;
  for (let number = 0; number < 60; number += 1) {
    sockets.push(openUnread(gateway, 10, request));
    // A slow machine sheds load for a second: 10 tool calls at once return 10 MB.
    const bytes = async () => (await post(gateway, 'token-other')).length;
    await expect.poll(bytes, { timeout: 10_000, interval: 100 }).toBeGreaterThan(1_000_000);
    most = Math.max(most, await memory());
  }
  process.stdout.write(`${title} unread: ${Math.round((most - before) / 1e6)} MB more memory\n`);
  // 32 MB are unread; the rest is garbage that V8 has not collected yet.
  expect(most - before).toBeLessThan(maxMegabytes * 1e6);
  for (const socket of sockets) socket.destroy();
  const inFlight = () => metric(gateway, 'glance_graphql_requests_in_flight');
  await expect.poll(inFlight, { timeout: 10_000, interval: 600 }).toBe(1);
});
