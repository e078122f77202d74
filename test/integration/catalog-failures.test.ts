/** Catalogs that the gateway cannot use, or only in part, and a Keystone that gives none. */
import { describe, expect, test } from 'vitest';
import { startGateway } from '../gateway.ts';
import { replay } from '../recorded.ts';
import { type Behaviour, hang, reply, reset, startUpstream } from '../recording-upstream.ts';
import { imageService, PROJECT, startRegions, type TwoRegions, tokenWith } from '../two-regions.ts';

describe('an unusual catalog', () => {
  const queryWith = async (catalog: (cloud: TwoRegions) => unknown, scope: object = PROJECT) => {
    await using cloud = await startRegions();
    await using keystone = await startUpstream(reply(200, tokenWith(catalog(cloud), scope)));
    await using gateway = await startGateway({ OS_AUTH_URL: keystone.url });
    const { data, errors } = await gateway.query('{imageRegions{id} info{stores{id}}}', { token: 't' });
    const log = gateway.log.map(({ msg }) => String(msg)).filter((msg) => msg.startsWith('Service catalog: '));
    return { data, log, messages: errors.map(({ message, extensions }) => [extensions.code, message]) };
  };
  const NONE = 'The token has no region with an Image service.';

  test.each<[string, (cloud: TwoRegions) => unknown, object, [string, string]]>([
    ['is empty', () => [], PROJECT, ['REGION_NOT_FOUND', NONE]],
    ['has no Image service', () => [{ type: 'compute', endpoints: [] }], PROJECT, ['REGION_NOT_FOUND', NONE]],
    [
      'has endpoints of another interface only',
      ({ one }) => [imageService({ region_id: 'RegionOne', url: one.url, interface: 'admin' })],
      PROJECT,
      ['REGION_NOT_FOUND', NONE],
    ],
    [
      'is missing, as for an unscoped token',
      () => undefined,
      {},
      [
        'REGION_NOT_FOUND',
        `${NONE} It has no scope, so its service catalog is empty: request a token that is scoped to a project.`,
      ],
    ],
    [
      'is not an array',
      () => ({}),
      PROJECT,
      [
        'UPSTREAM_INVALID_RESPONSE',
        "The Identity service's response has a wrong shape: token.catalog is not an array.",
      ],
    ],
    [
      'has 9 MB',
      () => Array.from({ length: 85_000 }, (_, id) => ({ type: 'other', id, name: 'x'.repeat(60), endpoints: [] })),
      PROJECT,
      ['UPSTREAM_INVALID_RESPONSE', "The Identity service's response is larger than 8388608 bytes."],
    ],
  ])('that %s is reported as an error', async (_title, catalog, scope, expected) => {
    const { messages } = await queryWith(catalog, scope);
    expect(messages.at(-1)).toEqual(expected);
  });

  test('that has endpoints without a URL or region, or duplicate ones, is used without them and logged', async () => {
    const { data, log, messages } = await queryWith(({ one, two }) => [
      imageService(
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
      "Service catalog: RegionFour: https://glance.invalid is not on a host of Keystone's own domain, nor allowed; it is not used unless ENDPOINT_HOSTS has glance.invalid",
      expect.stringMatching(
        /^Service catalog: RegionOne: http:\S+zzz is a second endpoint of the region; it is not used$/,
      ),
      'Service catalog: RegionThree: "ftp://glance.internal" is not an http or https URL without credentials, query or fragment, such as https://cloud.example/image; it is not used',
      'Service catalog: RegionTwo: "glance.internal:9292" is not an http or https URL without credentials, query or fragment, such as https://cloud.example/image; it is not used',
      expect.stringMatching(
        /^Service catalog: RegionOne: http:\S+ belongs to no region, and this one has an endpoint of its own; it is not used$/,
      ),
    ]);
  });
});

describe('Keystone that', () => {
  test.each<[string, Behaviour, Record<string, unknown>]>([
    ['rejects the token', replay('keystone-22-badtoken.auth-tokens'), { code: 'UNAUTHENTICATED', status: 401 }],
    [
      'does not know the token',
      replay('keystone-30-appcred-ruled.auth-tokens'),
      { code: 'UNAUTHENTICATED', status: 404 },
    ],
    ['responds with 404 and no body', reply(404, ''), { code: 'UNAUTHENTICATED', status: 404 }],
    ['is another server', replay('apache-2.4.404'), { code: 'UPSTREAM_INVALID_RESPONSE', status: 404 }],
    ['does not respond', hang, { code: 'UPSTREAM_TIMEOUT' }],
    ['resets the connection', reset, { code: 'UPSTREAM_UNAVAILABLE' }],
    [
      'responds with HTML',
      reply(200, '<html></html>', { 'Content-Type': 'text/html' }),
      { code: 'UPSTREAM_INVALID_RESPONSE', status: 200 },
    ],
    ['forbids both calls', reply(403, ''), { code: 'FORBIDDEN', status: 403 }],
    ['fails', reply(500, ''), { code: 'UPSTREAM_ERROR', status: 500 }],
  ])('%s fails every field with the same code, and availability says so', async (_title, behaviour, extensions) => {
    await using keystone = await startUpstream(behaviour);
    await using gateway = await startGateway({ OS_AUTH_URL: keystone.url, UPSTREAM_TIMEOUT_MS: '1000' });
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
    expect(errors.map(({ path }) => path?.join('.')).sort()).toEqual(['info.stores', 'info.usage']);
    for (const error of errors) expect(error.extensions).toMatchObject({ ...extensions, service: 'identity' });
    expect(JSON.stringify(errors)).not.toMatch(/127\.0\.0\.1|"region"/);
  });

  test('forbids a token with access rules to ask about itself, and for its catalog, is not reported as rejecting it', async () => {
    await using keystone = await startUpstream({
      '/v3/auth/tokens': reply(403, { error: { code: 403, message: 'You are not authorized.', title: 'Forbidden' } }),
      '/v3/auth/catalog': replay('keystone-30-appcred-ruled.auth-catalog'),
    });
    await using gateway = await startGateway({ OS_AUTH_URL: keystone.url });
    const { errors } = await gateway.query('{info{stores{id}}}', { token: 'token-of-a-caller' });
    expect(errors).toMatchObject([
      { message: 'You are not authorized.', extensions: { code: 'FORBIDDEN', status: 403, service: 'identity' } },
    ]);
  });

  test('does not know a token any more ends its cached results', async () => {
    await using cloud = await startRegions();
    let isKnown = true;
    await using keystone = await startUpstream((request, response) => {
      const catalog = [imageService({ region_id: 'RegionOne', url: cloud.one.url })];
      const known = reply(200, tokenWith(catalog));
      (isKnown ? known : replay('keystone-30-appcred-ruled.auth-tokens'))(request, response);
    });
    await using gateway = await startGateway({
      OS_AUTH_URL: keystone.url,
      CACHE_TTL_STORES_MS: '60000',
      CACHE_TTL_CATALOG_MS: '0',
    });
    const query = () => gateway.query('{info{stores{id}}}', { token: 'token-of-a-caller' });
    await query();
    await query();
    expect(cloud.one.seen).toHaveLength(1);
    isKnown = false;
    expect((await query()).errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
    isKnown = true;
    await query();
    expect(cloud.one.seen).toHaveLength(2);
  });

  test('gets a request without a token rejects it, and its message is passed on', async () => {
    await using keystone = await startUpstream(replay('keystone-22-notoken.auth-tokens'));
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
