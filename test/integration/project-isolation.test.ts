/**
 * A caller never sees the project id of another caller, or the settings of an operator, because two responses of Glance have
 * the same bytes.
 */
import { describe, expect, test } from 'vitest';
import { startGateway, type TestGateway } from '../gateway.ts';
import { type Behaviour, reply, startUpstream, tokenIn, tokenInfo } from '../recording-upstream.ts';

const SCOPES: Readonly<Record<string, { readonly sent: object; readonly scope: string; readonly projectId: unknown }>> =
  {
    'token-of-project-one': { sent: { project: { id: 'project-one' } }, scope: 'PROJECT', projectId: 'project-one' },
    'token-of-project-two': { sent: { project: { id: 'project-two' } }, scope: 'PROJECT', projectId: 'project-two' },
    'token-of-domain': { sent: { domain: { id: 'domain-one' } }, scope: 'DOMAIN', projectId: null },
    'token-of-system': { sent: { system: { all: true } }, scope: 'SYSTEM', projectId: null },
  };
const TOKENS = Object.keys(SCOPES);
const ORDER = [...TOKENS, ...TOKENS, ...[...TOKENS].reverse(), ...TOKENS];
const USAGE = { usage: { image_count_total: { usage: 1, limit: 2 } } };
const CACHED = {
  CACHE_TTL_STORES_MS: '60000',
  CACHE_TTL_STORES_DETAIL_MS: '60000',
  CACHE_TTL_USAGE_MS: '60000',
};

/** Sends a request to two gateways, one without the fast path, and expects equal bodies. */
async function queryBoth(gateways: readonly TestGateway[], body: unknown, token: string): Promise<string> {
  const headers = { 'X-Openstack-Request-Id': 'req-same' };
  const texts = await Promise.all(gateways.map(async (one) => (await one.post(body, { token, headers })).text));
  expect(texts[0]).toBe(texts[1]);
  return texts[0] ?? '';
}

describe.each([
  ['nothing is cached', {}],
  ['responses are cached', CACHED],
])('where %s', (_title, env) => {
  test('projects, a domain and the system with equal usage see their own scope', async () => {
    await using glance = await startUpstream({ '/v2/info/usage': reply(200, USAGE) });
    await using keystone = await startUpstream((request, response) =>
      reply(200, tokenInfo({ one: glance.url }, SCOPES[tokenIn(request)]?.sent))(request, response),
    );
    await using fast = await startGateway({ OS_AUTH_URL: keystone.url, ...env });
    await using plain = await startGateway({ OS_AUTH_URL: keystone.url, FAST_PATH: '0', ...env });
    const queries = [
      '{info{usage{scope projectId imageCountTotal{usage}}}}',
      '{info{usage{projectId}}}',
      'query($id: Boolean = true) { info { usage { scope projectId @include(if: $id) } } }',
    ];
    for (const query of queries) {
      for (const token of ORDER) {
        const { scope, projectId } = SCOPES[token] ?? {};
        const usage = JSON.parse(await queryBoth([fast, plain], { query }, token)).data.info.usage;
        expect([token, usage.projectId]).toEqual([token, projectId]);
        if ('scope' in usage) expect(usage.scope).toBe(scope);
      }
    }
  });

  test('callers with equal usage see their own scope when they request it at the same time', async () => {
    await using glance = await startUpstream({ '/v2/info/usage': reply(200, USAGE) });
    await using keystone = await startUpstream((request, response) =>
      reply(200, tokenInfo({ one: glance.url }, SCOPES[tokenIn(request)]?.sent))(request, response),
    );
    await using gateway = await startGateway({ OS_AUTH_URL: keystone.url, ...env });
    for (let round = 0; round < 4; round += 1) {
      const responses = await Promise.all(
        ORDER.map((token) => gateway.query('{info{usage{scope projectId}}}', { token })),
      );
      expect(responses.map(({ data }) => data)).toEqual(
        ORDER.map((token) => ({
          info: { usage: { scope: SCOPES[token]?.scope, projectId: SCOPES[token]?.projectId } },
        })),
      );
    }
  });

  test('a member sees nothing of stores/detail, even if its bytes are those of the member’s stores', async () => {
    const stores = { stores: [{ id: 'a', type: 'file', weight: 7, properties: { data_dir: '/srv/images' } }] };
    const behaviour: Behaviour = (request, response) => {
      const isForbidden = request.url === '/v2/info/stores/detail' && tokenIn(request) !== 'token-of-admin';
      (isForbidden ? reply(403, '') : reply(200, stores))(request, response);
    };
    await using one = await startUpstream(behaviour);
    await using two = await startUpstream(behaviour);
    const regions = { GLANCE_ENDPOINTS: JSON.stringify({ one: one.url, two: two.url }), ...env };
    await using fast = await startGateway(regions);
    await using plain = await startGateway({ ...regions, FAST_PATH: '0' });
    const queries = [
      '{info{stores{id} storesDetail{id type weight properties{raw}}}}',
      '{info{stores{id detail{type properties{... on FileStoreProperties{dataDir}}}}}}',
      '{info{storesDetail{id properties{raw}}}}',
    ];
    for (const query of queries) {
      for (const token of ['token-of-admin', 'token-of-member', 'token-of-admin', 'token-of-member']) {
        const text = await queryBoth([fast, plain], { query }, token);
        const isAdmin = token === 'token-of-admin';
        expect([token, text.includes('/srv/images')]).toEqual([token, isAdmin]);
        expect([token, text.includes('FORBIDDEN')]).toEqual([token, !isAdmin]);
      }
    }
  });

  test('a store names the region that it was requested from', async () => {
    const behaviour = { '/v2/info/stores': reply(200, { stores: [{ id: 'a' }] }) };
    await using one = await startUpstream(behaviour);
    await using two = await startUpstream(behaviour);
    const regions = { GLANCE_ENDPOINTS: JSON.stringify({ one: one.url, two: two.url }), ...env };
    await using fast = await startGateway(regions);
    await using plain = await startGateway({ ...regions, FAST_PATH: '0' });
    const query = 'query($region: ID) { info(region: $region) { region { id } stores { id region { id } } } }';
    for (const region of ['one', 'two', 'two', 'one', 'two']) {
      const text = await queryBoth([fast, plain], { query, variables: { region } }, 'token-of-member');
      expect(JSON.parse(text).data.info).toEqual({
        region: { id: region },
        stores: [{ id: 'a', region: { id: region } }],
      });
    }
  });
});

test('a caller gets the response for its new role after a change', async () => {
  let isAdmin = true;
  const detail = { stores: [{ id: 'a', type: 'file', properties: { data_dir: '/srv/images' } }] };
  await using glance = await startUpstream((request, response) =>
    (isAdmin ? reply(200, detail) : reply(403, ''))(request, response),
  );
  await using gateway = await startGateway({ GLANCE_URL: glance.url });
  for (const next of [true, true, false, false, true]) {
    isAdmin = next;
    const { text } = await gateway.post(
      { query: '{info{storesDetail{properties{raw}}}}' },
      { token: 'token-of-admin' },
    );
    expect(text.includes('/srv/images')).toBe(next);
  }
});
