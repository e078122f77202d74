/** Which operations have a plan: their responses are joined from rendered fields, without execution. */

import { parse } from 'graphql';
import { expect, test } from 'vitest';
import { joinResponse } from '../../src/graphql/fast-path/join-response.ts';
import { planFor } from '../../src/graphql/fast-path/plan.ts';
import { createSchema, loadSdl } from '../../src/graphql/schema.ts';
import { createToken } from '../../src/openstack/keystone/token.ts';
import { DEMO_CLOUD, SANDBOX_ADMIN_TOKEN, SANDBOX_MEMBER_TOKEN } from '../../src/sandbox/cloud.ts';
import { startSandboxGlance } from '../../src/sandbox/glance.ts';
import { createRequestData, createServices } from '../parts.ts';

const schema = createSchema(loadSdl());

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

/** The body of the response that the plan gives; null without a plan, or when a call fails. */
async function bodyOf(query: string, token: string): Promise<unknown> {
  const document = parse(query);
  const operation = document.definitions.find((definition) => definition.kind === 'OperationDefinition');
  if (operation === undefined) throw new Error('no operation');
  const plan = planFor(schema, document, operation, {}, 0);
  if (plan === null) return null;
  const glance = await startSandboxGlance(DEMO_CLOUD);
  const { services, close } = createServices(glance.url);
  const results = await createRequestData(services, createToken(token)).fetchAll(plan.calls);
  await close();
  await glance.close();
  return results && JSON.parse(joinResponse(plan, results) ?? 'null');
}

test('every field of Info that depends on one call has a plan', async () => {
  expect(await bodyOf(EVERY_LEAF, SANDBOX_ADMIN_TOKEN)).toMatchObject({
    data: {
      __typename: 'Query',
      info: {
        __typename: 'Info',
        more: [{ id: 'ceph', default: true }, {}, {}, {}, {}, {}],
        storesDetail: [{ properties: { pool: 'images' } }, {}, {}, {}, {}, {}],
        usage: { scope: 'UNKNOWN', projectId: null },
      },
    },
  });
});

test.each([
  ['a call that fails', '{info{storesDetail{id}}}', SANDBOX_MEMBER_TOKEN],
  ['a store’s detail', '{info{stores{id detail{type}}}}', SANDBOX_ADMIN_TOKEN],
  ['a store’s region', '{info{stores{region{id}}}}', SANDBOX_ADMIN_TOKEN],
  ['availability', '{info{availability{stores}}}', SANDBOX_ADMIN_TOKEN],
  ['introspection', '{__schema{queryType{name}}}', SANDBOX_ADMIN_TOKEN],
  ['no call', '{info{__typename}}', SANDBOX_ADMIN_TOKEN],
  ['no call at all', '{__typename}', SANDBOX_ADMIN_TOKEN],
  ['an unknown region', '{info(region:"Mars"){stores{id}}}', SANDBOX_ADMIN_TOKEN],
])('%s is left to execution', async (_title, query, token) => {
  expect(await bodyOf(query, token)).toBeNull();
});
