import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startGateway, type TestGateway } from '../gateway.ts';

let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.close());

test('GraphiQL is served with a content security policy that allows no other origin', async () => {
  const page = await gateway.fetch('/graphiql');
  expect(page.status).toBe(200);
  expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
  const policy = page.headers.get('content-security-policy')?.split(';') ?? [];
  expect(policy).toEqual(
    expect.arrayContaining(["default-src 'none'", "script-src 'self'", "connect-src 'self'", "frame-ancestors 'none'"]),
  );
  expect(page.headers.get('content-security-policy')).not.toMatch(
    /https?:|\*|unsafe-eval|script-src[^;]*unsafe-inline/,
  );
  expect(page.headers.get('x-content-type-options')).toBe('nosniff');
  expect(page.headers.get('referrer-policy')).toBe('no-referrer');
});

test('assets are cached forever, and the page itself is revalidated', async () => {
  const page = await gateway.fetch('/graphiql');
  expect(page.headers.get('cache-control')).toBe('no-cache');
  const [script] = /\/assets\/[\w.-]+\.js/.exec(await page.text()) ?? [];
  const file = await gateway.fetch(script ?? '/no-script');
  expect(file.status).toBe(200);
  expect(file.headers.get('cache-control')).toBe('public, max-age=31536000, immutable');
  // Otherwise closing the gateway waits until the body has been read.
  await file.body?.cancel();
  expect((await gateway.fetch('/assets/../package.json')).status).toBe(404);
  expect((await gateway.fetch('/assets/%2e%2e/graphiql.html')).status).toBe(404);
});

test.each([
  ['/graphql', 'graphiql'],
  ['/graphql?query=%7Binfo%7Bregion%7Bid%7D%7D%7D', 'graphiql?query=%7Binfo%7Bregion%7Bid%7D%7D%7D'],
])('a browser that opens %s is redirected to %s', async (path, to) => {
  const response = await gateway.fetch(path, {
    redirect: 'manual',
    headers: { Accept: 'text/html,application/xhtml+xml' },
  });
  expect([response.status, response.headers.get('location')]).toEqual([302, to]);
});

test.each([
  ['text/html', 302],
  ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 302],
  ['application/json;q=0.5, text/html', 302],
  ['application/json, text/html;q=0', 200],
  ['application/json, text/html;q=0.9', 200],
  ['text/html;q=0.5, application/graphql-response+json', 200],
  ['*/*', 200],
])('GET /graphql with Accept: %s gets %i: the q-values decide', async (accept, status) => {
  for (const method of ['GET', 'HEAD']) {
    const headers = { Accept: accept, 'Apollo-Require-Preflight': '1' };
    const response = await gateway.fetch('/graphql?query={__typename}', { method, redirect: 'manual', headers });
    expect([response.status, response.headers.get('vary')]).toEqual([status, 'X-Auth-Token, Authorization, Accept']);
  }
});

const settings = async ({ fetch }: TestGateway) =>
  /<script id="settings" type="application\/json">(.*?)<\/script>/.exec(await (await fetch('/graphiql')).text())?.[1];

test('the pages name the cloud of clouds.yaml, unless the endpoints are from other settings', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'clouds-'));
  const file = join(folder, 'clouds.yaml');
  writeFileSync(file, 'clouds: {my-cloud: {auth: {auth_url: "http://127.0.0.1:9"}}}');
  const env = { OS_CLOUD: 'my-cloud', OS_CLIENT_CONFIG_FILE: file };
  await using named = await startGateway(env);
  expect(await settings(named)).toBe('{"sandboxTokens":[],"cloudName":"my-cloud"}');
  await using other = await startGateway({ ...env, GLANCE_URL: 'http://127.0.0.1:9' });
  expect(await settings(other)).toBe('{"sandboxTokens":[],"cloudName":null}');
  rmSync(folder, { recursive: true });
});

test('only the pages of the sandbox contain tokens, as data', async () => {
  expect(await settings(gateway)).toBe('{"sandboxTokens":["sandbox-admin","sandbox-member"],"cloudName":null}');
  await using real = await startGateway({ GLANCE_URL: 'http://127.0.0.1:9' });
  expect(await settings(real)).toBe('{"sandboxTokens":[],"cloudName":null}');
});
