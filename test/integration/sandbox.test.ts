/** Without configuration the gateway is a sandbox. */
import { expect, test } from 'vitest';
import { SANDBOX_ADMIN_TOKEN, SANDBOX_MEMBER_TOKEN } from '../../src/sandbox/cloud.ts';
import { startGateway } from '../gateway.ts';

test('without configuration the gateway is a sandbox with a store of every type', async () => {
  await using gateway = await startGateway();
  const query =
    '{info{storesDetail{id type properties{__typename}} stores{id detail{id}} usage{scope projectId quotas{name unlimited}}}}';
  const admin = await gateway.query(query, { token: SANDBOX_ADMIN_TOKEN });
  expect(admin.errors).toEqual([]);
  expect(admin.data).toMatchObject({
    info: {
      storesDetail: [
        { type: 'rbd', properties: { __typename: 'RbdStoreProperties' } },
        { type: 'file', properties: { __typename: 'FileStoreProperties' } },
        { type: 'cinder', properties: { __typename: 'CinderStoreProperties' } },
        { type: 'swift', properties: { __typename: 'SwiftStoreProperties' } },
        { type: 's3', properties: { __typename: 'S3StoreProperties' } },
        { type: 'http', properties: { __typename: 'OtherStoreProperties' } },
      ],
      usage: { scope: 'PROJECT', projectId: expect.stringMatching(/^[0-9a-f]{32}$/) },
    },
  });
  const member = await gateway.query('{info{stores{id} storesDetail{id} usage{enabled}}}', {
    token: SANDBOX_MEMBER_TOKEN,
  });
  expect(member.errors.map(({ extensions }) => extensions.code)).toEqual(['FORBIDDEN']);
  expect(member.data).toMatchObject({
    info: { stores: expect.any(Array), storesDetail: null, usage: { enabled: true } },
  });
  const anonymous = await gateway.query('{info{importMethods{value}}}');
  expect(anonymous.errors.map(({ extensions }) => extensions.code)).toEqual(['UNAUTHENTICATED']);
});
