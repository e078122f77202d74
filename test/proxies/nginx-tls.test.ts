/** deploy/nginx, read by a real nginx: TLS, and a path. */
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort } from '../../scripts/free-port.ts';
import { startGateway, type TestGateway } from '../gateway.ts';
import { realComponents } from '../real-components.ts';
import { missingNginx, type Nginx, startNginx } from './nginx.ts';

const { skip } = realComponents(missingNginx);
const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const CONFIGURATION = read('deploy/nginx/glance-graphql.conf');
const fixture = (name: string) => new URL(`../fixtures/${name}`, import.meta.url).pathname;
const ca = readFileSync(fixture('localhost.pem'));

/** What the file tells the operator to start the gateway with. */
const SETTINGS = Object.fromEntries(
  [...CONFIGURATION.slice(0, CONFIGURATION.indexOf('upstream')).matchAll(/([A-Z_]{4,})=([^\s,]*[^\s,.])/g)].map(
    ([, name = '', value = '']) => [name, value],
  ),
);

describe.skipIf(skip)('the configuration of deploy/nginx', () => {
  let gateway: TestGateway;
  let nginx: Nginx;
  let tls: number;
  let plain: number;
  beforeAll(async () => {
    expect(Object.keys(SETTINGS)).toEqual(['BASE_PATH', 'TRUST_PROXY', 'METRICS_PORT']);
    gateway = await startGateway({ ...SETTINGS, METRICS_PORT: '0', MCP: '1', RATE_LIMIT_PER_TOKEN: '5' });
    [tls, plain] = [await freePort(), await freePort()];
    const http = CONFIGURATION.replace('127.0.0.1:4000', new URL(gateway.url).host)
      .replace('listen 80', `listen 127.0.0.1:${plain}`)
      .replace('listen 443', `listen 127.0.0.1:${tls}`)
      .replaceAll('portal.example;', 'localhost;')
      .replace('/etc/ssl/certs/portal.example.pem', fixture('localhost.pem'))
      .replace('/etc/ssl/private/portal.example.key', fixture('localhost-key.pem'));
    expect(http).not.toContain('portal.example;');
    // The readiness check calls a server of its own.
    nginx = await startNginx({ http, server: 'location = /healthz { return 200; }' });
  });
  afterAll(async () => {
    await nginx?.[Symbol.asyncDispose]();
    await gateway?.close();
  });

  interface TlsResponse {
    readonly status: number;
    readonly headers: Readonly<Record<string, string | string[] | undefined>>;
    readonly text: string;
  }

  const send = (path: string, headers: Record<string, string> = {}, body?: string) =>
    new Promise<TlsResponse>((resolve, reject) => {
      const options = { host: 'localhost', family: 4, port: tls, path, ca, headers, method: body ? 'POST' : 'GET' };
      const sent = request(options, (response) => {
        let text = '';
        response.on('data', (chunk) => {
          text += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
      });
      sent.on('error', reject);
      sent.end(body);
    });
  const query = (headers: Record<string, string>) =>
    send('/glance/graphql', { 'Content-Type': 'application/json', ...headers }, '{"query":"{info{stores{id}}}"}');

  test('serves the pages with their assets by TLS, under the path', async () => {
    for (const page of ['/glance/', '/glance/graphiql']) {
      const { status, text } = await send(page);
      expect([page, status]).toEqual([page, 200]);
      const base = new URL(/<base href="([^"]*)">/.exec(text)?.[1] ?? '.', `https://localhost${page}`);
      const links = [...text.matchAll(/(?:src|href)="([^"]+)"/g)].map(([, link = '']) => new URL(link, base));
      expect(links.length).toBeGreaterThan(4);
      for (const { pathname } of links) {
        expect(pathname).toMatch(/^\/glance\//);
        expect([pathname, (await send(pathname)).status]).toEqual([pathname, 200]);
      }
    }
  });

  test('adds the slash, sends browsers to GraphiQL, and redirects plain http to TLS', async () => {
    expect(await send('/glance')).toMatchObject({ status: 301 });
    const { status, headers } = await send('/glance/graphql', { Accept: 'text/html' });
    expect(status).toBe(302);
    expect(new URL(String(headers.location), 'https://localhost/glance/graphql').pathname).toBe('/glance/graphiql');
    const insecure = await fetch(`http://localhost:${plain}/glance/`, { redirect: 'manual' });
    expect([insecure.status, insecure.headers.get('location')]).toEqual([301, 'https://localhost/glance/']);
  });

  test('serves GraphQL and tools, but neither metrics nor what is outside of the path', async () => {
    expect(JSON.parse((await query({ 'X-Auth-Token': 'sandbox-member' })).text)).toMatchObject({
      data: { info: { stores: { length: 6 } } },
    });
    const accept = { 'Content-Type': 'application/json', Accept: 'application/json, text/event-stream' };
    const tools = await send('/glance/mcp', accept, '{"jsonrpc":"2.0","id":1,"method":"tools/list"}');
    expect(tools.text).toContain('list_regions');
    for (const path of ['/glance/metrics', '/metrics', '/graphql']) expect((await send(path)).status).toBe(404);
  });

  test('passes on a token of 8 kB', async () => {
    const { status, text } = await query({ 'X-Auth-Token': 'x'.repeat(8192) });
    expect([status, JSON.parse(text).errors[0].path]).toEqual([200, ['info', 'stores']]);
  });

  test('names the address of the caller, whatever the caller says', async () => {
    // As many as two windows of a second do not allow, in case they are spread over both.
    const spoofed = Array.from({ length: 15 }, (_, index) => query({ 'X-Forwarded-For': `192.0.2.${index}` }));
    expect((await Promise.all(spoofed)).map(({ status }) => status)).toContain(429);
  });
});
