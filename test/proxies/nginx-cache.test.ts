/** A real nginx with `proxy_cache` in front of the gateway never serves a response to another caller. */
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../../scripts/free-port.ts';
import { startGateway, type TestGateway } from '../gateway.ts';
import { type Service, startService } from '../openstack/processes.ts';
import { realComponents } from '../real-components.ts';
import { type RecordingUpstream, startUpstream } from '../recording-upstream.ts';

const NGINX = '/usr/sbin/nginx';
const { skip } = realComponents([NGINX].filter((path) => !existsSync(path)));

/** Deliberately careless: it caches everything that the headers do not forbid, including POST, by URL and body. */
const configuration = (folder: string, port: number, gateway: string) => `
daemon off;
user root;
worker_processes 1;
pid ${folder}/nginx.pid;
error_log ${folder}/error.log;
events {}
http {
  access_log off;
  client_body_temp_path ${folder}/body;
  proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi;
  scgi_temp_path ${folder}/scgi;
  proxy_cache_path ${folder}/cache keys_zone=all:1m;
  server {
    listen 127.0.0.1:${port};
    location / {
      proxy_pass ${gateway};
      proxy_cache all;
      proxy_cache_methods GET HEAD POST;
      proxy_cache_key $uri$is_args$args$request_body;
      proxy_cache_valid any 10m;
      add_header X-Cache $upstream_cache_status;
    }
  }
}
`;

describe.skipIf(skip)('nginx', () => {
  const folder = mkdtempSync(join(tmpdir(), 'glance-graphql-nginx-'));
  let glance: RecordingUpstream;
  let gateway: TestGateway;
  let nginx: Service;
  beforeAll(async () => {
    glance = await startUpstream((request, response) => {
      response.end(JSON.stringify({ stores: [{ id: `of ${request.headers['x-auth-token'] ?? 'anonymous'}` }] }));
    });
    gateway = await startGateway({ GLANCE_URL: glance.url, CACHE_TTL_STORES_MS: '60000' });
    const port = await freePort();
    mkdirSync(join(folder, 'cache'));
    writeFileSync(join(folder, 'nginx.conf'), configuration(folder, port, gateway.url));
    nginx = await startService([NGINX, '-p', folder, '-c', join(folder, 'nginx.conf')], {
      url: `http://127.0.0.1:${port}`,
      readyPath: '/healthz',
      logFile: join(folder, 'output.log'),
    });
  });
  afterAll(async () => {
    await nginx?.[Symbol.asyncDispose]();
    await gateway?.close();
    await glance?.[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
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
