/** When a circuit opens, and when it closes again. */
import { expect, test } from 'vitest';
import { startGateway, type TestGateway } from '../gateway.ts';
import { type Behaviour, hang, hold, reply, reset, startUpstream, tokenIn } from '../recording-upstream.ts';

const STORES = '{info{stores{id}}}';
const good = reply(200, { stores: [] });
/** `Retry-After` keeps it from being tried twice. */
const unavailable = reply(503, '', { 'Retry-After': '1' });
const NOT_ASKED = 'The Image service was not called: most of its last calls failed.';

let callers = 0;
const newToken = () => {
  callers += 1;
  return `token-of-caller-${callers}`;
};

/** The message of the error, or null, for so many callers one after the other. */
async function messages(gateway: TestGateway, times: number) {
  const found: (string | null)[] = [];
  for (let time = 0; time < times; time += 1)
    found.push((await gateway.query(STORES, { token: newToken() })).errors[0]?.message ?? null);
  return found;
}

test('a silent upstream opens the circuit', async () => {
  await using upstream = await startUpstream(hang);
  await using gateway = await startGateway({ GLANCE_URL: upstream.url, UPSTREAM_TIMEOUT_MS: '100' });
  await Promise.all(Array.from({ length: 12 }, () => messages(gateway, 1)));
  const seen = upstream.seen.length;
  expect(await messages(gateway, 3)).toEqual([NOT_ASKED, NOT_ASKED, NOT_ASKED]);
  expect(upstream.seen).toHaveLength(seen);
});

/** Opens the circuit, then sends requests until one of them reaches the upstream: the probe. */
async function openUntilProbe(gateway: TestGateway, seen: () => number): Promise<number> {
  await messages(gateway, 12);
  const before = seen();
  expect(await messages(gateway, 1)).toEqual([NOT_ASKED]);
  while (seen() === before) await Promise.race([messages(gateway, 1), new Promise((done) => setTimeout(done, 20))]);
  return before;
}

test('a probe that fails keeps the circuit open, and a later one that succeeds closes it', async () => {
  let behaviour: Behaviour = unavailable;
  await using upstream = await startUpstream((request, response) => behaviour(request, response));
  await using gateway = await startGateway({ GLANCE_URL: upstream.url });
  const before = await openUntilProbe(gateway, () => upstream.seen.length);
  expect(await messages(gateway, 5)).toEqual(Array(5).fill(NOT_ASKED));
  expect(upstream.seen).toHaveLength(before + 1);
  behaviour = good;
  await expect.poll(() => messages(gateway, 1), { interval: 100 }).toEqual([null]);
  expect(await messages(gateway, 5)).toEqual(Array(5).fill(null));
});

test('the failure of a call that began before the circuit opened does not prolong it', async () => {
  const early = hold(unavailable);
  await using upstream = await startUpstream((request, response) =>
    (tokenIn(request) === 'token-of-early-caller' ? early.behaviour : unavailable)(request, response),
  );
  await using gateway = await startGateway({ GLANCE_URL: upstream.url });
  const first = gateway.query(STORES, { token: 'token-of-early-caller' });
  await expect.poll(() => upstream.seen.length).toBe(1);
  await messages(gateway, 10);
  const opened = performance.now();
  // It is open for a second.
  await expect.poll(() => performance.now() - opened).toBeGreaterThan(850);
  early.release();
  expect((await first).errors).toHaveLength(1);
  const seen = upstream.seen.length;
  while (upstream.seen.length === seen) await messages(gateway, 1);
  expect(performance.now() - opened).toBeLessThan(1700);
});

test('the failure of a call that began before the circuit opened does not decide the probe', async () => {
  const early = hold(unavailable);
  const probe = hold(good);
  let others: Behaviour = unavailable;
  await using upstream = await startUpstream((request, response) =>
    (tokenIn(request) === 'token-of-early-caller' ? early.behaviour : others)(request, response),
  );
  await using gateway = await startGateway({ GLANCE_URL: upstream.url });
  const first = gateway.query(STORES, { token: 'token-of-early-caller' });
  await expect.poll(() => upstream.seen.length).toBe(1);
  await messages(gateway, 10);
  others = probe.behaviour;
  await openUntilProbe(gateway, () => upstream.seen.length);
  early.release();
  expect((await first).errors).toHaveLength(1);
  others = good;
  probe.release();
  await expect.poll(() => messages(gateway, 1), { timeout: 800, interval: 50 }).toEqual([null]);
});

test('a 4xx is a success: a tenth of outages among them does not open the circuit', async () => {
  let calls = 0;
  await using upstream = await startUpstream((request, response) => {
    calls += 1;
    const refusal = [400, 401, 403, 404, 429][calls % 5] ?? 400;
    (calls > 110 ? good : calls > 100 ? unavailable : reply(refusal, ''))(request, response);
  });
  await using gateway = await startGateway({ GLANCE_URL: upstream.url });
  const first = await messages(gateway, 110);
  expect(first).not.toContain(NOT_ASKED);
  expect(await messages(gateway, 5)).toEqual(Array(5).fill(null));
  expect(upstream.seen).toHaveLength(115);
});

test('resets of a call open the circuit of that call', async () => {
  await using upstream = await startUpstream(reset);
  await using gateway = await startGateway({ GLANCE_URL: upstream.url });
  await messages(gateway, 12);
  const seen = upstream.seen.length;
  expect(await messages(gateway, 3)).toEqual([NOT_ASKED, NOT_ASKED, NOT_ASKED]);
  expect(upstream.seen).toHaveLength(seen);
});
