/** Health and metrics are served during an overload of the event loop. */
import { expect, test } from 'vitest';
import { blockEventLoop } from '../blocked-event-loop.ts';
import { startGateway } from '../gateway.ts';

test('a gateway that sheds load responds to every probe', { timeout: 20_000 }, async () => {
  await using gateway = await startGateway();
  const body = JSON.stringify({ query: '{__typename}' });
  expect((await gateway.post(body)).status).toBe(200);
  const loop = blockEventLoop(320);
  const shedStatus = async () => (await gateway.post(body, { acceptOverload: true })).status;
  await expect.poll(shedStatus, { timeout: 8000, interval: 10 }).toBe(503);
  const statuses: Record<string, number[]> = {};
  for (const path of ['/healthz', '/metrics']) {
    const responses = await Promise.all(Array.from({ length: 4 }, () => gateway.fetch(path)));
    statuses[path] = responses.map(({ status }) => status);
  }
  const duringProbes = await shedStatus();
  await loop.stop();
  expect(statuses).toEqual({ '/healthz': Array(4).fill(200), '/metrics': Array(4).fill(200) });
  expect(duringProbes).toBe(503);
  await expect.poll(shedStatus, { interval: 100 }).toBe(200);
});
