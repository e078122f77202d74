/** What is read of a service catalog, and what is said about it. */
import { expect, test } from 'vitest';
import { startGateway } from '../gateway.ts';
import { reply, startUpstream, tokenInfo } from '../recording-upstream.ts';

const STORES = '{info{stores{id}}}';
const good = reply(200, { stores: [{ id: 'a' }] });

/** Keystone's response with exactly these Image endpoints. */
const infoWith = (...endpoints: object[]) => {
  const { token } = tokenInfo({});
  return { token: { ...token, catalog: [{ type: 'image', endpoints }] } };
};

test('an endpoint with `region` only is served', async () => {
  await using glance = await startUpstream(good);
  const endpoint = { interface: 'public', region: 'RegionOld', url: glance.url };
  await using keystone = await startUpstream(reply(200, infoWith(endpoint)));
  await using gateway = await startGateway({ OS_AUTH_URL: keystone.url });
  const { data } = await gateway.query('{imageRegions{id info{stores{id}}}}', { token: 'token-of-a-caller' });
  expect(data).toEqual({ imageRegions: [{ id: 'RegionOld', info: { stores: [{ id: 'a' }] } }] });
});

test('an endpoint without a region is served as the default one', async () => {
  await using glance = await startUpstream(good);
  const endpoint = { interface: 'public', region_id: null, region: null, url: glance.url };
  await using keystone = await startUpstream(reply(200, infoWith(endpoint)));
  for (const [env, id] of [
    [{}, 'RegionOne'],
    [{ OS_REGION_NAME: 'North' }, 'North'],
  ] as const) {
    await using gateway = await startGateway({ OS_AUTH_URL: keystone.url, ...env });
    const { data, errors } = await gateway.query('{imageRegions{id} info{stores{id}}}', { token: 'token-of-a-caller' });
    expect([data, errors]).toEqual([{ imageRegions: [{ id }], info: { stores: [{ id: 'a' }] } }, []]);
  }
});

test('odd entries are skipped and logged once, and the others served', async () => {
  await using glance = await startUpstream(good);
  const endpoint = { interface: 'public', region_id: 'RegionOne', url: glance.url };
  const { token } = tokenInfo({});
  const catalog = [
    null,
    'image',
    { type: null, endpoints: [endpoint] },
    { type: 'image' },
    { type: 'image', endpoints: {} },
    {
      type: 'image',
      endpoints: [
        null,
        { ...endpoint, region_id: 7 },
        { ...endpoint, url: null },
        { ...endpoint, interface: undefined },
        { ...endpoint, region_id: 'RegionTwo', region: 7 },
        endpoint,
      ],
    },
    { type: 'image', name: 'glance-of-the-edge', endpoints: [{ ...endpoint, region_id: 'RegionThree' }] },
  ];
  await using keystone = await startUpstream(reply(200, { token: { ...token, catalog } }));
  await using gateway = await startGateway({ OS_AUTH_URL: keystone.url, CACHE_TTL_CATALOG_MS: '0' });
  for (const caller of ['token-of-one', 'token-of-two']) {
    const { data, errors } = await gateway.query('{imageRegions{id info{stores{id}}}}', { token: caller });
    const info = { stores: [{ id: 'a' }] };
    const ids = ['RegionOne', 'RegionThree', 'RegionTwo'];
    expect([data, errors]).toEqual([{ imageRegions: ids.map((id) => ({ id, info })) }, []]);
  }
  const warnings = gateway.log.filter(({ level }) => level === 'warn').map(({ msg }) => msg);
  expect(warnings).toEqual(
    [
      'token.catalog[0] is not an object',
      'token.catalog[1] is not an object',
      'token.catalog[2].type is not a string',
      'token.catalog[4].endpoints is not an array',
      'token.catalog[5].endpoints[0] is not an object',
      'token.catalog[5].endpoints[1].region_id is not a string',
      'token.catalog[5].endpoints[2].url is not a string',
      'token.catalog[5].endpoints[3].interface is not a string',
    ].map((problem) => `Service catalog: ${problem}; the entry is skipped`),
  );
});

test('the catalog of a large cloud is read: 100 regions of 20 services with 3 endpoints', async () => {
  await using glance = await startUpstream(good);
  const regions = Array.from({ length: 100 }, (_, index) => `region-${index}.cloud.example`);
  const endpointsOf = (url: string) =>
    regions.flatMap((region_id) =>
      ['public', 'internal', 'admin'].map((kind) => ({
        id: 'f'.repeat(32),
        interface: kind,
        region_id,
        region: region_id,
        url,
      })),
    );
  const others = Array.from({ length: 19 }, (_, index) => ({
    type: `type-${index}`,
    endpoints: endpointsOf(`https://service-${index}.cloud.example/v1/AUTH_${'0'.repeat(300)}`),
  }));
  const catalog = [...others, { type: 'image', endpoints: endpointsOf(glance.url) }];
  expect(JSON.stringify(catalog).length).toBeGreaterThan(2_500_000);
  const { token } = tokenInfo({});
  await using keystone = await startUpstream(reply(200, { token: { ...token, catalog } }));
  await using gateway = await startGateway({ OS_AUTH_URL: keystone.url });
  const { data, errors } = await gateway.query('{imageRegions{id}}', { token: 'token-of-a-caller' });
  expect([data, errors]).toMatchObject([{ imageRegions: { length: 100 } }, []]);
});

test.each([
  ['a region of 256 characters', { region_id: 'x'.repeat(256) }],
  ['a region with a line break', { region_id: 'RegionTwo\n{"level":"fatal"}' }],
  ['a region with an escape sequence', { region_id: '\u001b[31mRegionTwo' }],
  ['a URL with an escape sequence', { region_id: 'RegionTwo', url: 'http://evil.example/\u001b]0;title\u0007' }],
  ['a URL of 2049 characters', { region_id: 'RegionTwo', url: `http://${'x'.repeat(2042)}` }],
])('%s is skipped, and its text is not logged', async (_title, changes) => {
  await using glance = await startUpstream(good);
  const endpoint = { interface: 'public', region_id: 'RegionOne', url: glance.url };
  await using keystone = await startUpstream(reply(200, infoWith(endpoint, { ...endpoint, ...changes })));
  await using gateway = await startGateway({ OS_AUTH_URL: keystone.url });
  const { data } = await gateway.query('{imageRegions{id}}', { token: 'token-of-a-caller' });
  expect(data).toEqual({ imageRegions: [{ id: 'RegionOne' }] });
  const warnings = gateway.log.filter(({ level }) => level === 'warn').map(({ msg }) => msg);
  expect(warnings).toHaveLength(1);
  expect(warnings[0]).toMatch(
    /^Service catalog: token\.catalog\[0\]\.endpoints\[1\]\.\w+ is not a text of at most \d+ characters without control characters; the entry is skipped$/,
  );
});

test.each<[string, object[] | null[], object?]>([
  [
    '2001 Image endpoints',
    [1, 2].map(() => ({ type: 'image', endpoints: Array(1001).fill({ interface: 'public', url: 'http://a' }) })),
  ],
  ['2001 services', Array(2001).fill({ type: 'image' })],
  ['1001 odd entries', Array(1001).fill(null)],
  ['2001 roles', [], { roles: Array(2001).fill({ name: 'member' }) }],
  [
    '2001 access rules',
    [],
    { application_credential: { access_rules: Array(2001).fill({ id: '', service: '', method: '', path: '' }) } },
  ],
  [
    'a rule that is longer than Keystone has',
    [],
    { application_credential: { access_rules: [{ id: '', service: '', method: '', path: '{'.repeat(256) }] } },
  ],
  ['a project name of a megabyte', [], { project: { id: 'p', name: 'x'.repeat(1_000_000) } }],
  ['more values than the largest cloud has', [], { others: Array(130_000).fill([]) }],
])('a Keystone that sends %s is not followed', async (_title, catalog, changes = {}) => {
  await using keystone = await startUpstream(reply(200, { token: { ...tokenInfo({}).token, ...changes, catalog } }));
  await using gateway = await startGateway({ OS_AUTH_URL: keystone.url });
  const { errors } = await gateway.query(STORES, { token: 'token-of-a-caller' });
  expect(errors).toMatchObject([{ extensions: { code: 'UPSTREAM_INVALID_RESPONSE', service: 'identity' } }]);
});

test('`region_id` goes before `region`', async () => {
  await using glance = await startUpstream(good);
  const endpoint = { interface: 'public', region_id: 'RegionOne', region: 'Region One', url: glance.url };
  await using keystone = await startUpstream(reply(200, infoWith(endpoint)));
  await using gateway = await startGateway({ OS_AUTH_URL: keystone.url });
  const { data } = await gateway.query('{imageRegions{id}}', { token: 'token-of-a-caller' });
  expect(data).toEqual({ imageRegions: [{ id: 'RegionOne' }] });
});

test('a problem of the catalog is logged once, for however many callers', async () => {
  await using glance = await startUpstream(good);
  const endpoints = [
    { interface: 'public', region_id: 'RegionOne', url: glance.url },
    { interface: 'public', region_id: 'RegionTwo', url: 'ftp://glance.invalid' },
  ];
  await using keystone = await startUpstream(reply(200, infoWith(...endpoints)));
  await using gateway = await startGateway({ OS_AUTH_URL: keystone.url, CACHE_TTL_CATALOG_MS: '0' });
  for (const token of ['token-of-one', 'token-of-two', 'token-of-one'])
    expect((await gateway.query(STORES, { token })).errors).toEqual([]);
  expect(keystone.seen).toHaveLength(3);
  const warnings = gateway.log.filter(({ level }) => level === 'warn');
  expect(warnings).toHaveLength(1);
  expect(warnings[0]?.msg).toContain('RegionTwo');
});

test('a token with an unknown scope gets no advice about its scope', async () => {
  await using keystone = await startUpstream({
    '/v3/auth/tokens': reply(403, ''),
    '/v3/auth/catalog': reply(200, { catalog: [] }),
  });
  await using gateway = await startGateway({ OS_AUTH_URL: keystone.url });
  const { errors } = await gateway.query(STORES, { token: 'token-of-a-caller' });
  expect(errors).toMatchObject([{ extensions: { code: 'REGION_NOT_FOUND' } }]);
  expect(errors[0]?.message).not.toMatch(/scope/i);
});

test('an unscoped token gets the advice to use a project-scoped one', async () => {
  const { token } = tokenInfo({}, {});
  const { catalog: _none, ...unscoped } = token;
  await using keystone = await startUpstream(reply(200, { token: unscoped }));
  await using gateway = await startGateway({ OS_AUTH_URL: keystone.url });
  const { errors } = await gateway.query(STORES, { token: 'token-of-a-caller' });
  expect(errors[0]?.message).toMatch(/scoped to a project/);
});
