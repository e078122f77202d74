/** The tools of `/mcp`, called with the SDK's own client. */
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { buildSchema } from 'graphql';
import { request } from 'undici';
import { describe, expect, test } from 'vitest';
import { metricLines, requestLine, startGateway, type TestGateway } from '../gateway.ts';
import { reply, startUpstream } from '../recording-upstream.ts';

const MCP = { MCP: '1' };
const MEMBER = 'sandbox-member';
const ADMIN = 'sandbox-admin';
const MODES = ['legacy', { pin: '2026-07-28' }] as const;

async function connect(
  gateway: TestGateway,
  headers: Record<string, string> = { 'X-Auth-Token': MEMBER },
  mode: (typeof MODES)[number] = { pin: '2026-07-28' },
) {
  const client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode } });
  const options = { requestInit: { headers }, fetch: fetchUnlessOverloaded };
  await client.connect(new StreamableHTTPClientTransport(new URL(`${gateway.url}/mcp`), options));
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.close() });
}

const post = (gateway: TestGateway, body: unknown, headers: Record<string, string> = {}) =>
  fetchUnlessOverloaded(`${gateway.url}/mcp`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Accept: 'application/json, text/event-stream', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

/** The machine may be busy. */
async function fetchUnlessOverloaded(url: string | URL, init?: RequestInit): Promise<Response> {
  const response = await fetch(url, init);
  if (response.status !== 503) return response;
  await new Promise((resolve) => setTimeout(resolve, 250));
  return fetchUnlessOverloaded(url, init);
}

const toolCall = (name: string, args: object = {}) => ({
  jsonrpc: '2.0',
  id: 1,
  method: 'tools/call',
  params: { name, arguments: args },
});

const textOf = ({ content }: { readonly content: readonly unknown[] }) => JSON.stringify(content);

describe.each(MODES)('a client with protocol %j', (mode) => {
  test('lists the tools, which only read, with their input and output', async () => {
    await using gateway = await startGateway(MCP);
    await using client = await connect(gateway, {}, mode);
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual([
      'get_upload_options',
      'get_image_quota',
      'list_regions',
      'get_store_details',
      'get_access',
    ]);
    for (const { annotations, inputSchema, outputSchema } of tools) {
      expect(annotations).toMatchObject({ readOnlyHint: true, destructiveHint: false });
      expect(inputSchema).toMatchObject({ type: 'object', additionalProperties: false });
      expect(outputSchema).toMatchObject({ type: 'object', required: expect.arrayContaining(['errors']) });
    }
  });

  test('calls every tool; the client checks results against the output schemas', async () => {
    await using gateway = await startGateway(MCP);
    await using client = await connect(gateway, { 'X-Auth-Token': ADMIN }, mode);
    await client.listTools();
    for (const name of ['get_upload_options', 'get_image_quota', 'list_regions', 'get_store_details', 'get_access']) {
      const { isError, structuredContent } = await client.callTool({ name, arguments: {} });
      expect([name, isError, structuredContent]).toEqual([name, undefined, expect.objectContaining({ errors: [] })]);
    }
  });
});

test('results are those of the same GraphQL query', async () => {
  await using gateway = await startGateway(MCP);
  await using client = await connect(gateway, { Authorization: `Bearer ${ADMIN}` });
  const { structuredContent } = await client.callTool({
    name: 'get_store_details',
    arguments: { region: 'RegionOne' },
  });
  const query =
    '{ info { region { id } storesDetail { id description default readOnly type weight properties { raw } } } }';
  const { data } = await gateway.query(query, { token: ADMIN });
  expect(structuredContent).toEqual({ ...Object(data), errors: [] });
});

test.each([
  [1024 ** 3, { fitsForUpload: true, fitsForImport: true, exceededQuotas: [] }],
  // The sandbox's project has 33,792 MiB left in its stores and 102,400 MiB in the staging area.
  [33_792 * 1024 ** 2, { fitsForUpload: true, fitsForImport: true, exceededQuotas: [] }],
  [33_792 * 1024 ** 2 + 1, { fitsForUpload: false, fitsForImport: false, exceededQuotas: ['imageSizeTotal'] }],
  [
    200_000 * 1024 ** 2,
    { fitsForUpload: false, fitsForImport: false, exceededQuotas: ['imageSizeTotal', 'imageStageTotal'] },
  ],
])('whether an image of %d bytes fits, and where', async (sizeBytes, expected) => {
  await using gateway = await startGateway(MCP);
  await using client = await connect(gateway);
  const { structuredContent } = await client.callTool({ name: 'get_image_quota', arguments: { sizeBytes } });
  const writableStores = ['ceph', 'local', 'volumes', 'objects', 'bucket'];
  expect(structuredContent).toMatchObject({ fit: { sizeBytes, ...expected, writableStores } });
});

test('an upload fits where only the staging area is too small', async () => {
  await using glance = await startUpstream({
    '/v2/info/usage': reply(200, {
      usage: { image_size_total: { limit: -1, usage: 7 }, image_stage_total: { limit: 1, usage: 0 } },
    }),
  });
  await using gateway = await startGateway({ ...MCP, GLANCE_URL: glance.url });
  await using client = await connect(gateway);
  const { structuredContent } = await client.callTool({ name: 'get_image_quota', arguments: { sizeBytes: 2e6 } });
  expect(structuredContent).toMatchObject({
    fit: { fitsForUpload: true, fitsForImport: false, exceededQuotas: ['imageStageTotal'], writableStores: null },
    errors: [{ code: 'NOT_FOUND', field: 'info.stores' }],
  });
});

test('without usage nothing is said about an image', async () => {
  await using gateway = await startGateway({ ...MCP, GLANCE_URL: 'http://127.0.0.1:1' });
  await using client = await connect(gateway);
  const { isError, content } = await client.callTool({ name: 'get_image_quota', arguments: { sizeBytes: 1 } });
  expect(isError).toBe(true);
  expect(textOf({ content })).toContain('UPSTREAM_UNAVAILABLE (info.usage)');
});

describe('errors', () => {
  test.each([
    [
      'a member, about stores in detail',
      'get_store_details',
      {},
      MEMBER,
      /^FORBIDDEN \(info\.storesDetail\): You are not authorized/,
    ],
    ['an unknown region', 'get_upload_options', { region: 'Nowhere' }, MEMBER, /^REGION_NOT_FOUND .*`list_regions`/],
    [
      'a bad token',
      'get_image_quota',
      {},
      'not-a-token-of-the-sandbox',
      /^UNAUTHENTICATED .*new Keystone token.*Request id: req-/,
    ],
  ])('%s: a tool error says what to do', async (_title, name, args, token, expected) => {
    await using gateway = await startGateway(MCP);
    await using client = await connect(gateway, { 'X-Auth-Token': token });
    const { isError, content, structuredContent } = await client.callTool({ name, arguments: args });
    expect([isError, structuredContent]).toEqual([true, undefined]);
    expect(content).toEqual([{ type: 'text', text: expect.stringMatching(expected) }]);
    expect(textOf({ content })).not.toMatch(/127\.0\.0\.1|http:/);
  });

  test('without a token, what needs none is returned beside the errors', async () => {
    await using gateway = await startGateway(MCP);
    await using client = await connect(gateway, {});
    const { isError, content } = await client.callTool({ name: 'list_regions', arguments: {} });
    expect(isError).toBe(true);
    expect(textOf({ content })).toContain('UNAUTHENTICATED (imageRegions)');
  });

  test('of one field are reported beside the data of the others', async () => {
    await using glance = await startUpstream({
      '/v2/info/import': reply(200, { 'import-methods': { value: ['web-download'] } }),
    });
    await using gateway = await startGateway({ ...MCP, GLANCE_URL: glance.url });
    await using client = await connect(gateway);
    const { isError, structuredContent } = await client.callTool({ name: 'get_upload_options', arguments: {} });
    expect(isError).toBe(undefined);
    expect(structuredContent).toMatchObject({
      info: { importMethods: { value: ['web-download'] }, stores: null },
      errors: expect.arrayContaining([
        expect.objectContaining({
          code: 'NOT_FOUND',
          field: 'info.stores',
          retryable: false,
          requestId: expect.any(String),
        }),
      ]),
    });
  });

  test.each([
    ['a wrong type', { region: 5 }, 'region must be string'],
    ['an unknown argument', { regoin: 'RegionOne' }, 'must NOT have additional properties'],
    ['a negative size', { sizeBytes: -1 }, 'sizeBytes must be >= 0'],
  ])('arguments with %s are refused without a call', async (_title, args, expected) => {
    await using glance = await startUpstream(reply(200, {}));
    await using gateway = await startGateway({ ...MCP, GLANCE_URL: glance.url });
    await using client = await connect(gateway);
    const { isError, content } = await client.callTool({ name: 'get_image_quota', arguments: args });
    expect(isError).toBe(true);
    expect(textOf({ content })).toContain(expected);
    expect(glance.seen).toEqual([]);
  });

  test('an unknown tool is a protocol error', async () => {
    await using gateway = await startGateway(MCP);
    await using client = await connect(gateway);
    await expect(client.callTool({ name: 'delete_image', arguments: {} })).rejects.toThrow('delete_image not found');
  });
});

test('the schema is a resource that buildSchema accepts', async () => {
  await using gateway = await startGateway(MCP);
  await using client = await connect(gateway);
  const [{ uri } = { uri: '' }] = (await client.listResources()).resources;
  const { contents } = await client.readResource({ uri });
  expect(contents).toEqual([
    { uri: 'glance-graphql://schema.graphql', mimeType: 'application/graphql', text: expect.any(String) },
  ]);
  const text = JSON.stringify(contents[0] && 'text' in contents[0] ? contents[0].text : '');
  expect(Object.keys(buildSchema(JSON.parse(text)).getQueryType()?.getFields() ?? {})).toContain('info');
});

test('INTROSPECTION=0 publishes no schema, and the tools still work', async () => {
  await using gateway = await startGateway({ ...MCP, INTROSPECTION: '0' });
  await using client = await connect(gateway);
  await expect(client.readResource({ uri: 'glance-graphql://schema.graphql' })).rejects.toThrow();
  expect((await client.callTool({ name: 'list_regions', arguments: {} })).isError).toBe(undefined);
});

test('a tool call is logged and counted like a query, with its operation and calls', async () => {
  await using gateway = await startGateway({ ...MCP, CACHE_TTL_STORES_MS: '60000' });
  const headers = { 'X-Auth-Token': MEMBER };
  for (const id of ['req-mcp-1', 'req-mcp-2']) {
    await (await post(gateway, toolCall('get_upload_options'), { ...headers, 'X-Openstack-Request-Id': id })).text();
  }
  expect(await requestLine(gateway, 'req-mcp-2')).toMatchObject({
    path: '/mcp',
    status: 200,
    operation: 'McpUploadOptions',
    outcome: 'ok',
    calls: expect.arrayContaining([{ call: 'stores', region: 'RegionOne', cache: 'hit' }]),
  });
  expect(
    await metricLines(gateway, /^glance_graphql_http_requests_total\{route="\/mcp",status="200"\} 2/),
  ).toHaveLength(1);
});

describe('requests that are refused', () => {
  test.each([
    ['malformed JSON', '{', 400, '-32700'],
    ['JSON that is no JSON-RPC', '{"a":1}', 400, '-32600'],
    ['a batch', [toolCall('list_regions'), toolCall('list_regions')], 400, 'one message per request'],
    ['a batch after spaces', ` \n[${JSON.stringify(toolCall('list_regions'))}]`, 400, 'one message per request'],
    ['a body over the limit', JSON.stringify({ a: 'x'.repeat(100_001) }), 413, 'PAYLOAD_TOO_LARGE'],
  ])('%s', async (_title, body, status, expected) => {
    await using gateway = await startGateway(MCP);
    const response = await post(gateway, body, { 'X-Auth-Token': MEMBER });
    expect(response.status).toBe(status);
    expect(await response.text()).toContain(expected);
  });

  test.each(['GET', 'DELETE', 'PUT'])('%s is 405, as there are no sessions', async (method) => {
    await using gateway = await startGateway(MCP);
    const response = await gateway.fetch('/mcp', { method });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
  });

  test('a subscription: nothing changes', async () => {
    await using gateway = await startGateway(MCP);
    const _meta = {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientInfo': { name: 'c', version: '1' },
      'io.modelcontextprotocol/clientCapabilities': {},
    };
    const message = { jsonrpc: '2.0', id: 1, method: 'subscriptions/listen', params: { _meta, notifications: {} } };
    const headers = { 'Mcp-Protocol-Version': '2026-07-28', 'Mcp-Method': 'subscriptions/listen' };
    const response = await post(gateway, message, headers);
    expect(await response.text()).toContain('"error"');
  });

  test.each([
    ['a page of another origin', 'https://evil.example', undefined, 403],
    ['a page whose name was rebound to this machine', 'http://evil.example', 'evil.example', 403],
    ['a sandboxed page', 'null', undefined, 403],
    ['a local page under a name of another machine', 'http://localhost:6274', 'evil.example', 403],
    ['a local page', 'http://localhost:6274', undefined, 200],
    ['a page of CORS_ORIGINS', 'https://portal.example', undefined, 200],
  ])('or not: %s', async (_title, origin, host, status) => {
    await using gateway = await startGateway({ ...MCP, CORS_ORIGINS: 'https://portal.example' });
    const { statusCode } = await sendWithHost(gateway, origin, host);
    expect(statusCode).toBe(status);
  });
});

/** `fetch` sets `Host` itself. */
async function sendWithHost(gateway: TestGateway, origin: string, host: string | undefined) {
  const response = await request(`${gateway.url}/mcp`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      origin,
      ...(host && { host }),
    },
    body: JSON.stringify(toolCall('list_regions')),
  });
  await response.body.dump();
  return response;
}

test('tool calls count for the rate limit of the token', async () => {
  await using gateway = await startGateway({ ...MCP, RATE_LIMIT_PER_TOKEN: '3' });
  const statuses: number[] = [];
  for (let call = 0; call < 6; call += 1)
    statuses.push((await post(gateway, toolCall('list_regions'), { 'X-Auth-Token': MEMBER })).status);
  expect(statuses).toContain(429);
});

test('a token is in no result, log line or metric', async () => {
  const canary = 'canary-token-5f1c9a7d3b';
  await using gateway = await startGateway(MCP);
  await using client = await connect(gateway, { 'X-Auth-Token': canary });
  const results: unknown[] = [await client.listTools()];
  for (const name of ['get_upload_options', 'get_image_quota', 'list_regions', 'get_store_details', 'get_access'])
    results.push(await client.callTool({ name, arguments: {} }));
  const metrics = await (await gateway.fetch('/metrics')).text();
  for (const text of [JSON.stringify(results), metrics, JSON.stringify(gateway.log)])
    expect(text).not.toContain(canary);
});

test('without MCP=1 there is nothing at /mcp', async () => {
  await using gateway = await startGateway();
  const response = await post(gateway, toolCall('list_regions'));
  expect([response.status, await response.text()]).toEqual([404, expect.stringContaining('NOT_FOUND')]);
});
