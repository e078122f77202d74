/** The gateway under a path of a real nginx, with the configurations of docs/operations.md. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { blocks, readDocument } from '../documents.ts';
import { startGateway, type TestGateway } from '../gateway.ts';
import { realComponents } from '../real-components.ts';
import { missingNginx, type Nginx, startNginx } from './nginx.ts';

const { skip } = realComponents(missingNginx);

const [keeps = '', removes = ''] = blocks('nginx', readDocument('docs/operations.md'));

test('the documents show both kinds of proxy', () => {
  expect(keeps).toContain('proxy_pass http://127.0.0.1:4000;');
  expect(removes).toContain('proxy_pass http://127.0.0.1:4000/;');
});

/** As ingress controllers do: `/glance` is served without a redirect to `/glance/`. */
const REWRITES = `
  location /glance {
    rewrite ^/glance/?(.*)$ /$1 break;
    proxy_set_header X-Forwarded-Prefix /glance;
    proxy_pass http://127.0.0.1:4000;
  }`;

describe.skipIf(skip).each([
  ['keeps the path, with BASE_PATH', keeps, { BASE_PATH: '/glance' }],
  ['removes the path, with BASE_PATH', removes, { BASE_PATH: '/glance' }],
  ['removes the path, without a setting', removes, {}],
  ['removes the path and names it, with TRUST_PROXY', REWRITES, { TRUST_PROXY: '127.0.0.1' }],
  ['removes the path, also of the overview, with BASE_PATH', REWRITES, { BASE_PATH: '/glance' }],
])('nginx that %s', (_title, server, env) => {
  let gateway: TestGateway;
  let nginx: Nginx;
  beforeAll(async () => {
    gateway = await startGateway({ ...env, MCP: '1' });
    nginx = await startNginx({ server: server.replace('http://127.0.0.1:4000', gateway.url) });
  });
  afterAll(async () => {
    await nginx?.[Symbol.asyncDispose]();
    await gateway?.close();
  });

  /** With the addresses that a browser would make of it. */
  async function open(path: string, init?: RequestInit) {
    const response = await fetch(nginx.url + path, init);
    const text = await response.text();
    const base = new URL(/<base href="([^"]*)">/.exec(text)?.[1] ?? '.', response.url);
    const links = [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link = '']) => new URL(link, base));
    return { status: response.status, url: response.url.slice(nginx.url.length), text, links };
  }

  test.each(['/glance', '/glance/', '/glance/?region=RegionTwo', '/glance/graphiql', '/glance/graphiql/'])(
    'serves the page %s and all that it links to',
    async (path) => {
      const { status, links } = await open(path);
      expect(status).toBe(200);
      expect(links.length).toBeGreaterThan(4);
      for (const { href, pathname } of links) {
        expect(pathname).toMatch(/^\/glance\//);
        const linked = await fetch(href);
        await linked.arrayBuffer();
        expect([pathname, linked.status]).toEqual([pathname, 200]);
      }
    },
  );

  test.each(['/glance/graphql', '/glance/graphql/'])('sends a browser from %s to GraphiQL', async (path) => {
    const { status, url } = await open(`${path}?query={a}`, { headers: { Accept: 'text/html' } });
    expect([status, url]).toEqual([200, '/glance/graphiql?query={a}']);
  });

  test('serves everything else', async () => {
    for (const path of ['/healthz', '/readyz', '/metrics', '/schema.graphql', '/subgraph.graphql'])
      expect([path, (await open(`/glance${path}`)).status]).toEqual([path, 200]);
    const headers = {
      'Content-Type': 'application/json',
      Accept: 'application/json, text/event-stream',
      'X-Auth-Token': 'sandbox-member',
    };
    const post = (body: unknown) => ({ method: 'POST', headers, body: JSON.stringify(body) });
    const { text } = await open('/glance/graphql', post({ query: '{info{region{id}}}' }));
    expect(JSON.parse(text)).toEqual({ data: { info: { region: { id: 'RegionOne' } } } });
    const tools = await open('/glance/mcp', post({ jsonrpc: '2.0', id: 1, method: 'tools/list' }));
    expect(tools.text).toContain('list_regions');
    expect((await open('/graphql')).status).toBe(404);
    // As a probe asks.
    expect((await gateway.fetch('/healthz')).status).toBe(200);
  });
});
