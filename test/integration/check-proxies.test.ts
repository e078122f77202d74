/** Forward proxies: `check` fails, names the proxy without its password, and passes once its advice is applied. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { formatRows } from '../../src/cli/check-row.ts';
import { NEWEST_GLANCE as GLANCE, runCheck } from '../check.ts';
import { startForwardProxy } from '../forward-proxy.ts';
import { replay } from '../recorded.ts';
import { type Behaviour, type RecordingUpstream, startUpstream } from '../recording-upstream.ts';

const OS_TOKEN = 'secret-token';
const HOST = 'glance.cloud.example';
const fixture = (name: string) => new URL(`../fixtures/${name}`, import.meta.url).pathname;
const OS_CACERT = fixture('cloud-example.pem');
const files = { key: readFileSync(fixture('cloud-example-key.pem')), cert: readFileSync(OS_CACERT) };

let https: RecordingUpstream;
let http: RecordingUpstream;
beforeAll(async () => {
  https = await startUpstream(GLANCE, files);
  http = await startUpstream(GLANCE);
});
afterAll(async () => {
  await https[Symbol.asyncDispose]();
  await http[Symbol.asyncDispose]();
});

/** A Glance that exists only for the proxy, and the variable of its proxy. */
const SCHEMES = [
  ['http', 'HTTP_PROXY', () => http.url.replace('127.0.0.1', HOST)],
  ['https', 'HTTPS_PROXY', () => `https://${HOST}:${https.port}`],
] as const;
const closedPort = async () => {
  await using proxy = await startForwardProxy();
  return proxy.port;
};

describe.each(SCHEMES)('for an %s upstream, %s', (scheme, variable, urlOf) => {
  const checkWith = (proxyUrl: string, env: Record<string, string> = {}) =>
    runCheck({
      GLANCE_URL: urlOf(),
      OS_TOKEN,
      OS_CACERT,
      [variable]: proxyUrl,
      UPSTREAM_CONNECT_TIMEOUT_MS: '5000',
      ...env,
    });
  const otherwise = `correct ${variable}, or add ${HOST} to NO_PROXY if it needs no proxy`;

  test('check names a proxy that nothing listens at', async () => {
    const proxy = `http://127.0.0.1:${await closedPort()}`;
    const { code, causes } = await checkWith(proxy);
    expect([code, causes]).toEqual([1, [`Nothing listens at the proxy ${proxy}: ${otherwise}`]]);
    await using correct = await startForwardProxy();
    expect(await checkWith(correct.url)).toMatchObject({ code: 0, out: expect.not.stringContaining('proxy') });
    expect(correct.seen.length).toBeGreaterThan(0);
  });

  test('check names a proxy that has no DNS entry', async () => {
    const { code, causes } = await checkWith('http://proxy.invalid:3128');
    expect([code, causes]).toEqual([
      1,
      [`The name of the proxy http://proxy.invalid:3128 can't be resolved: ${otherwise}`],
    ]);
  });

  test('check uses no proxy for an upstream on this machine', async () => {
    const local = scheme === 'http' ? http.url : `https://localhost:${https.port}`;
    const env = { GLANCE_URL: local, OS_INSECURE: '1' };
    expect((await checkWith('http://proxy.invalid:3128', env)).code).toBe(0);
  });

  test('check names a proxy that rejects the user and password, without printing them', async () => {
    await using proxy = await startForwardProxy({ credentials: 'me:right' });
    const withPassword = (password: string) => proxy.url.replace('://', `://me:${password}@`);
    const { code, causes, out } = await checkWith(withPassword('hunter2'));
    expect([code, causes]).toEqual([
      1,
      [`The proxy ${proxy.url} rejects the user and password, or their absence (407): correct ${variable}`],
    ]);
    expect(out).not.toMatch(/hunter2|me:|@/);
    expect((await checkWith(withPassword('right'))).code).toBe(0);
  });

  test('check names an https URL of a proxy without TLS', async () => {
    await using proxy = await startForwardProxy();
    const { code, causes } = await checkWith(proxy.url.replace('http:', 'https:'));
    const does = `The proxy https://127.0.0.1:${proxy.port} does not speak TLS`;
    expect([code, causes]).toEqual([1, [expect.stringContaining(does)]]);
    expect(causes[0]).toContain(`most proxies are an http:// URL in ${variable}`);
    expect((await checkWith(proxy.url)).code).toBe(0);
  });

  test('check names a proxy with a certificate that is not trusted', async () => {
    await using proxy = await startForwardProxy({ tls: true });
    const { code, causes } = await checkWith(proxy.url);
    const cause = new RegExp(`certificate of .*the proxy ${proxy.url},? is signed by an unknown CA: set OS_CACERT`);
    expect([code, causes]).toEqual([1, [expect.stringMatching(cause)]]);
  });

  test('check names the proxy of a call that fails beyond it, in JSON too', async () => {
    await using proxy = await startForwardProxy();
    const { code, causes, rows } = await checkWith(proxy.url.replace('://', '://me:hunter2@'), {
      GLANCE_URL: urlOf().replace(/:\d+$/, `:${await closedPort()}`),
    });
    expect([code, causes.join()]).toEqual([1, expect.stringMatching(new RegExp(`[Tt]he proxy ${proxy.url}`))]);
    expect(causes.join()).toContain(variable);
    const { rows: entries } = JSON.parse(formatRows(rows, 'json'));
    expect(entries[0].advice).toContain(proxy.url);
    expect(JSON.stringify(entries)).not.toContain('hunter2');
  });
});

describe('the tunnel', () => {
  test('check names a proxy that does not allow the tunnel', async () => {
    const url = `https://${HOST}:${https.port}`;
    const env = { GLANCE_URL: url, OS_TOKEN, OS_CACERT };
    await using proxy = await startForwardProxy({ mode: 'forbid' });
    const { code, causes } = await runCheck({ ...env, HTTPS_PROXY: proxy.url });
    const cause = `The proxy ${proxy.url} refuses to connect to ${url} (403): allow it there; else correct HTTPS_PROXY`;
    expect([code, causes]).toEqual([1, [expect.stringContaining(cause)]]);
    await using allowing = await startForwardProxy();
    expect((await runCheck({ ...env, HTTPS_PROXY: allowing.url })).code).toBe(0);
  });

  test('check names a proxy that never opens the tunnel', async () => {
    await using proxy = await startForwardProxy({ mode: 'silent' });
    const { causes } = await runCheck({
      OS_AUTH_URL: 'https://keystone.cloud.example',
      OS_TOKEN,
      HTTPS_PROXY: proxy.url,
      UPSTREAM_CONNECT_TIMEOUT_MS: '500',
    });
    expect(causes).toEqual([expect.stringContaining(`The proxy ${proxy.url} does not respond: correct HTTPS_PROXY`)]);
  });
});

test('check keeps the advice for a failure of Glance behind a proxy, and names the proxy', async () => {
  const rejects: Behaviour = replay('api-2.18-33-multistore-badtoken.import');
  await using glance = await startUpstream({ ...GLANCE, '/v2/info/import': rejects });
  await using proxy = await startForwardProxy();
  const { rows } = await runCheck({
    GLANCE_URL: glance.url.replace('127.0.0.1', HOST),
    OS_TOKEN,
    HTTP_PROXY: proxy.url,
  });
  expect(rows.filter(({ advice }) => advice !== '')).toEqual([
    expect.objectContaining({
      call: 'importMethods',
      advice: expect.stringMatching(
        new RegExp(`^The token is missing, .*\\. The call went through the proxy ${proxy.url} \\(HTTP_PROXY\\)$`),
      ),
    }),
  ]);
});
