/** `check` names the setting that is wrong, wherever it is, and passes once it is corrected. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { NEWEST_GLANCE as GLANCE, runCheck } from '../check.ts';
import { replay } from '../recorded.ts';
import { type Behaviour, reply, startUpstream, tokenInfo } from '../recording-upstream.ts';
import { tokenWith } from '../two-regions.ts';

const OS_TOKEN = 'secret-token';
const version = replay('keystone-22-versions');
const startKeystone = (token: unknown) => startUpstream({ '/v3/': version, '/v3/auth/tokens': reply(200, token) });

const folder = mkdtempSync(join(tmpdir(), 'check-settings-'));
afterAll(() => rmSync(folder, { recursive: true }));

function inFile(settings: object) {
  const file = join(folder, 'clouds.json');
  writeFileSync(file, JSON.stringify({ clouds: { dev: settings } }));
  return runCheck({ OS_CLOUD: 'dev', OS_CLIENT_CONFIG_FILE: file, OS_TOKEN });
}

describe('in clouds.yaml', () => {
  test('check names a region that the catalog does not have, beside one that it has', async () => {
    await using glance = await startUpstream(GLANCE);
    await using keystone = await startKeystone(tokenInfo({ one: glance.url, two: glance.url }));
    const auth = { auth_url: keystone.url };
    expect(await inFile({ auth, regions: ['one', 'three'] })).toMatchObject({
      code: 1,
      causes: ['The region "three" of clouds.yaml has no endpoint; the regions are one'],
    });
    expect((await inFile({ auth, regions: ['one', 'two'] })).code).toBe(0);
    expect(await inFile({ auth, region_name: 'three' })).toMatchObject({
      code: 1,
      causes: ['The region "three" of OS_REGION_NAME or clouds.yaml has no endpoint; the regions are one, two'],
    });
  });

  test('check names the settings when the catalog has none of the regions', async () => {
    await using glance = await startUpstream(GLANCE);
    await using keystone = await startKeystone(tokenInfo({ one: glance.url }));
    const auth = { auth_url: keystone.url };
    expect(await inFile({ auth, regions: ['One'] })).toMatchObject({
      code: 1,
      causes: [
        'The catalog has no usable public endpoint of type image in One: are interface and regions in clouds.yaml right?',
      ],
    });
    expect((await inFile({ auth, regions: ['one'] })).code).toBe(0);
  });

  test('check ignores an unusable endpoint in a region that is not listed', async () => {
    await using glance = await startUpstream(GLANCE);
    await using keystone = await startKeystone(tokenInfo({ one: glance.url, two: 'ftp://glance.invalid' }));
    expect((await inFile({ auth: { auth_url: keystone.url }, regions: ['one'] })).code).toBe(0);
  });

  test('check names the setting of a wrong URL of Keystone or Glance', async () => {
    const wrong = 'http://127.0.0.1:9';
    expect((await inFile({ auth: { auth_url: wrong } })).causes).toEqual([
      `Nothing listens at ${wrong}: is it right in OS_AUTH_URL or clouds.yaml, and is it up?`,
    ]);
    expect((await inFile({ auth_type: 'none', auth: { endpoint: wrong } })).causes).toEqual([
      `Nothing listens at ${wrong}: is it right in clouds.yaml, and is it up?`,
    ]);
    await using glance = await startUpstream(GLANCE);
    await using keystone = await startKeystone(tokenInfo({ one: glance.url }));
    const auth = { auth_url: keystone.url };
    expect((await inFile({ auth, region_name: 'one', image_endpoint_override: wrong })).causes).toEqual([
      `Nothing listens at ${wrong}: is it right in OS_IMAGE_ENDPOINT_OVERRIDE or clouds.yaml, and is it up?`,
    ]);
    expect((await inFile({ auth, region_name: 'one', image_endpoint_override: glance.url })).code).toBe(0);
  });
});

test('check names a wrong OS_IMAGE_ENDPOINT_OVERRIDE', async () => {
  await using glance = await startUpstream(GLANCE);
  await using wrong = await startUpstream({});
  await using keystone = await startKeystone(tokenInfo({ one: glance.url }));
  const env = { OS_AUTH_URL: keystone.url, OS_REGION_NAME: 'one', OS_TOKEN };
  expect(await runCheck({ ...env, OS_IMAGE_ENDPOINT_OVERRIDE: wrong.url })).toMatchObject({
    code: 1,
    causes: [`${wrong.url} is not a Glance, since no call exists there: correct OS_IMAGE_ENDPOINT_OVERRIDE`],
  });
  expect((await runCheck({ ...env, OS_IMAGE_ENDPOINT_OVERRIDE: glance.url })).code).toBe(0);
});

describe('an endpoint of the catalog', () => {
  test('check names the host, not the interface, when the only endpoint is on a host that is not allowed', async () => {
    await using glance = await startUpstream(GLANCE);
    const url = glance.url.replace('127.0.0.1', 'localhost');
    await using keystone = await startKeystone(tokenInfo({ one: url }));
    const env = { OS_AUTH_URL: keystone.url, OS_TOKEN };
    const { code, causes } = await runCheck(env);
    expect([code, causes]).toEqual([
      1,
      [
        "The catalog has a public endpoint of type image, but it can't be used: see below",
        `one: ${url} is not on a host of Keystone's own domain, nor allowed; it is not used unless ENDPOINT_HOSTS has localhost`,
      ],
    ]);
    expect((await runCheck({ ...env, ENDPOINT_HOSTS: 'localhost' })).code).toBe(0);
  });

  test('check lists all hosts to allow, with those that ENDPOINT_HOSTS has', async () => {
    await using glance = await startUpstream(GLANCE);
    const one = glance.url.replace('127.0.0.1', 'localhost');
    await using keystone = await startKeystone(tokenInfo({ one, two: 'http://a.invalid', three: 'http://b.invalid' }));
    const { code, causes } = await runCheck({ OS_AUTH_URL: keystone.url, OS_TOKEN, ENDPOINT_HOSTS: 'localhost' });
    const all = expect.stringMatching(/With the others: ENDPOINT_HOSTS=localhost,b\.invalid,a\.invalid$/);
    expect([code, causes]).toEqual([1, [all, all]]);
  });

  test('check names a malformed entry', async () => {
    await using keystone = await startKeystone(
      tokenWith([{ type: 'image', endpoints: [{ interface: 'public', region_id: 7, url: 'http://a' }] }]),
    );
    const { code, causes, out } = await runCheck({ OS_AUTH_URL: keystone.url, OS_TOKEN });
    expect([code, causes]).toEqual([
      1,
      [
        'The catalog has no usable public endpoint of type image: is OS_INTERFACE right? See also what is skipped below',
      ],
    ]);
    expect(out).toContain('token.catalog[0].endpoints[0].region_id is not a string; the entry is skipped');
  });
});

describe('a server in front', () => {
  const denying = (status: number): Behaviour => reply(status, 'Denied', { 'Content-Type': 'text/html' });

  test.each([401, 403])('check names one of Glance that denies everything with %i', async (status) => {
    await using proxy = await startUpstream(denying(status));
    const { code, causes } = await runCheck({ GLANCE_URL: proxy.url, OS_TOKEN });
    const denied = `${proxy.url} denies a call that needs no token (${status}), which a Glance never does: let the gateway pass the server in front of it, or correct GLANCE_URL or GLANCE_ENDPOINTS`;
    expect([code, causes]).toEqual([1, [denied]]);
  });

  test('check names one of Keystone that denies everything', async () => {
    await using proxy = await startUpstream(denying(401));
    const { code, causes } = await runCheck({ OS_AUTH_URL: proxy.url, OS_TOKEN });
    expect([code, causes]).toEqual([
      1,
      [expect.stringMatching(/^\S+ denies a call .* which a Keystone never does: .* correct OS_AUTH_URL$/)],
    ]);
  });

  test('check names the status of a denial without a message', async () => {
    await using proxy = await startUpstream({ ...GLANCE, '/v2/info/usage': reply(403, '') });
    expect((await runCheck({ GLANCE_URL: proxy.url, OS_TOKEN })).causes).toEqual([
      'The policy does not allow it: The status is 403',
    ]);
  });

  test.each([
    ['nginx-1.22.502', 'The status is 502'],
    ['haproxy-2.6.503', 'No server is available to handle this request'],
  ])('check says that the service behind it may be down: %s', async (name, sentence) => {
    await using proxy = await startUpstream(replay(name));
    const { code, causes } = await runCheck({ GLANCE_URL: proxy.url, OS_TOKEN });
    expect([code, causes]).toEqual([1, [`${sentence}: is the Glance behind ${proxy.url} up?`]]);
    expect((await runCheck({ OS_AUTH_URL: proxy.url, OS_TOKEN })).causes).toEqual([
      `${sentence}: is the Keystone behind ${proxy.url} up?`,
    ]);
  });

  test('check names one of Keystone that passes on only /v3/', async () => {
    await using proxy = await startUpstream({ '/v3/': version, '/v3/auth/tokens': replay('apache-2.4.404') });
    const { code, causes } = await runCheck({ OS_AUTH_URL: proxy.url, OS_TOKEN });
    expect([code, causes]).toEqual([
      1,
      [
        `The 404 is not Keystone's: let the server in front of ${proxy.url} pass on /v3/auth/tokens, or correct OS_AUTH_URL`,
      ],
    ]);
  });

  test('check accepts one that redirects /v3 to /v3/, as nginx does where it passes on only /v3/', async () => {
    await using glance = await startUpstream(GLANCE);
    await using keystone = await startUpstream({
      '/v3': reply(301, '', { Location: '/v3/' }),
      '/v3/': version,
      '/v3/auth/tokens': reply(200, tokenInfo({ one: glance.url })),
    });
    expect((await runCheck({ OS_AUTH_URL: `${keystone.url}/v3/`, OS_TOKEN })).code).toBe(0);
  });
});

test('check names a Glance as OS_AUTH_URL', async () => {
  await using glance = await startUpstream(replay('api-2.16-versions-root.accept-json'));
  const { code, causes } = await runCheck({ OS_AUTH_URL: glance.url, OS_TOKEN });
  expect([code, causes]).toEqual([1, [`${glance.url} is not a Keystone, but another service: correct OS_AUTH_URL`]]);
});
