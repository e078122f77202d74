/** One deadline over a whole request, and what happens to its calls when the caller disconnects. */
import { describe, expect, test } from 'vitest';
import { requestLine, startGateway } from '../gateway.ts';
import { after, type Behaviour, hang, hold, reply, startUpstream, tokenInfo } from '../recording-upstream.ts';
import { shortest } from '../shortest.ts';

const STORES = '{info{stores{id}}}';
const token = 'token-of-a-caller';
/** Notes when the first request arrives, since a gateway's own first one takes longer to get there. */
function timed(behaviour: Behaviour) {
  let first = 0;
  const timing: Behaviour = (request, response) => {
    first ||= performance.now();
    behaviour(request, response);
  };
  return { behaviour: timing, elapsed: () => performance.now() - first };
}

const good = reply(200, { stores: [{ id: 'a' }] });

test.each([
  ['REQUEST_TIMEOUT_MS', { UPSTREAM_TIMEOUT_MS: '690', REQUEST_TIMEOUT_MS: '700' }],
  ['UPSTREAM_TIMEOUT_MS', { UPSTREAM_TIMEOUT_MS: '700', REQUEST_TIMEOUT_MS: '5000' }],
])('%s bounds both Keystone lookups together', async (_title, timeouts) => {
  const measure = async () => {
    const { behaviour, elapsed } = timed(after(500, reply(403, '')));
    await using keystone = await startUpstream({ '/v3/auth/tokens': behaviour, '/v3/auth/catalog': hang });
    await using gateway = await startGateway({ OS_AUTH_URL: keystone.url, ...timeouts });
    const { errors } = await gateway.query(STORES, { token });
    const ms = elapsed();
    expect(errors).toMatchObject([{ extensions: { code: 'UPSTREAM_TIMEOUT', service: 'identity' } }]);
    const paths = keystone.seen.map(({ path }) => path);
    // The first lookup took all the time.
    if (paths.length === 1) return Number.POSITIVE_INFINITY;
    expect(paths).toEqual(['/v3/auth/tokens', '/v3/auth/catalog']);
    return ms;
  };
  const ms = await shortest(1000, measure);
  expect(ms).toBeGreaterThan(500);
  // With a deadline each it would be 1,190.
  expect(ms).toBeLessThan(1000);
});

test('REQUEST_TIMEOUT_MS bounds a slow Keystone and a silent Glance together', async () => {
  const measure = async () => {
    await using glance = await startUpstream(hang);
    const { behaviour, elapsed } = timed(after(400, reply(200, tokenInfo({ RegionOne: glance.url }))));
    await using keystone = await startUpstream(behaviour);
    const env = { OS_AUTH_URL: keystone.url, UPSTREAM_TIMEOUT_MS: '590', REQUEST_TIMEOUT_MS: '600' };
    await using gateway = await startGateway(env);
    const { errors } = await gateway.query(STORES, { token });
    const ms = elapsed();
    expect(errors).toMatchObject([{ extensions: { code: 'UPSTREAM_TIMEOUT' } }]);
    // Unless Keystone took all the time.
    return errors[0]?.extensions.service === 'image' ? ms : Number.POSITIVE_INFINITY;
  };
  expect(await shortest(900, measure)).toBeLessThan(900);
});

/** Resolves `aborted` when the connection of a held request closes before its response. */
function watchAbort(behaviour: Behaviour) {
  const aborted = Promise.withResolvers<void>();
  const watching: Behaviour = (request, response) => {
    response.on('close', () => response.writableFinished || aborted.resolve());
    behaviour(request, response);
  };
  return { behaviour: watching, aborted: aborted.promise };
}

describe('a caller that disconnects during the Keystone lookup', () => {
  test('causes no Glance call, and ends the lookup', async () => {
    await using glance = await startUpstream(good);
    const { behaviour: held, release } = hold(reply(200, tokenInfo({ RegionOne: glance.url })));
    const { behaviour, aborted } = watchAbort(held);
    await using keystone = await startUpstream(behaviour);
    await using gateway = await startGateway({ OS_AUTH_URL: keystone.url });
    const leaving = new AbortController();
    const headers = { 'X-Openstack-Request-Id': 'req-gone' };
    const left = gateway.query('{info{stores{id} usage{enabled}}}', { token, headers, signal: leaving.signal });
    await expect.poll(() => keystone.seen.length).toBe(1);
    leaving.abort();
    await expect(left).rejects.toThrow();
    expect((await requestLine(gateway, 'req-gone')).status).toBe(499);
    await aborted;
    release();
    expect((await gateway.query(STORES, { token: 'token-of-another' })).errors).toEqual([]);
    expect(glance.seen).toHaveLength(1);
    expect(JSON.stringify(glance.seen)).toContain('token-of-another');
  });

  test('causes no Glance call when the lookup completes for another request', async () => {
    await using glance = await startUpstream(good);
    const { behaviour, release } = hold(reply(200, tokenInfo({ RegionOne: glance.url })));
    await using keystone = await startUpstream(behaviour);
    await using gateway = await startGateway({ OS_AUTH_URL: keystone.url });
    const leaving = new AbortController();
    const headers = { 'X-Openstack-Request-Id': 'req-gone' };
    const left = gateway.query('{info{stores{id} usage{enabled}}}', { token, headers, signal: leaving.signal });
    // Another request of the same token keeps the lookup alive.
    const staying = gateway.query('{info{importMethods{value}}}', { token });
    await expect.poll(() => keystone.seen.length).toBe(1);
    leaving.abort();
    await expect(left).rejects.toThrow();
    expect((await requestLine(gateway, 'req-gone')).status).toBe(499);
    release();
    await staying;
    expect(glance.seen.map(({ path }) => path)).toEqual(['/v2/info/import']);
    expect(keystone.seen).toHaveLength(1);
  });
});

test.each([
  ['a Glance call', 'glance'],
  ['a Keystone call', 'keystone'],
])('a caller that disconnects during %s causes no warning in the log', async (_title, silent) => {
  await using glance = await startUpstream(silent === 'glance' ? hang : good);
  const info = reply(200, tokenInfo({ RegionOne: glance.url }));
  await using keystone = await startUpstream(silent === 'keystone' ? hang : info);
  await using gateway = await startGateway({ OS_AUTH_URL: keystone.url });
  for (const id of ['req-one', 'req-two']) {
    const leaving = new AbortController();
    const before = glance.seen.length + keystone.seen.length;
    const left = gateway.query(STORES, {
      token: `token-of-${id}`,
      headers: { 'X-Openstack-Request-Id': id },
      signal: leaving.signal,
    });
    await expect.poll(() => glance.seen.length + keystone.seen.length).toBe(before + (silent === 'glance' ? 2 : 1));
    leaving.abort();
    await expect(left).rejects.toThrow();
    expect((await requestLine(gateway, id)).status).toBe(499);
  }
  expect(gateway.log.filter(({ level }) => level === 'warn' || level === 'error')).toEqual([]);
});
