/**
 * Upstreams behind a forward proxy, which is a process of its own. Their hosts exist only for the proxy: without it, a call fails.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type ForwardProxy, startForwardProxy } from '../forward-proxy.ts';
import { startGateway } from '../gateway.ts';
import { type RecordingUpstream, reply, startUpstream, tokenInfo } from '../recording-upstream.ts';

const STORES = '{info{stores{id}}}';
const DATA = { info: { stores: [{ id: 'a' }] } };
const token = 'token-of-a-caller';
/** Calls that have no proxy fail in this time. */
const SHORT = { UPSTREAM_TIMEOUT_MS: '1500', UPSTREAM_CONNECT_TIMEOUT_MS: '500' };

const folder = mkdtempSync(join(tmpdir(), 'proxies-'));
afterAll(() => rmSync(folder, { recursive: true }));
const fixture = (name: string) => readFileSync(new URL(`../fixtures/${name}`, import.meta.url), 'utf8');
/** The certificates of the proxy and of the upstreams. */
const OS_CACERT = join(folder, 'ca.pem');
writeFileSync(OS_CACERT, fixture('localhost.pem') + fixture('cloud-example.pem'));

/** Glance over http, and its URL as the proxy knows it. */
async function startGlance(host = 'glance.cloud.example') {
  const glance = await startUpstream(reply(200, { stores: [{ id: 'a' }] }));
  return { glance, url: glance.url.replace('127.0.0.1', host) };
}

const lastLine = ({ log }: { log: readonly Readonly<Record<string, unknown>>[] }) =>
  log.find(({ msg }) => msg === 'upstream call failed');

describe('an https upstream', () => {
  let keystoneUrl = '';
  let glanceUrl = '';
  const files = { key: fixture('cloud-example-key.pem'), cert: fixture('cloud-example.pem') };
  let keystone: RecordingUpstream;
  let glance: RecordingUpstream;
  beforeAll(async () => {
    glance = await startUpstream(reply(200, { stores: [{ id: 'a' }] }), files);
    glanceUrl = `https://glance.cloud.example:${glance.port}`;
    keystone = await startUpstream(reply(200, tokenInfo({ RegionOne: glanceUrl })), files);
    keystoneUrl = `https://keystone.cloud.example:${keystone.port}`;
  });
  afterAll(async () => {
    await keystone[Symbol.asyncDispose]();
    await glance[Symbol.asyncDispose]();
  });

  test.each([false, true])(
    'is reached through tunnels that are kept open, with content that the proxy cannot read (TLS to the proxy: %s)',
    async (tls) => {
      await using proxy = await startForwardProxy({ tls });
      await using gateway = await startGateway({ OS_AUTH_URL: keystoneUrl, OS_CACERT, HTTPS_PROXY: proxy.url });
      for (let count = 0; count < 3; count += 1) {
        const { data, errors } = await gateway.query(STORES, { token });
        expect(errors).toEqual([]);
        expect(data).toEqual(DATA);
      }
      const targets = [keystoneUrl, glanceUrl].map((url) => url.replace('https://', ''));
      expect(proxy.seen.map(({ method, url }) => [method, url])).toEqual(targets.map((target) => ['CONNECT', target]));
      expect(JSON.stringify(proxy.seen)).not.toContain(token);
    },
  );

  test('is verified by its own name and CA', async () => {
    await using proxy = await startForwardProxy();
    const env = { HTTPS_PROXY: proxy.url };
    await using untrusting = await startGateway({ GLANCE_URL: glanceUrl, ...env });
    expect((await untrusting.query(STORES)).errors).toMatchObject([{ extensions: { code: 'UPSTREAM_UNAVAILABLE' } }]);
    expect(lastLine(untrusting)).toMatchObject({ err: { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' } });
    const otherName = glanceUrl.replace('glance.cloud.example', 'glance.elsewhere.example');
    await using misnamed = await startGateway({ GLANCE_URL: otherName, OS_CACERT, ...env });
    expect((await misnamed.query(STORES)).errors).toMatchObject([{ extensions: { code: 'UPSTREAM_UNAVAILABLE' } }]);
    expect(lastLine(misnamed)).toMatchObject({ err: { code: 'ERR_TLS_CERT_ALTNAME_INVALID' } });
    await using insecure = await startGateway({ GLANCE_URL: otherName, OS_INSECURE: '1', ...env });
    expect((await insecure.query(STORES)).data).toEqual(DATA);
  });

  test.each<[string, { mode: 'forbid' | 'silent' }, string]>([
    ['refuses', { mode: 'forbid' }, 'Proxy response (403) !== 200 when HTTP Tunneling'],
    ['does not respond', { mode: 'silent' }, 'Headers Timeout Error'],
  ])('is unavailable when the proxy %s', async (_title, options, message) => {
    await using proxy = await startForwardProxy(options);
    await using gateway = await startGateway({
      GLANCE_URL: glanceUrl,
      HTTPS_PROXY: proxy.url,
      UPSTREAM_CONNECT_TIMEOUT_MS: '500',
    });
    const { errors } = await gateway.query(STORES);
    expect(errors).toMatchObject([{ extensions: { code: 'UPSTREAM_UNAVAILABLE' } }]);
    expect(lastLine(gateway)).toMatchObject({ err: { message: expect.stringContaining(message) } });
  });

  test('does not use the proxy of http upstreams', async () => {
    await using proxy = await startForwardProxy();
    await using gateway = await startGateway({ GLANCE_URL: glanceUrl, OS_CACERT, HTTP_PROXY: proxy.url, ...SHORT });
    expect((await gateway.query(STORES)).data).toEqual({ info: { stores: null } });
    expect(proxy.seen).toEqual([]);
  });
});

describe('an http upstream', () => {
  test.each([false, true])('is reached by requests to the proxy (TLS to the proxy: %s)', async (tls) => {
    const { glance, url } = await startGlance();
    await using _closed = glance;
    await using proxy = await startForwardProxy({ tls });
    await using gateway = await startGateway({ GLANCE_URL: `${url}/image`, OS_CACERT, HTTP_PROXY: proxy.url });
    for (let count = 0; count < 3; count += 1) {
      expect((await gateway.query(STORES, { token })).data).toEqual(DATA);
    }
    expect(glance.seen.map(({ path }) => path)).toEqual(Array(3).fill('/image/v2/info/stores'));
    expect(proxy.seen.map(({ url: target }) => target)).toEqual(Array(3).fill(`${url}/image/v2/info/stores`));
  });

  test('does not use the proxy of https upstreams', async () => {
    const { glance, url } = await startGlance();
    await using _closed = glance;
    await using proxy = await startForwardProxy();
    await using gateway = await startGateway({ GLANCE_URL: url, HTTPS_PROXY: proxy.url, ...SHORT });
    expect((await gateway.query(STORES)).data).toEqual({ info: { stores: null } });
    expect(proxy.seen).toEqual([]);
  });

  test('is unavailable when the proxy is down', async () => {
    const { url: HTTP_PROXY } = await closedProxy();
    await using gateway = await startGateway({ GLANCE_URL: 'http://glance.cloud.example', HTTP_PROXY, ...SHORT });
    expect((await gateway.query(STORES)).errors).toMatchObject([{ extensions: { code: 'UPSTREAM_UNAVAILABLE' } }]);
    expect(lastLine(gateway)).toMatchObject({ err: { code: 'ECONNREFUSED' } });
  });

  async function closedProxy(): Promise<ForwardProxy> {
    await using proxy = await startForwardProxy();
    return proxy;
  }
});

describe('the credentials of the proxy', () => {
  const credentials = 'me:p@ss/hunter2';
  const urlWith = (proxy: ForwardProxy, password: string) =>
    proxy.url.replace('://', `://me:${encodeURIComponent(password)}@`);

  test('are sent to the proxy alone', async () => {
    const { glance, url } = await startGlance();
    await using _closed = glance;
    await using proxy = await startForwardProxy({ credentials });
    await using gateway = await startGateway({ GLANCE_URL: url, HTTP_PROXY: urlWith(proxy, 'p@ss/hunter2') });
    expect((await gateway.query(STORES, { token })).data).toEqual(DATA);
    expect(proxy.seen[0]?.headers).toMatchObject({ 'x-auth-token': token, 'proxy-authorization': expect.any(String) });
  });

  test.each(['http', 'https'])('are logged nowhere when they are wrong, for an %s upstream', async (scheme) => {
    await using proxy = await startForwardProxy({ credentials });
    const wrong = urlWith(proxy, 'hunter3/secret');
    const env = { GLANCE_URL: `${scheme}://glance.cloud.example:9`, HTTP_PROXY: wrong, HTTPS_PROXY: wrong };
    await using gateway = await startGateway(env);
    const { errors } = await gateway.query(STORES);
    expect(errors).toMatchObject([{ extensions: { code: 'UPSTREAM_UNAVAILABLE' } }]);
    expect(lastLine(gateway)).toMatchObject({ err: { message: expect.stringMatching(/Proxy.*407/) } });
    const texts = JSON.stringify([gateway.log, errors]);
    for (const secret of ['hunter3', Buffer.from('me:hunter3/secret').toString('base64')]) {
      expect(texts).not.toContain(secret);
    }
  });
});

describe('NO_PROXY', () => {
  const NAME = 'glance.cloud.example';
  const ADDRESS = '192.0.2.1';

  test.each([
    ['', NAME, true],
    ['*', NAME, false],
    [NAME, NAME, false],
    ['GLANCE.cloud.example', NAME, false],
    ['cloud.example', NAME, false],
    ['.cloud.example', NAME, false],
    ['*.cloud.example', NAME, false],
    ['oud.example', NAME, true],
    ['other.example, cloud.example', NAME, false],
    ['other.example cloud.example', NAME, false],
    ['cloud.example:9', NAME, true],
    [ADDRESS, ADDRESS, false],
    ['192.0.2.0/24', ADDRESS, false],
    ['10.0.0.0/8,192.0.2.0/31', ADDRESS, false],
    ['192.0.3.0/24', ADDRESS, true],
    ['2001:db8::/32', ADDRESS, true],
    ['2001:db8::/32', '[2001:db8::1]', false],
    ['2001:db8::1', '[2001:db8::1]', false],
    ['', '[2001:db8::1]', true],
  ])('%j, for the host %s: through the proxy is %s', async (exclude, host, isProxied) => {
    const { glance, url } = await startGlance(host);
    await using _closed = glance;
    await using proxy = await startForwardProxy();
    await using gateway = await startGateway({
      GLANCE_URL: url,
      HTTP_PROXY: proxy.url,
      NO_PROXY: exclude,
      UPSTREAM_TIMEOUT_MS: isProxied ? '10000' : '500',
    });
    const { data } = await gateway.query(STORES);
    expect(data).toEqual(isProxied ? DATA : { info: { stores: null } });
    expect(proxy.seen.length > 0).toBe(isProxied);
  });
});

test('this machine has no proxy, and neither has the sandbox', async () => {
  const { glance } = await startGlance();
  await using _closed = glance;
  await using proxy = await startForwardProxy();
  for (const GLANCE_URL of [glance.url, glance.url.replace('127.0.0.1', 'localhost')]) {
    await using gateway = await startGateway({ GLANCE_URL, HTTP_PROXY: proxy.url });
    expect((await gateway.query(STORES)).data).toEqual(DATA);
  }
  await using sandbox = await startGateway({ HTTP_PROXY: proxy.url });
  expect((await sandbox.query(STORES, { token: 'sandbox-member' })).errors).toEqual([]);
  expect(proxy.seen).toEqual([]);
});
