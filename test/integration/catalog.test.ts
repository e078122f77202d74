/** Regions found in the caller's own service catalog. */
import { describe, expect, test } from 'vitest';
import { startGateway } from '../gateway.ts';
import { replay } from '../recorded.ts';
import { type Behaviour, hang, type RecordingUpstream, reply, reset, startUpstream } from '../recording-upstream.ts';

const GLANCE: Record<string, Behaviour> = {
  '/v2/info/import': replay('api-2.16-multistore-member.import'),
  '/v2/info/stores': replay('api-2.16-multistore-member.stores'),
  '/v2/info/usage': replay('api-2.16-multistore-member.usage'),
};
const SINGLE: Record<string, Behaviour> = {
  '/image/v2/info/import': replay('api-2.16-singlestore-admin.import'),
  '/image/v2/info/stores': replay('api-2.16-singlestore-admin.stores.accept-json'),
};

interface EndpointEntry {
  readonly region_id?: string | null;
  readonly url: string;
  readonly interface?: string;
}

const image = (...endpoints: EndpointEntry[]) => ({
  type: 'image',
  name: 'glance',
  endpoints: endpoints.map((endpoint) => ({ interface: 'public', ...endpoint })),
});
const PROJECT = { project: { id: 'p1', name: 'demo' } };
const token = (catalog: unknown, scope: object = PROJECT, seconds = 3600) => ({
  token: {
    ...scope,
    expires_at: new Date(Date.now() + seconds * 1000).toISOString(),
    ...(catalog !== undefined && { catalog }),
  },
});

interface Cloud extends AsyncDisposable {
  readonly one: RecordingUpstream;
  readonly two: RecordingUpstream;
}

async function startRegions(): Promise<Cloud> {
  const [one, two] = [await startUpstream(GLANCE), await startUpstream(SINGLE)];
  return {
    one,
    two,
    async [Symbol.asyncDispose]() {
      await one[Symbol.asyncDispose]();
      await two[Symbol.asyncDispose]();
    },
  };
}

const twoRegions = ({ one, two }: Cloud) => [
  { type: 'identity', endpoints: [{ interface: 'public', region_id: 'RegionThree', url: 'http://127.0.0.1:1' }] },
  image(
    { region_id: 'RegionTwo', url: `${two.url}/image/v2/` },
    { region_id: 'RegionOne', url: one.url },
    { region_id: 'RegionOne', url: 'http://127.0.0.1:1', interface: 'internal' },
  ),
];

/** A Keystone that answers as given, and what it was asked. */
const startKeystone = (behaviour: Behaviour | Record<string, Behaviour>) => startUpstream(behaviour);

const BOTH = '{imageRegions{id info{importMethods{type} stores{id} usage{scope projectId}}}}';

test('are asked in parallel, each at its own endpoint, with the scope of the token', async () => {
  await using cloud = await startRegions();
  await using keystone = await startKeystone({ '/v3/auth/tokens': reply(200, token(twoRegions(cloud))) });
  await using gateway = await startGateway({ OS_AUTH_URL: `${keystone.url}/v3` });
  const { data, errors } = await gateway.query(BOTH, { token: 'the-token' });
  expect(data).toEqual({
    imageRegions: [
      {
        id: 'RegionOne',
        info: {
          importMethods: { type: 'array' },
          stores: [{ id: 'reliable' }, { id: 'fast' }, { id: 'archive' }],
          usage: { scope: 'PROJECT', projectId: 'p1' },
        },
      },
      { id: 'RegionTwo', info: { importMethods: { type: 'array' }, stores: null, usage: null } },
    ],
  });
  expect(errors.map(({ path, extensions: { code, region } }) => [path?.join('.'), code, region]).sort()).toEqual([
    ['imageRegions.1.info.stores', 'NOT_FOUND', 'RegionTwo'],
    ['imageRegions.1.info.usage', 'NOT_FOUND', 'RegionTwo'],
  ]);
  expect(keystone.seen).toEqual([
    {
      method: 'GET',
      path: '/v3/auth/tokens',
      headers: [
        ['host', new URL(keystone.url).host],
        ['connection', 'keep-alive'],
        ['X-Auth-Token', 'the-token'],
        ['X-Subject-Token', 'the-token'],
        ['Accept', 'application/json'],
        ['X-Openstack-Request-Id', expect.stringMatching(/^req-/)],
      ],
    },
  ]);
});

test('the default one is OS_REGION_NAME, else the first by name', async () => {
  await using cloud = await startRegions();
  await using keystone = await startKeystone(reply(200, token(twoRegions(cloud))));
  const defaultOf = async (env: Record<string, string>) => {
    await using gateway = await startGateway({ OS_AUTH_URL: keystone.url, ...env });
    return (await gateway.query('{info{region{id}} imageRegions{id}}', { token: 't' })).data;
  };
  expect(await defaultOf({})).toEqual({
    info: { region: { id: 'RegionOne' } },
    imageRegions: [{ id: 'RegionOne' }, { id: 'RegionTwo' }],
  });
  expect(await defaultOf({ OS_REGION_NAME: 'RegionTwo' })).toEqual({
    info: { region: { id: 'RegionTwo' } },
    imageRegions: [{ id: 'RegionTwo' }, { id: 'RegionOne' }],
  });
});

test('one that is down is null with an error that names it, and the others answer', async () => {
  await using cloud = await startRegions();
  const catalog = [
    image({ region_id: 'RegionOne', url: cloud.one.url }, { region_id: 'RegionTwo', url: 'http://127.0.0.1:9' }),
  ];
  await using keystone = await startKeystone(reply(200, token(catalog)));
  await using gateway = await startGateway({ OS_AUTH_URL: keystone.url });
  const { data, errors } = await gateway.query('{imageRegions{id info{stores{id}}}}', { token: 't' });
  expect(data).toMatchObject({
    imageRegions: [
      { id: 'RegionOne', info: { stores: { length: 3 } } },
      { id: 'RegionTwo', info: { stores: null } },
    ],
  });
  expect(errors).toMatchObject([
    { path: ['imageRegions', 1, 'info', 'stores'], extensions: { code: 'UPSTREAM_UNAVAILABLE', region: 'RegionTwo' } },
  ]);
});

test('names with blanks and beyond ASCII are fine', async () => {
  await using cloud = await startRegions();
  await using keystone = await startKeystone(
    reply(200, token([image({ region_id: 'Région Nord', url: cloud.one.url })])),
  );
  await using gateway = await startGateway({ OS_AUTH_URL: keystone.url });
  const { data, errors } = await gateway.query('{info(region:"Région Nord"){region{id} stores{id}}}', { token: 't' });
  expect([data, errors]).toMatchObject([{ info: { region: { id: 'Région Nord' } } }, []]);
});

describe('the catalog of a token', () => {
  const count = ({ seen }: RecordingUpstream) => seen.length;
  const query = '{info{importMethods{type}}}';

  test('is looked up once for requests at the same time, then kept; another token is looked up by itself', async () => {
    await using cloud = await startRegions();
    await using keystone = await startKeystone(reply(200, token(twoRegions(cloud))));
    await using gateway = await startGateway({ OS_AUTH_URL: keystone.url });
    await Promise.all(Array.from({ length: 20 }, () => gateway.query(query, { token: 'a' })));
    await gateway.query(query, { token: 'a' });
    expect(count(keystone)).toBe(1);
    await gateway.query(query, { token: 'b' });
    expect(count(keystone)).toBe(2);
  });

  test('is not kept past the token’s end, nor with CACHE_TTL_CATALOG_MS=0, nor when looking it up failed', async () => {
    await using cloud = await startRegions();
    let answer = reply(200, token(twoRegions(cloud), PROJECT, 0.2));
    await using keystone = await startKeystone((request, response) => answer(request, response));
    await using gateway = await startGateway({ OS_AUTH_URL: keystone.url });
    await gateway.query(query, { token: 'a' });
    await gateway.query(query, { token: 'a' });
    expect(count(keystone)).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 250));
    // Once, and once more after a pause.
    answer = reply(503, '');
    for (const expected of [3, 5]) {
      const { errors } = await gateway.query(query, { token: 'a' });
      expect(errors).toMatchObject([{ extensions: { code: 'UPSTREAM_UNAVAILABLE', service: 'identity' } }]);
      expect(count(keystone)).toBe(expected);
    }
    answer = reply(200, token(twoRegions(cloud)));
    await using keeping = await startGateway({ OS_AUTH_URL: keystone.url, CACHE_TTL_CATALOG_MS: '0' });
    for (let round = 0; round < 2; round += 1) await keeping.query(query, { token: 'a' });
    expect(count(keystone)).toBe(7);
  });

  test('comes from /v3/auth/catalog where tokens may not ask about themselves', async () => {
    await using cloud = await startRegions();
    await using keystone = await startKeystone({
      '/identity/v3/auth/tokens': reply(403, {
        error: { code: 403, message: 'You are not authorized.', title: 'Forbidden' },
      }),
      '/identity/v3/auth/catalog': reply(200, { catalog: twoRegions(cloud) }),
    });
    await using gateway = await startGateway({ OS_AUTH_URL: `${keystone.url}/identity` });
    const { data, errors } = await gateway.query('{info{usage{enabled scope projectId}}}', { token: 't' });
    expect([data, errors]).toEqual([{ info: { usage: { enabled: true, scope: 'UNKNOWN', projectId: null } } }, []]);
    expect(keystone.seen.map(({ path }) => path)).toEqual(['/identity/v3/auth/tokens', '/identity/v3/auth/catalog']);
  });

  test.each([
    ['PROJECT', PROJECT, 'p1'],
    ['DOMAIN', { domain: { id: 'd' } }, null],
    ['SYSTEM', { system: { all: true } }, null],
  ])('of scope %s says so', async (scope, fields, projectId) => {
    await using cloud = await startRegions();
    await using keystone = await startKeystone(reply(200, token(twoRegions(cloud), fields)));
    await using gateway = await startGateway({ OS_AUTH_URL: keystone.url });
    const { data } = await gateway.query('{info{usage{scope projectId}}}', { token: 't' });
    expect(data).toEqual({ info: { usage: { scope, projectId } } });
  });
});

describe('a catalog that is odd', () => {
  const ask = async (catalog: (cloud: Cloud) => unknown, scope: object = PROJECT, env: Record<string, string> = {}) => {
    await using cloud = await startRegions();
    await using keystone = await startKeystone(reply(200, token(catalog(cloud), scope)));
    await using gateway = await startGateway({ OS_AUTH_URL: keystone.url, ...env });
    const { data, errors } = await gateway.query('{imageRegions{id} info{stores{id}}}', { token: 't' });
    const log = gateway.log.map(({ msg }) => String(msg)).filter((msg) => msg.startsWith('Service catalog: '));
    return { data, log, messages: errors.map(({ message, extensions }) => [extensions.code, message]) };
  };
  const NONE = 'The token opens no region with an Image service.';

  test.each<[string, (cloud: Cloud) => unknown, object, [string, string]]>([
    ['empty', () => [], PROJECT, ['REGION_NOT_FOUND', NONE]],
    ['without an Image service', () => [{ type: 'compute', endpoints: [] }], PROJECT, ['REGION_NOT_FOUND', NONE]],
    [
      'of another interface',
      ({ one }) => [image({ region_id: 'RegionOne', url: one.url, interface: 'admin' })],
      PROJECT,
      ['REGION_NOT_FOUND', NONE],
    ],
    [
      'missing, as of an unscoped token',
      () => undefined,
      {},
      [
        'REGION_NOT_FOUND',
        `${NONE} It is not scoped, so its service catalog is empty: ask Keystone for one scoped to a project.`,
      ],
    ],
    [
      'no list',
      () => ({}),
      PROJECT,
      ['UPSTREAM_INVALID_RESPONSE', "The Identity service's answer has a wrong shape: token.catalog is not an array."],
    ],
    [
      'of 5 MB',
      () => Array.from({ length: 50_000 }, (_, id) => ({ type: 'other', id, name: 'x'.repeat(60), endpoints: [] })),
      PROJECT,
      ['UPSTREAM_INVALID_RESPONSE', "The Identity service's answer is larger than 1048576 bytes."],
    ],
  ])('%s', async (_title, catalog, scope, expected) => {
    const { messages } = await ask(catalog, scope);
    expect(messages.at(-1)).toEqual(expected);
  });

  test('with endpoints that are no URL, of no region, or twice, leaves those out and logs it', async () => {
    const { data, log, messages } = await ask(({ one, two }) => [
      image(
        { region_id: 'RegionOne', url: one.url },
        { region_id: 'RegionOne', url: `${one.url}/zzz` },
        { region_id: 'RegionTwo', url: 'glance.internal:9292' },
        { region_id: null, url: two.url },
        { region_id: 'RegionThree', url: 'ftp://glance.internal' },
        { region_id: 'RegionFour', url: 'https://glance.invalid' },
      ),
    ]);
    expect(data).toMatchObject({ imageRegions: [{ id: 'RegionOne' }], info: { stores: { length: 3 } } });
    expect(messages).toEqual([]);
    expect(log).toEqual([
      expect.stringMatching(/^Service catalog: http:\S+ belongs to no region; it is not used$/),
      "Service catalog: RegionFour: https://glance.invalid is not on a host of Keystone's own domain, nor allowed; it is not used unless ENDPOINT_HOSTS has glance.invalid",
      expect.stringMatching(
        /^Service catalog: RegionOne: http:\S+zzz is a second endpoint of the region; it is not used$/,
      ),
      'Service catalog: RegionThree: "ftp://glance.internal" is no http or https URL; it is not used',
      'Service catalog: RegionTwo: "glance.internal:9292" is no http or https URL; it is not used',
    ]);
  });
});

describe('Keystone that', () => {
  test.each<[string, Behaviour, Record<string, unknown>]>([
    ['refuses the token', replay('keystone-22-badtoken.auth-tokens'), { code: 'UNAUTHENTICATED', status: 401 }],
    ['is silent', hang, { code: 'UPSTREAM_TIMEOUT' }],
    ['hangs up', reset, { code: 'UPSTREAM_UNAVAILABLE' }],
    [
      'answers HTML',
      reply(200, '<html></html>', { 'Content-Type': 'text/html' }),
      { code: 'UPSTREAM_INVALID_RESPONSE', status: 200 },
    ],
    ['forbids both calls', reply(403, ''), { code: 'FORBIDDEN', status: 403 }],
    ['fails', reply(500, ''), { code: 'UPSTREAM_ERROR', status: 500 }],
  ])('%s fails each field by the same table, as data too', async (_title, behaviour, extensions) => {
    await using keystone = await startKeystone(behaviour);
    await using gateway = await startGateway({ OS_AUTH_URL: keystone.url, UPSTREAM_TIMEOUT_MS: '300' });
    const { status, data, errors } = await gateway.query(
      '{info{stores{id} usage{enabled} availability{stores usage}}}',
      { token: 't' },
    );
    expect(status).toBe(200);
    const availability =
      { UNAUTHENTICATED: 'UNAUTHENTICATED', FORBIDDEN: 'FORBIDDEN' }[String(extensions.code)] ?? 'UNAVAILABLE';
    expect(data).toEqual({
      info: { stores: null, usage: null, availability: { stores: availability, usage: availability } },
    });
    expect(errors.map(({ path }) => path?.join('.'))).toEqual(['info.stores', 'info.usage']);
    for (const error of errors) expect(error.extensions).toMatchObject({ ...extensions, service: 'identity' });
    expect(JSON.stringify(errors)).not.toMatch(/127\.0\.0\.1|"region"/);
  });

  test('gets no token is asked all the same, and its refusal comes back', async () => {
    await using keystone = await startKeystone(replay('keystone-22-notoken.auth-tokens'));
    await using gateway = await startGateway({ OS_AUTH_URL: keystone.url });
    const { errors } = await gateway.query('{info{stores{id}}}');
    expect(errors).toMatchObject([
      {
        message: 'The request you have made requires authentication.',
        extensions: { code: 'UNAUTHENTICATED', service: 'identity' },
      },
    ]);
  });
});

test('regions without Keystone come from GLANCE_ENDPOINTS', async () => {
  await using cloud = await startRegions();
  const endpoints = { north: cloud.one.url, south: `${cloud.two.url}/image` };
  await using gateway = await startGateway({ GLANCE_ENDPOINTS: JSON.stringify(endpoints), OS_REGION_NAME: 'south' });
  const { data } = await gateway.query('{info{region{id}} imageRegions{id info{importMethods{type}}}}', { token: 't' });
  const info = { importMethods: { type: 'array' } };
  expect(data).toEqual({
    info: { region: { id: 'south' } },
    imageRegions: [
      { id: 'south', info },
      { id: 'north', info },
    ],
  });
  expect(await (await gateway.fetch('/readyz')).json()).toEqual({ status: 'upstream unreachable' });
});
