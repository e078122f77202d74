/** Tokens of application credentials with access rules. */
import { describe, expect, test } from 'vitest';
import { startGateway } from '../gateway.ts';
import { recorded, replay } from '../recorded.ts';
import { type Behaviour, type RecordingUpstream, reply, startUpstream } from '../recording-upstream.ts';

const token = 'token-of-an-application-credential';
const ALL = `{info{
  apiVersions{id} importMethods{value} stores{id} usage{enabled}
  availability{importMethods stores storesDetail usage}
}}`;

const GLANCE: Record<string, Behaviour> = {
  '/versions': replay('api-2.17-versions'),
  '/v2/info/import': replay('api-2.16-multistore-member.import'),
  '/v2/info/stores': replay('api-2.16-multistore-member.stores'),
  '/v2/info/usage': replay('api-2.16-multistore-member.usage'),
};
const glanceAt = (basePath: string) =>
  startUpstream(Object.fromEntries(Object.entries(GLANCE).map(([path, behaviour]) => [basePath + path, behaviour])));

/** Responds as Keystone 30 did: to askers that understand access rules, and to others. */
function keystoneFor(name: string, glance: RecordingUpstream, basePath = ''): Promise<RecordingUpstream> {
  const { token: described } = JSON.parse(recorded(`keystone-30-appcred-${name}.auth-tokens.access-rules-header`).body);
  return keystoneWith(described, glance, basePath);
}

function keystoneWith(described: object, glance: RecordingUpstream, basePath = ''): Promise<RecordingUpstream> {
  const body = JSON.stringify({ token: { ...described, expires_at: new Date(Date.now() + 3_600_000) } });
  const asKeystone = reply(200, body.replaceAll('http://glance.example', glance.url + basePath));
  return startUpstream((request, response) => {
    const understands = request.headers['openstack-identity-access-rules'] === '1';
    const behaviour = understands ? asKeystone : replay('keystone-30-appcred-ruled.auth-tokens');
    behaviour(request, response);
  });
}

const ruledBy = (...paths: string[]) => ({
  project: { id: 'p1' },
  catalog: [{ type: 'image', endpoints: [{ interface: 'public', region_id: 'One', url: 'http://glance.example' }] }],
  application_credential: {
    access_rules: paths.map((path, index) => ({ id: `rule-${index}`, service: 'image', method: 'GET', path })),
  },
});

test('calls that the rules allow are made', async () => {
  await using glance = await startUpstream(GLANCE);
  await using keystone = await keystoneFor('ruled', glance);
  await using gateway = await startGateway({ OS_AUTH_URL: keystone.url });
  const { data, errors } = await gateway.query('{info{importMethods{value} stores{id} usage{enabled}}}', { token });
  expect(errors).toEqual([]);
  expect(data).toMatchObject({ info: { stores: { length: 3 }, usage: { enabled: true } } });
});

test('calls that they exclude are forbidden without an upstream call, with the missing rule', async () => {
  await using glance = await startUpstream(GLANCE);
  await using keystone = await keystoneFor('narrow', glance);
  await using gateway = await startGateway({ OS_AUTH_URL: keystone.url });
  const { data, errors } = await gateway.query(ALL, { token });
  expect(data).toMatchObject({
    info: {
      apiVersions: expect.any(Array),
      importMethods: null,
      stores: [{ id: 'reliable' }, { id: 'fast' }, { id: 'archive' }],
      usage: null,
      availability: { importMethods: 'FORBIDDEN', stores: 'AVAILABLE', storesDetail: 'FORBIDDEN', usage: 'FORBIDDEN' },
    },
  });
  const extensions = { code: 'FORBIDDEN', service: 'image', region: 'RegionOne', retryable: false };
  const missing = (path: string) =>
    `The token's application credential has no access rule for service "image", method GET, path ${path}.`;
  expect(errors).toMatchObject([
    { path: ['info', 'importMethods'], message: missing('/v2/info/import'), extensions },
    { path: ['info', 'usage'], message: missing('/v2/info/usage'), extensions },
  ]);
  expect(errors[0]?.extensions).not.toHaveProperty('status');
  // Glance lists its versions before it looks at a token.
  expect(glance.seen.map(({ path }) => path).sort()).toEqual(['/v2/info/stores', '/versions']);
});

test('an excluded call is excluded each time, and is logged as such', async () => {
  await using glance = await startUpstream(GLANCE);
  await using keystone = await keystoneFor('narrow', glance);
  await using gateway = await startGateway({ OS_AUTH_URL: keystone.url, CACHE_TTL_USAGE_MS: '60000' });
  for (let round = 0; round < 4; round += 1) {
    const { errors } = await gateway.query('{info{usage{enabled}}}', { token });
    expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
  }
  expect([keystone.seen.length, glance.seen.length]).toEqual([1, 0]);
  const lines = gateway.log.filter(({ msg }) => msg === 'upstream call failed');
  expect(lines).toHaveLength(4);
  expect(lines[0]).toMatchObject({
    call: 'usage',
    reason: 'access_denied',
    rule: { path: '/v2/info/usage' },
    level: 'info',
  });
});

test('an empty list of rules allows nothing', async () => {
  await using glance = await startUpstream(GLANCE);
  await using keystone = await keystoneWith(ruledBy(), glance);
  await using gateway = await startGateway({ OS_AUTH_URL: keystone.url });
  const { errors } = await gateway.query('{info{stores{id}}}', { token });
  expect(errors).toMatchObject([{ extensions: { code: 'FORBIDDEN' } }]);
  expect(glance.seen).toEqual([]);
});

test('rules of other tokens with the same catalog do not count', async () => {
  await using glance = await startUpstream(GLANCE);
  const { application_credential: _rules, ...unrestricted } = ruledBy();
  const described: Record<string, object> = {
    'token-of-stores': ruledBy('/v2/info/stores'),
    'token-of-usage': ruledBy('/v2/info/usage'),
    'token-of-all': unrestricted,
  };
  await using keystone = await startUpstream((request, response) => {
    const token = { ...described[String(request.headers['x-auth-token'])], expires_at: '2100-01-01T00:00:00Z' };
    reply(200, JSON.stringify({ token }).replaceAll('http://glance.example', glance.url))(request, response);
  });
  await using gateway = await startGateway({ OS_AUTH_URL: keystone.url });
  const fieldsFor = async (caller: string) => {
    const { data } = await gateway.query('{info{availability{stores usage}}}', { token: caller });
    return data;
  };
  const availability = (stores: string, usage: string) => ({ info: { availability: { stores, usage } } });
  for (let round = 0; round < 2; round += 1) {
    expect(await fieldsFor('token-of-stores')).toEqual(availability('AVAILABLE', 'FORBIDDEN'));
    expect(await fieldsFor('token-of-usage')).toEqual(availability('FORBIDDEN', 'AVAILABLE'));
    expect(await fieldsFor('token-of-all')).toEqual(availability('AVAILABLE', 'AVAILABLE'));
  }
});

describe('behind a path of its own', () => {
  test.each(['/v2/info/stores', '/image/v2/info/stores'])('Glance is called for the rule %s', async (path) => {
    await using glance = await glanceAt('/image');
    await using keystone = await keystoneWith(ruledBy(path), glance, '/image');
    await using gateway = await startGateway({ OS_AUTH_URL: keystone.url });
    expect((await gateway.query('{info{stores{id}}}', { token })).errors).toEqual([]);
  });
});

test('a Glance that is not set up for access rules is not reported as a token that has expired', async () => {
  await using glance = await startUpstream(reply(401, { message: 'This server could not verify you.', code: '401' }));
  await using keystone = await keystoneFor('ruled', glance);
  await using gateway = await startGateway({ OS_AUTH_URL: keystone.url });
  const { data, errors } = await gateway.query('{info{stores{id} availability{stores}}}', { token });
  expect(data).toEqual({ info: { stores: null, availability: { stores: 'FORBIDDEN' } } });
  expect(errors).toMatchObject([
    {
      message: expect.stringContaining('although its access rules allow the call'),
      extensions: { code: 'FORBIDDEN', status: 401 },
    },
  ]);
});

test('a token with access rules that is revoked is not accepted at the next request', async () => {
  await using glance = await startUpstream(replay('api-2.16-multistore-badtoken.stores'));
  let isRevoked = false;
  await using valid = await keystoneFor('ruled', glance);
  await using keystone = await startUpstream(async (request, response) => {
    if (isRevoked) return replay('keystone-30-badtoken.auth-tokens')(request, response);
    const headers = { 'OpenStack-Identity-Access-Rules': '1' };
    response.end(await (await fetch(`${valid.url}/v3/auth/tokens`, { headers })).text());
  });
  await using gateway = await startGateway({ OS_AUTH_URL: keystone.url });
  await gateway.query('{info{stores{id}}}', { token });
  isRevoked = true;
  const { errors } = await gateway.query('{info{stores{id}}}', { token });
  expect(errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED', service: 'identity' } }]);
});
