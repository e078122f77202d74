/** A real nginx with `proxy_cache` in front of the gateway never serves a response to another caller. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGateway, type TestGateway } from '../gateway.ts';
import { realComponents } from '../real-components.ts';
import { type RecordingUpstream, startUpstream } from '../recording-upstream.ts';
import { missingNginx, type Nginx, startNginx } from './nginx.ts';

const { skip } = realComponents(missingNginx);

/** Deliberately careless: it caches everything that the headers do not forbid, including POST, by URL and body. */
const configuration = (gateway: string) => ({
  http: 'proxy_cache_path cache keys_zone=all:1m;',
  server: `
    location / {
      proxy_pass ${gateway};
      proxy_cache all;
      proxy_cache_methods GET HEAD POST;
      proxy_cache_key $uri$is_args$args$request_body;
      proxy_cache_valid any 10m;
      add_header X-Cache $upstream_cache_status;
    }`,
});

describe.skipIf(skip)('nginx', () => {
  let glance: RecordingUpstream;
  let gateway: TestGateway;
  let nginx: Nginx;
  beforeAll(async () => {
    glance = await startUpstream((request, response) => {
      response.end(JSON.stringify({ stores: [{ id: `of ${request.headers['x-auth-token'] ?? 'anonymous'}` }] }));
    });
    gateway = await startGateway({ GLANCE_URL: glance.url, CACHE_TTL_STORES_MS: '60000' });
    nginx = await startNginx(configuration(gateway.url));
  });
  afterAll(async () => {
    await nginx?.[Symbol.asyncDispose]();
    await gateway?.close();
    await glance?.[Symbol.asyncDispose]();
  });

  const query = '{info{stores{id}}}';
  const methods: [string, (token: string | null) => Promise<Response>][] = [
    [
      'POST',
      (token) =>
        fetch(`${nginx.url}/graphql`, {
          method: 'POST',
          headers: { 'Content-Type': 'application/json', ...(token !== null && { 'X-Auth-Token': token }) },
          body: JSON.stringify({ query }),
        }),
    ],
    [
      'GET',
      (token) =>
        fetch(`${nginx.url}/graphql?query=${encodeURIComponent(query)}`, {
          headers: { 'Apollo-Require-Preflight': '1', ...(token !== null && { 'X-Auth-Token': token }) },
        }),
    ],
  ];

  test.each(methods)('does not serve cached responses by %s', async (_method, send) => {
    for (const token of ['alice', 'bob', null, 'alice', 'bob', null]) {
      const response = await send(token);
      expect(response.headers.get('x-cache')).not.toBe('HIT');
      expect(await response.json()).toEqual({ data: { info: { stores: [{ id: `of ${token ?? 'anonymous'}` }] } } });
    }
  });

  test('does cache public assets, which shows that its cache works', async () => {
    const page = async () => {
      const html = await (await fetch(`${gateway.url}/graphiql`)).text();
      const path = /src="\.(\/assets\/[^"]+)"/.exec(html)?.[1] ?? '';
      const response = await fetch(nginx.url + path);
      await response.arrayBuffer();
      return response.headers.get('x-cache');
    };
    expect(await page()).toBe('MISS');
    expect(await page()).toBe('HIT');
  });
});
