/** What limits retries: the deadline of the call, a caller that disconnects, and the retry budget. */
import { expect, test } from 'vitest';
import { requestLine, startGateway } from '../gateway.ts';
import { after, type Behaviour, hang, reply, startUpstream } from '../recording-upstream.ts';
import { shortest } from '../shortest.ts';

const STORES = '{info{stores{id}}}';
const token = 'token-of-a-caller';

/** One behaviour for the first request, and another for later ones. */
function firstThen(first: Behaviour, later: Behaviour): Behaviour {
  let requests = 0;
  return (request, response) => {
    requests += 1;
    (requests === 1 ? first : later)(request, response);
  };
}

test('a retry has the remaining time of the deadline, and the message names the configured time', async () => {
  const measure = async () => {
    let arrived = 0;
    const unavailable: Behaviour = (request, response) => {
      arrived = performance.now();
      after(400, reply(503, ''))(request, response);
    };
    await using upstream = await startUpstream(firstThen(unavailable, hang));
    await using gateway = await startGateway({ GLANCE_URL: upstream.url, UPSTREAM_TIMEOUT_MS: '700' });
    const { errors } = await gateway.query(STORES, { token });
    const ms = performance.now() - arrived;
    expect(ms).toBeGreaterThan(500);
    expect(errors).toMatchObject([
      { message: 'The Image service did not respond within 700 ms.', extensions: { code: 'UPSTREAM_TIMEOUT' } },
    ]);
    // Unless the machine was busy for the whole time.
    return upstream.seen.length === 2 ? ms : Number.POSITIVE_INFINITY;
  };
  // It would be over 1,100 with a deadline of its own.
  expect(await shortest(1000, measure)).toBeLessThan(1000);
});

test('a caller that disconnects in the pause before a retry cancels it', async () => {
  let responses = 0;
  await using upstream = await startUpstream((request, response) => {
    response.on('close', () => {
      responses += 1;
    });
    reply(503, '')(request, response);
  });
  await using gateway = await startGateway({ GLANCE_URL: upstream.url });
  // The pause takes at least 20 ms; several tries allow for a machine that is busy.
  let isMadeOnce = false;
  for (let attempt = 0; attempt < 8 && !isMadeOnce; attempt += 1) {
    const id = `req-left-${attempt}`;
    const leaving = new AbortController();
    const before = upstream.seen.length;
    const options = { token: `token-${attempt}-of-many`, headers: { 'X-Openstack-Request-Id': id } };
    const left = gateway.query(STORES, { ...options, signal: leaving.signal }).catch(() => 'left');
    while (responses === before) await new Promise((resolve) => setImmediate(resolve));
    leaving.abort();
    expect(await left).toBe('left');
    expect((await requestLine(gateway, id)).status).toBe(499);
    // Longer than any pause.
    await new Promise((resolve) => setTimeout(resolve, 150));
    isMadeOnce = upstream.seen.length === before + 1;
  }
  expect(isMadeOnce).toBe(true);
});

test('the budget holds at most ten retries, however many calls succeed', async () => {
  let behaviour: Behaviour = reply(200, { stores: [] });
  await using upstream = await startUpstream((request, response) => behaviour(request, response));
  await using gateway = await startGateway({ GLANCE_URL: upstream.url });
  const queryAll = (name: string, count: number) =>
    Promise.all(
      Array.from({ length: count }, (_, index) => gateway.query(STORES, { token: `token-${name}-${index}` })),
    );
  for (let round = 0; round < 10; round += 1) await queryAll(`good-${round}`, 30);
  expect(upstream.seen).toHaveLength(300);
  behaviour = reply(503, '');
  await queryAll('bad', 40);
  const attempts = upstream.seen.length - 340;
  // Forty calls deposit four more.
  expect(attempts).toBeGreaterThanOrEqual(9);
  expect(attempts).toBeLessThanOrEqual(14);
});
