/** Health and metrics are served during an overload of the event loop. */
import { expect, test } from 'vitest';
import { startGateway } from '../gateway.ts';

/** Keeps the event loop busy until it is stopped, in pieces between which a request can be handled. */
function blockLoop(pieceMs: number) {
  let isOver = false;
  const run = async () => {
    while (!isOver) {
      const pieceEnd = performance.now() + pieceMs;
      while (performance.now() < pieceEnd);
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  const running = run();
  return {
    async end() {
      isOver = true;
      await running;
    },
  };
}

test('a gateway that sheds load responds to every probe', { timeout: 20_000 }, async () => {
  await using gateway = await startGateway();
  const body = JSON.stringify({ query: '{__typename}' });
  expect((await gateway.post(body)).status).toBe(200);
  const loop = blockLoop(320);
  const shedStatus = async () => (await gateway.post(body, { acceptOverload: true })).status;
  await expect.poll(shedStatus, { timeout: 8000, interval: 10 }).toBe(503);
  const statuses: Record<string, number[]> = {};
  for (const path of ['/healthz', '/metrics']) {
    const responses = await Promise.all(Array.from({ length: 4 }, () => gateway.fetch(path)));
    statuses[path] = responses.map(({ status }) => status);
  }
  const duringProbes = await shedStatus();
  await loop.end();
  expect(statuses).toEqual({ '/healthz': Array(4).fill(200), '/metrics': Array(4).fill(200) });
  expect(duringProbes).toBe(503);
  await expect.poll(shedStatus, { timeout: 5000, interval: 100 }).toBe(200);
});
