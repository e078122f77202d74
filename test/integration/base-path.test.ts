/** The gateway under a path of a reverse proxy: `BASE_PATH`, and `X-Forwarded-Prefix` of a trusted proxy. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config/config.ts';
import { createBasePath } from '../../src/http/base-path.ts';
import { metricLines, requestLine, startGateway, type TestGateway } from '../gateway.ts';
import { sendRaw } from '../raw.ts';

const MCP = { jsonrpc: '2.0', id: 1, method: 'tools/list' };
const REGION = '{info{region{id}}}';
const PREFLIGHT = { 'Apollo-Require-Preflight': '1' };
const HTML = { Accept: 'text/html' };

const baseOf = async (response: Response) => /<base href="([^"]*)">/.exec(await response.text())?.[1] ?? null;

describe.each(['/glance', '/glance/', '/cloud/images.v2'])('with BASE_PATH=%s', (BASE_PATH) => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startGateway({ BASE_PATH, MCP: '1', TRUST_PROXY: '127.0.0.1' });
  });
  afterAll(() => gateway.close());
  const prefix = BASE_PATH.replace(/\/$/, '');

  // A proxy may remove the path, and probes ask the process directly.
  test.each([prefix, ''])('every address is served below "%s"', async (below) => {
    const statusOf = async (path: string, init?: RequestInit) => {
      const response = await gateway.fetch(below + path, { redirect: 'manual', ...init });
      await response.body?.cancel();
      return response.status;
    };
    const [asset] = /assets\/[\w.-]+\.js/.exec(await (await gateway.fetch('/')).text()) ?? [];
    for (const path of ['/', '/?region=RegionOne', '/graphiql', '/graphiql?query=x', `/${asset}`])
      expect([path, await statusOf(path)]).toEqual([path, 200]);
    for (const path of ['/schema.graphql', '/subgraph.graphql', '/healthz', '/readyz', '/metrics'])
      expect([path, await statusOf(path)]).toEqual([path, 200]);
    expect(await statusOf(`/graphql?query=${REGION}`, { headers: PREFLIGHT })).toBe(200);
    expect(await statusOf('/graphql', { method: 'PUT' })).toBe(405);
    const headers = { 'Content-Type': 'application/json', Accept: 'application/json, text/event-stream' };
    const post = (body: unknown) => ({ method: 'POST', headers, body: JSON.stringify(body) });
    expect(await statusOf('/graphql', post({ query: REGION }))).toBe(200);
    expect(await statusOf('/mcp', post(MCP))).toBe(200);
  });

  test('the path itself is the overview, with or without a slash', async () => {
    for (const path of [prefix, `${prefix}/`, `${prefix}?region=RegionTwo`]) {
      const response = await gateway.fetch(path);
      expect([response.status, await baseOf(response)]).toEqual([200, `${prefix}/`]);
    }
  });

  test('redirects stay below it', async () => {
    for (const [path, to] of [
      ['/graphql?query={a}', '/graphiql?query={a}'],
      ['/graphql/?query={a}', '/graphiql?query={a}'],
      ['/graphiql/?query={a}', '/graphiql?query={a}'],
      ['/graphiql/', '/graphiql'],
    ] as const) {
      const { status, headers } = await gateway.fetch(prefix + path, { redirect: 'manual', headers: HTML });
      const location = new URL(headers.get('location') ?? '', `https://proxy.example${prefix}${path}`);
      expect([status, decodeURI(String(location))]).toEqual([302, `https://proxy.example${prefix}${to}`]);
    }
  });

  test('logs and metrics have the routes, and problems the path that was sent', async () => {
    const { headers } = await gateway.fetch(`${prefix}/graphql?query=${REGION}`, { headers: PREFLIGHT });
    expect(await requestLine(gateway, headers.get('x-openstack-request-id'))).toMatchObject({ path: '/graphql' });
    await expect.poll(() => metricLines(gateway, /requests_total.*route="\/graphql".*200/)).not.toEqual([]);
    expect(await metricLines(gateway, new RegExp(prefix))).toEqual([]);
    const missing = await gateway.fetch(`${prefix}/none`);
    expect([missing.status, await missing.text()]).toEqual([404, expect.stringContaining(`GET ${prefix}/none.`)]);
  });

  test('other paths that begin alike are not below it', async () => {
    for (const path of [
      `${prefix}graphiql`,
      `${prefix}x/graphiql`,
      `${prefix}.`,
      `${prefix}//graphiql`,
      `${prefix}${prefix}/graphiql`,
    ])
      expect([path, (await gateway.fetch(path)).status]).toEqual([path, 404]);
  });

  // RFC 9112, 3.2.2: "A server MUST accept the absolute-form in requests".
  test.each(['http://cloud.example', 'HTTPS://cloud.example:8443'])('addresses with %s are served', async (origin) => {
    const statusOf = async (target: string) =>
      (await sendRaw(gateway, `GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)).slice(9, 12);
    for (const path of [prefix, `${prefix}?a`, `${prefix}/healthz`, '/healthz'])
      expect([path, await statusOf(origin + path)]).toEqual([path, '200']);
    expect(await statusOf(`${origin}/none${prefix}/healthz`)).toBe('404');
  });

  test('X-Forwarded-Prefix does not replace it', async () => {
    const response = await gateway.fetch('/', { headers: { 'X-Forwarded-Prefix': '/other' } });
    expect(await baseOf(response)).toBe(`${prefix}/`);
  });
});

describe('X-Forwarded-Prefix', () => {
  const baseWith = async (gateway: TestGateway, prefix: string) => {
    const bases = await Promise.all(
      ['/', '/graphiql'].map(async (path) =>
        baseOf(await gateway.fetch(path, { headers: { 'X-Forwarded-Prefix': prefix } })),
      ),
    );
    expect(bases[0]).toBe(bases[1]);
    return bases[0];
  };

  test.each(['127.0.0.1', '127.0.0.0/8,10.0.0.0/8'])(
    'of a proxy in TRUST_PROXY=%s is the base of pages',
    async (TRUST_PROXY) => {
      await using gateway = await startGateway({ TRUST_PROXY });
      expect(await baseWith(gateway, '/glance')).toBe('/glance/');
      expect(await baseWith(gateway, '/cloud/glance/')).toBe('/cloud/glance/');
      expect(await baseOf(await gateway.fetch('/'))).toBeNull();
    },
  );

  test.each([{}, { TRUST_PROXY: '10.0.0.0/8' }, { BASE_PATH: '/' }])('of another peer is ignored: %j', async (env) => {
    await using gateway = await startGateway(env);
    expect(await baseWith(gateway, '/glance')).toBeNull();
  });

  test('that is not a path is ignored', async () => {
    await using gateway = await startGateway({ TRUST_PROXY: '127.0.0.1' });
    for (const prefix of HOSTILE) {
      expect([prefix, await baseWith(gateway, prefix)]).toEqual([prefix, null]);
      const headers = { ...HTML, 'X-Forwarded-Prefix': prefix };
      const redirect = await gateway.fetch('/graphql', { redirect: 'manual', headers });
      expect(redirect.headers.get('location')).toBe('graphiql');
    }
  });

  test('removes nothing from a path: a caller must not reach with it what the proxy forbids', async () => {
    await using gateway = await startGateway({ TRUST_PROXY: '127.0.0.1' });
    const response = await gateway.fetch('/glance/metrics', { headers: { 'X-Forwarded-Prefix': '/glance' } });
    expect(response.status).toBe(404);
  });
});

const HOSTILE = [
  '//evil.example',
  '/\\evil.example',
  '/glance//evil.example',
  'https://evil.example',
  'javascript:alert(1)',
  '/"><script>alert(1)</script>',
  "/'onload=alert(1)",
  '/glance/..',
  '/../glance',
  '/./glance',
  '/%2e%2e/glance',
  '/glance?query',
  '/glance#top',
  '/glance, /other',
  '/gla nce',
  '/gl\u00e4nce',
  'glance',
  `/${'a'.repeat(5000)}`,
];

test('without BASE_PATH no URL is rewritten, which would cost time for each request', () => {
  for (const basePath of [null, ''])
    for (const trustedProxies of [null, ['127.0.0.1']])
      expect(createBasePath({ basePath, trustedProxies, parse: () => undefined }).rewriteUrl).toBeNull();
});

test('an invalid BASE_PATH prevents the start', () => {
  for (const BASE_PATH of [...HOSTILE, '', '/glance\r\nSet-Cookie: a=b', '/glance\n', '//'])
    expect(() => loadConfig({ BASE_PATH })).toThrow(/BASE_PATH is ".*"; expected a path such as \/glance/s);
});

test('BASE_PATH does not begin with a path that the gateway serves', async () => {
  await using gateway = await startGateway({ MCP: '1' });
  const { fetch } = gateway;
  for (const path of [
    '/graphql',
    '/graphiql',
    '/schema.graphql',
    '/subgraph.graphql',
    '/healthz',
    '/readyz',
    '/metrics',
  ]) {
    expect((await fetch(path)).status).not.toBe(404);
    expect(() => loadConfig({ BASE_PATH: path })).toThrow('BASE_PATH is');
    expect(() => loadConfig({ BASE_PATH: `${path}/glance` })).toThrow('BASE_PATH is');
    expect(() => loadConfig({ BASE_PATH: `${path}-of-images` })).not.toThrow();
  }
  for (const BASE_PATH of ['/mcp', '/assets']) expect(() => loadConfig({ BASE_PATH })).toThrow('BASE_PATH is');
});
