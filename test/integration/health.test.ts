/** `/healthz` and `/readyz`. */
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { startGateway, type TestGateway } from '../gateway.ts';
import { startProgram } from '../program.ts';
import { type Behaviour, hold, reply, reset, startUpstream } from '../recording-upstream.ts';

const versions = reply(200, { versions: [{ id: 'v2.16', status: 'CURRENT' }] });
const readiness = async (gateway: TestGateway) => (await gateway.fetch('/readyz')).status;

test('readiness follows the upstream down and up again', async () => {
  let behaviour: Behaviour = versions;
  await using glance = await startUpstream((request, response) => behaviour(request, response));
  await using gateway = await startGateway({ GLANCE_URL: glance.url });
  const polling = { timeout: 4500, interval: 100 };
  expect(await readiness(gateway)).toBe(200);
  behaviour = reset;
  await expect.poll(() => readiness(gateway), polling).toBe(503);
  behaviour = versions;
  await expect.poll(() => readiness(gateway), polling).toBe(200);
}, 12_000);

test('one region down of two is ready, both down is not', async () => {
  await using one = await startUpstream(versions);
  const endpoints = (other: string) => ({ GLANCE_ENDPOINTS: JSON.stringify({ down: 'http://127.0.0.1:9', other }) });
  await using half = await startGateway(endpoints(one.url));
  expect(await readiness(half)).toBe(200);
  await using none = await startGateway(endpoints('http://127.0.0.1:9/other'));
  expect(await readiness(none)).toBe(503);
});

test('/healthz, /readyz and /metrics are not subject to the rate limit', async () => {
  await using gateway = await startGateway({ RATE_LIMIT_PER_TOKEN: '1' });
  const statuses = async (path: string, headers: Record<string, string> = {}) => {
    const responses = await Promise.all(Array.from({ length: 10 }, () => gateway.fetch(path, { headers })));
    return [...new Set(responses.map(({ status }) => status))].sort();
  };
  expect(await statuses('/graphql?query={__typename}', { 'Apollo-Require-Preflight': '1' })).toEqual([200, 429]);
  for (const path of ['/healthz', '/readyz', '/metrics']) expect(await statuses(path)).toEqual([200]);
});

test('after an internal error that nothing handles, /readyz says 503 while requests end', async () => {
  const { behaviour, release } = hold(reply(200, { stores: [] }));
  await using glance = await startUpstream({ '/v2/info/stores': behaviour, '/versions': versions });
  const fault = 'process.on("SIGUSR2", () => { Promise.reject(new Error("an unhandled rejection")) })';
  await using gateway = await startProgram({
    GLANCE_URL: glance.url,
    NODE_OPTIONS: `--import=data:text/javascript,${encodeURIComponent(fault)}`,
  });
  expect((await fetch(`${gateway.url}/readyz`)).status).toBe(200);
  const response = fetch(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: '{"query":"{info{stores{id}}}"}',
  });
  await expect.poll(() => glance.seen.some(({ path }) => path === '/v2/info/stores')).toBe(true);
  // A connection on which a request has begun is not idle, so that it is not closed.
  const probe = await beginRequest(gateway.url, 'GET /readyz HTTP/1.1\r\nHost: x\r\n');
  gateway.signal('SIGUSR2');
  await expect.poll(gateway.log, { timeout: 10_000 }).toMatch(/"level":"fatal"/);
  expect(await probe.finish()).toMatch(/^HTTP\/1\.1 503 /);
  release();
  expect(await (await response).json()).toEqual({ data: { info: { stores: [] } } });
  expect(await gateway.exit).toBe(1);
});

/** Sends the head of a request but for its end; `finish` sends that, and gives the response when the connection closes. */
async function beginRequest(url: string, head: string) {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let text = '';
  socket.on('data', (chunk) => {
    text += chunk;
  });
  await new Promise<void>((resolve) => socket.write(head, () => resolve()));
  return {
    async finish() {
      const closed = new Promise((resolve) => socket.on('close', resolve));
      socket.write('\r\n');
      await closed;
      return text;
    },
  };
}
