/** The tools of `/mcp` with a real Keystone and Glance, compared with the GraphQL responses to the same token. */
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGateway, type TestGateway } from '../gateway.ts';
import { realComponents } from '../real-components.ts';
import { type Cloud, missingComponents } from './cloud.ts';
import { projectScope } from './keystone-client.ts';
import { sharedCloud } from './shared-cloud.ts';

const { skip } = realComponents(missingComponents);

describe.skipIf(skip)('the tools of a real cloud', () => {
  let cloud: Cloud;
  let gateway: TestGateway;
  beforeAll(async () => {
    cloud = sharedCloud();
    gateway = await startGateway({ OS_AUTH_URL: `${cloud.keystone.url}/v3`, MCP: '1' });
  });
  afterAll(async () => {
    await gateway?.close();
  });

  async function callTool(token: string | null, name: string, args: Record<string, unknown> = {}) {
    const client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode: 'auto' } });
    const headers: Record<string, string> = token === null ? {} : { 'X-Auth-Token': token };
    await client.connect(
      new StreamableHTTPClientTransport(new URL(`${gateway.url}/mcp`), { requestInit: { headers } }),
    );
    // With the output schemas the client checks the result.
    await client.listTools();
    const result = await client.callTool({ name, arguments: args });
    await client.close();
    return result;
  }

  test('an admin: every tool has what the same query has', async () => {
    const token = cloud.keystone.adminToken;
    const query = `{
      imageRegions { id }
      info {
        region { id }
        importMethods { value }
        apiVersions { id status }
        stores { id description default readOnly }
        storesDetail { id description default readOnly type weight properties { raw } }
      }
      imageAccess { scope projectId projectName roles }
    }`;
    const { data, errors } = await gateway.query(query, { token });
    expect(errors).toEqual([]);
    const { info, imageRegions, imageAccess } = Object(data);
    const { storesDetail, region, ...options } = info;
    expect((await callTool(token, 'get_upload_options')).structuredContent).toEqual({
      info: { region, ...options },
      errors: [],
    });
    expect((await callTool(token, 'list_regions')).structuredContent).toEqual({ imageRegions, errors: [] });
    expect((await callTool(token, 'get_store_details')).structuredContent).toEqual({
      info: { region, storesDetail },
      errors: [],
    });
    expect((await callTool(token, 'get_access')).structuredContent).toMatchObject({ imageAccess, errors: [] });
  });

  test('a member: whether an image fits the quota of the project, and no details of stores', async () => {
    const token = await cloud.keystone.token('demo', projectScope('demo'));
    // The registered limit is 1,000 MiB.
    const small = await callTool(token, 'get_image_quota', { sizeBytes: 1024 ** 2 });
    expect(small.structuredContent).toMatchObject({ fit: { fitsForUpload: true, exceededQuotas: [] }, errors: [] });
    const large = await callTool(token, 'get_image_quota', { sizeBytes: 1001 * 1024 ** 2 });
    expect(large.structuredContent).toMatchObject({ fit: { fitsForUpload: false } });
    const refused = await callTool(token, 'get_store_details');
    expect([refused.isError, JSON.stringify(refused.content)]).toEqual([true, expect.stringContaining('FORBIDDEN')]);
  });

  test.each([
    ['no token', null],
    ['a token that Keystone does not know', 'gAAAAA-is-not-a-token-of-keystone'],
  ])('%s: the tool error says that a token is needed', async (_title, token) => {
    const { isError, content } = await callTool(token, 'get_image_quota');
    expect(isError).toBe(true);
    expect(JSON.stringify(content)).toMatch(/UNAUTHENTICATED.*openstack token issue/);
  });

  test('a region with a single store: its stores are not an error of the tool', async () => {
    const { isError, structuredContent } = await callTool(cloud.keystone.adminToken, 'get_upload_options', {
      region: 'RegionTwo',
    });
    expect(isError).toBe(undefined);
    expect(structuredContent).toMatchObject({
      info: { importMethods: { value: expect.arrayContaining(['glance-direct']) }, stores: null },
      errors: [{ code: 'NOT_FOUND', field: 'info.stores' }],
    });
  });
});
