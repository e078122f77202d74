/** Which operations are joined from ready texts, and which are executed. */
import { ApolloServer } from '@apollo/server';
import { ApolloServerPluginInlineTraceDisabled } from '@apollo/server/plugin/disabled';
import { expect, test } from 'vitest';
import type { GatewayContext } from '../../src/graphql/context.ts';
import { createRendering } from '../../src/graphql/rendering.ts';
import { createDiscovery } from '../../src/graphql/request-discovery.ts';
import { createSchema, loadSdl } from '../../src/graphql/schema.ts';
import { tokenFrom } from '../../src/keystone/token.ts';
import { DEMO_CLOUD, SANDBOX_ADMIN_TOKEN, SANDBOX_MEMBER_TOKEN } from '../../src/sandbox/cloud.ts';
import { startSandboxGlance } from '../../src/sandbox/glance.ts';
import { createUpstream } from '../../src/upstream/client.ts';
import { discoveryOptions, UPSTREAM_OPTIONS } from '../parts.ts';

const EVERY_LEAF = `{
  __typename
  info {
    __typename
    apiVersions { id status }
    importMethods { description type value }
    stores { id description default readOnly }
    more: stores { id ...S }
    storesDetail { id type weight properties { raw ... on RbdStoreProperties { pool chunkSize } ... on SwiftStoreProperties { largeObjectSize } } }
    usage { enabled scope projectId quotas { name usage limit unlimited remaining unit } imageSizeTotal { usage } }
  }
} fragment S on ImageStore { default }`;

async function executionsOf(query: string, token: string): Promise<number> {
  const schema = createSchema(loadSdl());
  let executions = 0;
  const apollo = new ApolloServer<GatewayContext>({
    schema,
    plugins: [
      createRendering(schema).plugin,
      ApolloServerPluginInlineTraceDisabled(),
      {
        requestDidStart: async () => ({
          async executionDidStart() {
            executions += 1;
          },
        }),
      },
    ],
  });
  const glance = await startSandboxGlance(DEMO_CLOUD);
  const upstream = createUpstream(UPSTREAM_OPTIONS);
  const discovery = createDiscovery({ ...discoveryOptions(upstream, glance.url), token: tokenFrom(token) });
  await apollo.executeOperation({ query }, { contextValue: { requestId: 'req-1', discovery, reportFault: () => {} } });
  await apollo.stop();
  await upstream.close();
  await glance.close();
  return executions;
}

test.each([
  ['every leaf of the parts of Info', EVERY_LEAF, SANDBOX_ADMIN_TOKEN, 0],
  ['a part that is refused', '{info{storesDetail{id}}}', SANDBOX_MEMBER_TOKEN, 1],
  ['a store’s detail', '{info{stores{id detail{type}}}}', SANDBOX_ADMIN_TOKEN, 1],
  ['a store’s region', '{info{stores{region{id}}}}', SANDBOX_ADMIN_TOKEN, 1],
  ['availability', '{info{availability{stores}}}', SANDBOX_ADMIN_TOKEN, 1],
  ['introspection', '{__schema{queryType{name}}}', SANDBOX_ADMIN_TOKEN, 1],
  ['an unknown region', '{info(region:"Mars"){stores{id}}}', SANDBOX_ADMIN_TOKEN, 1],
])('%s', async (_title, query, token, executions) => {
  expect(await executionsOf(query, token)).toBe(executions);
});
