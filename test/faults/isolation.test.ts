/** What one call, or some callers, do to others: nothing. The gateway is a process of its own, so that its latency is measured. */
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { startProgram } from '../program.ts';
import { sendRaw } from '../raw.ts';
import { after, hang, reply, reset, startUpstream, tokenIn, tokenInfo } from '../recording-upstream.ts';
import {
  CALL_NAMES,
  CALLS,
  expectOthersServed,
  newToken,
  queryOf,
  repeat,
  send,
  sendAndLeave,
  startGlance,
} from './other-callers.ts';

const UPSTREAM = { UPSTREAM_TIMEOUT_MS: '3000', LOG_LEVEL: 'error' };

describe('300 callers poll a call that never responds', () => {
  test.each(CALL_NAMES)('%s: the other calls of other callers are served', async (hanging) => {
    await using glance = await startGlance((call) => (call === hanging ? hang : null));
    await using gateway = await startProgram({ GLANCE_URL: glance.url, ...UPSTREAM });
    using _polling = repeat(300, 500, () => send(gateway, queryOf([hanging]), newToken('polling')));
    await expect.poll(() => glance.seen.length).toBeGreaterThan(30);
    const others = queryOf(CALL_NAMES.filter((name) => name !== hanging));
    await expectOthersServed(`300 callers poll ${hanging}`, () => send(gateway, others, newToken('other')));
  });
});

describe('one caller', () => {
  test('that bypasses the cache 600 times at once does not take the connections of the call', async () => {
    let most = 0;
    let inFlight = 0;
    await using glance = await startGlance((call, token) =>
      call === 'usage' && token === 'token-greedy'
        ? (request, response) => {
            inFlight += 1;
            most = Math.max(most, inFlight);
            response.on('close', () => {
              inFlight -= 1;
            });
            after(500, reply(200, CALLS.usage.body))(request, response);
          }
        : null,
    );
    await using gateway = await startProgram({ GLANCE_URL: glance.url, ...UPSTREAM });
    const query = queryOf(['usage']);
    const headers = { 'Cache-Control': 'no-cache' };
    using _greedy = repeat(600, 50, () => send(gateway, query, 'token-greedy', headers));
    await expect.poll(() => inFlight).toBeGreaterThan(0);
    await expectOthersServed('600 requests of one caller with no-cache', () => send(gateway, query, newToken('other')));
    expect(most).toBeLessThanOrEqual(4);
  });
});

describe('a Keystone that drops the connection for tokens over 4 kB', () => {
  test('looks up new tokens while 50 callers send such tokens', async () => {
    await using glance = await startGlance();
    await using keystone = await startUpstream((request, response) =>
      (tokenIn(request).length > 4000 ? reset : reply(200, tokenInfo({ RegionOne: glance.url })))(request, response),
    );
    await using gateway = await startProgram({ OS_AUTH_URL: keystone.url, ...UPSTREAM });
    const query = queryOf(['stores']);
    const garbage = 'x'.repeat(8000);
    using _sending = repeat(50, 50, () => send(gateway, query, newToken(`long-${garbage}`)));
    await expect.poll(() => keystone.seen.length).toBeGreaterThan(100);
    await expectOthersServed('50 callers send tokens of 8 kB', () => send(gateway, query, newToken('good')));
  });
});

describe('a flood', () => {
  /** For longer than any test takes. */
  const KEPT = { CACHE_TTL_STORES_MS: '600000', CACHE_TTL_CATALOG_MS: '600000' };
  /** A Keystone that knows the tokens of `good` callers, and takes some time. */
  const startCloud = async () => {
    const glance = await startGlance();
    const known = tokenInfo({ RegionOne: glance.url });
    const keystone = await startUpstream((request, response) =>
      after(10, tokenIn(request).startsWith('token-good') ? reply(200, known) : reply(401, ''))(request, response),
    );
    const gateway = await startProgram({ OS_AUTH_URL: keystone.url, ...UPSTREAM, ...KEPT });
    return {
      glance,
      keystone,
      gateway,
      async [Symbol.asyncDispose]() {
        await gateway[Symbol.asyncDispose]();
        await keystone[Symbol.asyncDispose]();
        await glance[Symbol.asyncDispose]();
      },
    };
  };
  const query = queryOf(['stores']);

  test('of made-up tokens evicts no caller and loses no coalescing', async () => {
    await using cloud = await startCloud();
    const { gateway, glance, keystone } = cloud;
    const known = Array.from({ length: 50 }, () => newToken('good'));
    await Promise.all(known.map((token) => send(gateway, query, token)));
    const callsBefore = glance.seen.length;
    using _flood = repeat(100, 20, () => send(gateway, query, newToken('made-up')));
    await expect.poll(() => keystone.seen.length, { timeout: 60_000 }).toBeGreaterThan(2000);
    let next = 0;
    await expectOthersServed('100 callers make up tokens', () => {
      next += 1;
      return send(gateway, query, known[next % known.length] ?? '');
    });
    expect(glance.seen.length).toBe(callsBefore);
    const together = newToken('good');
    const lost = await Promise.all(Array.from({ length: 50 }, () => send(gateway, query, together)));
    expect(lost.flat()).toEqual([]);
    expect(glance.seen.length).toBe(callsBefore + 1);
    expect(keystone.seen.filter(({ headers }) => headers.some(([, value]) => value === together))).toHaveLength(1);
  });

  test('of callers who leave midway does not disturb the others', async () => {
    await using cloud = await startCloud();
    const { gateway, keystone } = cloud;
    let left = 0;
    using _leaving = repeat(30, 30, async () => {
      left += 1;
      // Over a connection of its own: one that was opened and never used would be closed under a later request.
      await sendAndLeave(gateway, query, newToken('good'), Math.random() * 20);
      // Connections are accepted in order: without waiting, those that were left would fill the queue of the operating system.
      await sendRaw(gateway, 'GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
    });
    await expect.poll(() => left, { timeout: 60_000 }).toBeGreaterThan(2000);
    await expectOthersServed('30 callers leave midway', () => send(gateway, query, newToken('good')));
    // Keystone's connections are used again, although its responses have no reader any more.
    expect(keystone.accepted()).toBeLessThan(300);
  });
});

describe('an outage', () => {
  test.each([
    ['every connection is reset', reset],
    // `Retry-After` keeps it from being tried twice.
    ['every response is 503', reply(503, '', { 'Retry-After': '1' })],
    ['no response comes', hang],
  ])('opens the circuit within ten calls of several callers: %s', async (_title, fault) => {
    let isDown = true;
    await using glance = await startGlance(() => (isDown ? fault : null));
    await using gateway = await startProgram({ GLANCE_URL: glance.url, ...UPSTREAM, UPSTREAM_TIMEOUT_MS: '200' });
    const query = queryOf(['stores']);
    await Promise.all(Array.from({ length: 10 }, () => send(gateway, query, newToken('caller'))));
    const isOpen = async () => {
      const seen = glance.seen.length;
      const codes = await send(gateway, query, newToken('caller'));
      return codes[0] === 'UPSTREAM_UNAVAILABLE' && glance.seen.length === seen;
    };
    // A connection error is verified by a call without a token.
    await pause(300);
    expect(await isOpen()).toBe(true);
    isDown = false;
    const endedAt = performance.now();
    while ((await send(gateway, query, newToken('caller'))).length > 0) await pause(20);
    const ms = performance.now() - endedAt;
    process.stdout.write(`${_title}: closed ${Math.round(ms)} ms after the end of the outage\n`);
    expect(ms).toBeLessThan(2000);
  });

  test.each([
    ['new tokens each time', () => newToken(`long-${'x'.repeat(8000)}`)],
    ['the same token', () => `token-long-${'x'.repeat(8000)}`],
  ])('ends for others within 2 s while callers poll with tokens that drop the connection: %s', async (title, token) => {
    let isDown = true;
    await using glance = await startGlance((_call, sent) => (isDown || sent.length > 4000 ? reset : null));
    await using gateway = await startProgram({ GLANCE_URL: glance.url, ...UPSTREAM });
    const query = queryOf(['stores']);
    using _sending = repeat(20, 10, () => send(gateway, query, token()));
    await Promise.all(Array.from({ length: 20 }, () => send(gateway, query, newToken('caller'))));
    await pause(2500);
    isDown = false;
    const endedAt = performance.now();
    while ((await send(gateway, query, newToken('caller'))).length > 0 && performance.now() - endedAt < 10_000)
      await pause(20);
    const ms = performance.now() - endedAt;
    process.stdout.write(`an outage with ${title}: served ${Math.round(ms)} ms after its end\n`);
    expect(ms).toBeLessThan(2000);
    await expectOthersServed('after the outage', () => send(gateway, query, newToken('other')));
  });
});
