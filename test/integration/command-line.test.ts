/** `glance-graphql schema`, `check`, `--help` and options, as programs run them. */
import { execFile } from 'node:child_process';
import { describe, expect, test } from 'vitest';
import { describeVariables } from '../../src/config/variables.ts';
import { loadSdl } from '../../src/graphql/schema.ts';
import { replay } from '../recorded.ts';
import { type Behaviour, hang, reply, startUpstream } from '../recording-upstream.ts';

const MAIN = new URL('../../src/main.ts', import.meta.url).pathname;

function run(
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<{ code: number; out: string; err: string }> {
  const { PATH = '' } = process.env;
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [MAIN, ...args], { env: { PATH, ...env } }, (_error, out, err) =>
      resolve({ code: child.exitCode ?? -1, out, err }),
    );
  });
}

test('schema prints the SDL of the subgraph', async () => {
  expect(await run(['schema'])).toEqual({ code: 0, out: loadSdl(), err: '' });
});

test('--help names every command and variable', async () => {
  const { code, out } = await run(['--help']);
  expect(code).toBe(0);
  for (const { name } of describeVariables()) expect(out).toContain(name);
  for (const command of ['serve', 'schema', 'check']) expect(out).toMatch(new RegExp(`^  ${command} `, 'm'));
});

test.each([
  [['bake'], '"bake" is no command; accepted is one of serve, schema, check'],
  [['check', 'twice'], '"check twice" is no command'],
  [['--prot', '1'], "Unknown option '--prot'"],
  [['--os-token', 'x'], "Unknown option '--os-token'"],
])('%j is refused with 64', async (args, problem) => {
  const { code, err } = await run(args);
  expect(code).toBe(64);
  expect(err).toContain(problem);
});

test('options go before the environment', async () => {
  const { code, err } = await run(['--port', 'x'], { PORT: '4000' });
  expect(code).toBe(78);
  expect(err).toContain('PORT is "x"');
});

describe('check', () => {
  const GLANCE: Record<string, Behaviour> = {
    '/versions': replay('api-2.16-versions'),
    '/v2/info/import': replay('api-2.16-multistore-admin.import'),
    '/v2/info/stores': replay('api-2.16-multistore-admin.stores'),
    '/v2/info/stores/detail': replay('api-2.16-multistore-admin.stores-detail'),
    '/v2/info/usage': replay('api-2.16-multistore-admin.usage'),
  };

  /** The rows of a single region, by call: status and advice. */
  async function check(calls: Record<string, Behaviour>, basePath = '') {
    await using upstream = await startUpstream({ ...GLANCE, ...calls });
    const env = { GLANCE_URL: upstream.url + basePath, OS_TOKEN: 'secret-token', UPSTREAM_TIMEOUT_MS: '3000' };
    const { code, out } = await run(['check'], env);
    expect(out).not.toContain('secret-token');
    const rows = out
      .trim()
      .split('\n')
      .slice(1)
      .map((row) => row.split(/ {2,}/));
    return {
      code,
      advice: Object.fromEntries(rows.map(([, call, status, , advice = '']) => [call, `${status} ${advice}`.trim()])),
    };
  }
  const USAGE = '/v2/info/usage';
  const DETAIL = '/v2/info/stores/detail';
  const limit = (value: number) => reply(200, { usage: { image_size_total: { usage: 0, limit: value } } });

  test('of a cloud in order ends with 0', async () => {
    const { code, advice } = await check({});
    expect(code).toBe(0);
    expect(advice).toEqual({
      versions: '200',
      'import-methods': '200',
      stores: '200',
      'stores-detail': '200',
      usage: '200',
    });
  });

  test.each<[string, Record<string, Behaviour>, string, string]>([
    [
      'a member',
      { [DETAIL]: replay('api-2.16-multistore-member.stores-detail.accept-json') },
      'stores-detail',
      '403 Only operators may see it: the token lacks the admin role',
    ],
    [
      'a single store',
      { '/v2/info/stores': replay('api-2.16-singlestore-admin.stores') },
      'stores',
      '404 A cloud with a single store',
    ],
    [
      'an old Glance',
      { [USAGE]: replay('api-2.16-multistore-admin.unknown-path') },
      'usage',
      '404 This Glance is older than the call, which came with Yoga',
    ],
    [
      'no quotas',
      { [USAGE]: replay('api-2.16-singlestore-admin.usage') },
      'usage',
      '200 The cloud enforces no quotas (use_keystone_limits)',
    ],
    [
      'limits of 0',
      { [USAGE]: limit(0) },
      'usage',
      '200 Limits of 0, as nobody registered them in Keystone, or meant so: image_size_total',
    ],
    [
      'limits of -1',
      { [USAGE]: limit(-1) },
      'usage',
      '200 Limits of -1, under which an oslo.limit from before mid-2026 refuses every upload: image_size_total',
    ],
  ])('of %s says so, and ends with 0', async (_title, calls, call, expected) => {
    const { code, advice } = await check(calls);
    expect(advice[call]).toBe(expected);
    expect(code).toBe(0);
  });

  test.each<[string, Record<string, Behaviour>, string, string]>([
    [
      'a driver that does not load',
      { [DETAIL]: replay('api-2.16-s3-driver-broken-admin.stores-detail') },
      'stores-detail',
      "500 A store's driver does not load: the log of glance-api names it",
    ],
    [
      'limits that can not be asked for',
      { [USAGE]: replay('api-2.16-keystone-down-knowntoken.usage') },
      'usage',
      '500 Glance can not ask Keystone for the limits: see [oslo_limit] and its log',
    ],
    [
      'a wrong token',
      { '/v2/info/import': replay('api-2.16-multistore-badtoken.import') },
      'import-methods',
      '401 The token is missing, wrong, expired or revoked: `openstack token issue -f value -c id` makes one',
    ],
    ['silence', { '/v2/info/import': hang }, 'import-methods', 'late No answer within 3000 ms (UPSTREAM_TIMEOUT_MS)'],
  ])('of %s says so, and ends with 1', async (_title, calls, call, expected) => {
    const { code, advice } = await check(calls);
    expect(advice[call]).toBe(expected);
    expect(code).toBe(1);
  });

  test('of a 401 that took seconds suspects Keystone', async () => {
    const slow: Behaviour = (request, response) =>
      void setTimeout(() => replay('api-2.16-keystone-down-newtoken.import')(request, response), 2100);
    const { advice } = await check({ '/v2/info/import': slow });
    expect(advice['import-methods']).toMatch(
      /^401 A 401 that took \d+ ms is often Glance waiting for a Keystone that is down$/,
    );
  });

  test('of a wrong base path says so', async () => {
    const wrong = replay('api-2.16-versions-root.accept-json');
    const { code, advice } = await check({ '/image/v2/info/import': wrong }, '/image');
    expect(advice['import-methods']).toBe('300 The path of the endpoint is wrong: it must end where /v2 begins');
    expect(code).toBe(1);
  });

  test('of nobody there says so', async () => {
    const { code, out } = await run(['check', '--glance-url', 'http://127.0.0.1:9']);
    expect(code).toBe(1);
    expect(out).toContain('unreachable');
    expect(out).toContain('It can not be reached: is the URL right, and is it up?');
  });

  test('of a catalog without the interface says so', async () => {
    await using keystone = await startUpstream(replay('keystone-22-member.auth-tokens'));
    const { code, out } = await run(['check', '--os-interface', 'admin'], { OS_AUTH_URL: keystone.url, OS_TOKEN: 't' });
    expect(code).toBe(1);
    expect(out).toContain('The catalog has no usable admin endpoint of type image: is OS_INTERFACE right?');
  });

  test('of an endpoint that can not be reached asks for the interface', async () => {
    await using keystone = await startUpstream(
      reply(200, {
        token: {
          expires_at: '2100-01-01T00:00:00Z',
          project: { id: 'p' },
          catalog: [
            { type: 'image', endpoints: [{ interface: 'public', region_id: 'one', url: 'http://127.0.0.1:9' }] },
          ],
        },
      }),
    );
    const { out } = await run(['check'], { OS_AUTH_URL: keystone.url, OS_TOKEN: 't' });
    expect(out).toContain('It can not be reached from here: is OS_INTERFACE (public) the right one for this network?');
  });

  test('of the sandbox shows both regions', async () => {
    const { code, out } = await run(['check'], { OS_TOKEN: 'sandbox-admin' });
    expect(code).toBe(0);
    expect(out.split('\n').filter((row) => /^(-|RegionOne|RegionTwo) /.test(row))).toHaveLength(11);
  });

  test('wants a token where regions come from Keystone', async () => {
    expect(await run(['check'])).toMatchObject({
      code: 78,
      err: 'OS_TOKEN is missing: `openstack token issue -f value -c id` makes one.\n',
    });
    expect((await run(['check'], { OS_TOKEN: 'two words' })).err).toContain('OS_TOKEN is "***"; accepted is a token');
  });
});
