/** The tools of `/mcp`, called with the SDK's own client. */
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { buildSchema } from 'graphql';
import { request } from 'undici';
import { describe, expect, test } from 'vitest';
import { attributesOf, startCollector } from '../collector.ts';
import { metricLines, requestLine, startGateway, type TestGateway } from '../gateway.ts';
import { hang, reply, startUpstream } from '../recording-upstream.ts';

const MCP = { MCP: '1' };
const MEMBER = 'sandbox-member';
const ADMIN = 'sandbox-admin';
const TOOLS = ['get_upload_options', 'get_image_quota', 'list_regions', 'get_store_details', 'get_access'];
const MODES = ['legacy', { pin: '2026-07-28' }] as const;

async function connect(
  gateway: TestGateway,
  headers: Record<string, string> = { 'X-Auth-Token': MEMBER },
  mode: (typeof MODES)[number] = { pin: '2026-07-28' },
) {
  const client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode } });
  const options = { requestInit: { headers }, fetch: fetchAndInspect };
  await client.connect(new StreamableHTTPClientTransport(new URL(`${gateway.url}/mcp`), options));
  // Knowing the output schemas, the client checks each result.
  await client.listTools();
  return Object.assign(client, { [Symbol.asyncDispose]: () => client.close() });
}

const post = (gateway: TestGateway, body: unknown, headers: Record<string, string> = {}) =>
  fetchAndInspect(`${gateway.url}/mcp`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Accept: 'application/json, text/event-stream', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });

/** No response may name an address, a file of the gateway or the token. If the gateway is overloaded, the request is sent again. */
async function fetchAndInspect(url: string | URL, init?: RequestInit): Promise<Response> {
  const response = await fetch(url, init);
  if (response.status === 503) {
    await new Promise((resolve) => setTimeout(resolve, 250));
    return fetchAndInspect(url, init);
  }
  const text = await response.clone().text();
  const token = new Headers(init?.headers).get('x-auth-token') ?? [];
  for (const secret of ['127.0.0.1', 'node_modules', '.ts:'].concat(token)) expect(text).not.toContain(secret);
  return response;
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
    expect(tools.map(({ name }) => name)).toEqual(TOOLS);
    expect(client.getServerCapabilities()).toMatchObject({ tools: { listChanged: false } });
    for (const { annotations, inputSchema, outputSchema } of tools) {
      expect(annotations).toMatchObject({ readOnlyHint: true, destructiveHint: false });
      expect(inputSchema).toMatchObject({ type: 'object', additionalProperties: false });
      expect(outputSchema).toMatchObject({ type: 'object', required: expect.arrayContaining(['errors']) });
    }
  });

  test('calls every tool; the client checks results against the output schemas', async () => {
    await using gateway = await startGateway(MCP);
    await using client = await connect(gateway, { 'X-Auth-Token': ADMIN }, mode);
    for (const name of TOOLS) {
      const { isError, structuredContent } = await client.callTool({ name, arguments: {} });
      expect([name, isError, structuredContent]).toEqual([name, undefined, expect.objectContaining({ errors: [] })]);
    }
  });
});

test.each(['2025-03-26', '2025-06-18', '2025-11-25'])('protocol version %s is spoken', async (protocolVersion) => {
  await using gateway = await startGateway(MCP);
  const send = (message: object) =>
    post(gateway, { jsonrpc: '2.0', ...message }, { 'X-Auth-Token': MEMBER, 'Mcp-Protocol-Version': protocolVersion });
  const clientInfo = { name: 'test', version: '1' };
  const params = { protocolVersion, capabilities: {}, clientInfo };
  expect(await (await send({ id: 1, method: 'initialize', params })).text()).toContain(
    `"protocolVersion":"${protocolVersion}"`,
  );
  expect((await send({ method: 'notifications/initialized' })).status).toBe(202);
  expect(await (await send(toolCall('list_regions'))).text()).toContain('"structuredContent":{"imageRegions":');
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
      /^FORBIDDEN \(info\.storesDetail\): You are not authorized.*\n.*`get_access`/,
    ],
    [
      'an unknown region',
      'get_upload_options',
      { region: 'Nowhere' },
      MEMBER,
      /^REGION_NOT_FOUND .*\n.*`list_regions`/,
    ],
    [
      'a bad token',
      'get_image_quota',
      {},
      'not-a-token-of-the-sandbox',
      /^UNAUTHENTICATED .*\n.*openstack token issue.*\nRequest id: req-\S+$/,
    ],
  ])('%s: a tool error says what to do', async (_title, name, args, token, expected) => {
    await using gateway = await startGateway(MCP);
    await using client = await connect(gateway, { 'X-Auth-Token': token });
    const { isError, content, structuredContent } = await client.callTool({ name, arguments: args });
    expect([isError, structuredContent]).toEqual([true, undefined]);
    expect(content).toEqual([{ type: 'text', text: expect.stringMatching(expected) }]);
  });

  test('with Keystone down, every tool says so, and when to try again', async () => {
    await using gateway = await startGateway({ ...MCP, OS_AUTH_URL: 'http://127.0.0.1:1/v3' });
    await using client = await connect(gateway);
    for (const name of TOOLS) {
      const { isError, content } = await client.callTool({ name, arguments: {} });
      expect([name, isError, content]).toEqual([
        name,
        true,
        [
          {
            type: 'text',
            text: expect.stringMatching(/^UPSTREAM_UNAVAILABLE .*: The Identity service .*\nTry again once, after /),
          },
        ],
      ]);
    }
  });

  test.each([
    ['a limited rate', reply(429, '', { 'Retry-After': '7' }), /^RATE_LIMITED .*\nTry again once, after 7 seconds/],
    ['a store that only the operator can repair', reply(500, ''), /^UPSTREAM_ERROR .*\nGive the user the message/],
  ])('%s: the advice depends on whether a retry can help', async (_title, behaviour, expected) => {
    await using glance = await startUpstream(behaviour);
    await using gateway = await startGateway({ ...MCP, GLANCE_URL: glance.url });
    await using client = await connect(gateway);
    const { content } = await client.callTool({ name: 'get_store_details', arguments: {} });
    expect(content).toEqual([{ type: 'text', text: expect.stringMatching(expected) }]);
  });

  test('what is out of date is listed beside the data', async () => {
    let behaviour = reply(200, { stores: [{ id: 'a', default: 'true' }] });
    await using glance = await startUpstream((...args) => behaviour(...args));
    await using gateway = await startGateway({ ...MCP, GLANCE_URL: glance.url, STALE_IF_ERROR_MS: '60000' });
    await using client = await connect(gateway);
    await client.callTool({ name: 'get_upload_options', arguments: {} });
    behaviour = reply(503, '');
    const { structuredContent } = await client.callTool({ name: 'get_upload_options', arguments: {} });
    expect(structuredContent).toMatchObject({
      info: { stores: [{ id: 'a' }] },
      stale: [{ call: 'stores', region: 'RegionOne', age: expect.any(Number) }],
    });
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
  ])('arguments with %s are rejected without a call', async (_title, args, expected) => {
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

test('a tool call is traced like a query', async () => {
  await using collector = await startCollector();
  await using glance = await startUpstream(reply(404, ''));
  const gateway = await startGateway({
    ...MCP,
    GLANCE_URL: glance.url,
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
  });
  const traceId = 'c'.repeat(32);
  await post(
    gateway,
    { jsonrpc: '2.0', id: 1, method: 'tools/list' },
    { Traceparent: `00-${traceId}-${'d'.repeat(16)}-01` },
  );
  await post(gateway, toolCall('get_store_details'), { Traceparent: `00-${traceId}-${'d'.repeat(16)}-01` });
  // Closing sends the remaining spans.
  await gateway.close();
  const spans = collector.spans.filter((span) => span.traceId === traceId);
  // The requests that only concern the protocol have no operation.
  expect(spans.map(({ name }) => name).sort()).toEqual([
    'GET /v2/info/stores/detail',
    'POST /mcp',
    'POST /mcp',
    'query',
  ]);
  expect(spans.map((span) => attributesOf(span)['graphql.operation.name'])).toContain('McpStoreDetails');
});

test('the calls of a client that disconnects are cancelled', async () => {
  const cancelled = Promise.withResolvers<void>();
  await using glance = await startUpstream((request, response) => {
    response.on('close', () => cancelled.resolve());
    hang(request, response);
  });
  // Not by a timeout of the call.
  const timeouts = { UPSTREAM_TIMEOUT_MS: '50000', REQUEST_TIMEOUT_MS: '60000' };
  await using gateway = await startGateway({ ...MCP, ...timeouts, GLANCE_URL: glance.url });
  const leaving = new AbortController();
  const pending = fetch(`${gateway.url}/mcp`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Accept: 'application/json, text/event-stream' },
    body: JSON.stringify(toolCall('get_store_details')),
    signal: leaving.signal,
  });
  await expect.poll(() => glance.seen.length).toBe(1);
  leaving.abort();
  await expect(pending).rejects.toThrow();
  await cancelled.promise;
});

describe('requests that are rejected', () => {
  test.each<[string, unknown, number, string, Record<string, string>?]>([
    ['malformed JSON', '{', 400, '-32700'],
    ['JSON that is no JSON-RPC', '{"a":1}', 400, '-32600'],
    ['a batch', [toolCall('list_regions'), toolCall('list_regions')], 400, 'one message per request'],
    ['a batch after spaces', ` \n[${JSON.stringify(toolCall('list_regions'))}]`, 400, 'one message per request'],
    ['a body over the limit', JSON.stringify({ a: 'x'.repeat(100_001) }), 413, 'PAYLOAD_TOO_LARGE'],
    ['a form', 'a=1', 415, 'UNSUPPORTED_MEDIA_TYPE', { 'Content-Type': 'application/x-www-form-urlencoded' }],
    ['a client that accepts no event stream', toolCall('list_regions'), 406, '-32000', { Accept: 'application/json' }],
    ['an unknown version', toolCall('list_regions'), 400, '2025-11-25', { 'Mcp-Protocol-Version': '1999-01-01' }],
  ])('%s', async (_title, body, status, expected, headers = {}) => {
    await using gateway = await startGateway(MCP);
    const response = await post(gateway, body, { 'X-Auth-Token': MEMBER, ...headers });
    expect(response.status).toBe(status);
    expect(await response.text()).toContain(expected);
  });

  test.each(['GET', 'DELETE', 'PUT'])('%s is 405, as there are no sessions', async (method) => {
    await using gateway = await startGateway(MCP);
    const response = await gateway.fetch('/mcp', { method });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
  });

  test('a subscription is rejected, as nothing changes', async () => {
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
    ['a page with a name that was rebound to this machine', 'http://evil.example', 'evil.example', 403],
    ['a sandboxed page', 'null', undefined, 403],
    ['a local page under a name of another machine', 'http://localhost:6274', 'evil.example', 403],
    ['a local page', 'http://localhost:6274', undefined, 200],
    ['a page of CORS_ORIGINS', 'https://portal.example', undefined, 200],
  ])('depend on the origin of the page: %s', async (_title, origin, host, status) => {
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
  const results: unknown[] = [];
  for (const name of TOOLS) results.push(await client.callTool({ name, arguments: {} }));
  const metrics = await (await gateway.fetch('/metrics')).text();
  for (const text of [JSON.stringify(results), metrics, JSON.stringify(gateway.log)])
    expect(text).not.toContain(canary);
});

test('without MCP=1 there is nothing at /mcp', async () => {
  await using gateway = await startGateway();
  const response = await post(gateway, toolCall('list_regions'));
  expect([response.status, await response.text()]).toEqual([404, expect.stringContaining('NOT_FOUND')]);
});
