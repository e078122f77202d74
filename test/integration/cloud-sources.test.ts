/** Which of several settings decides, over https and with files of `clouds.yaml`. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startGateway } from '../gateway.ts';
import { type RecordingUpstream, reply, startUpstream, tokenInfo } from '../recording-upstream.ts';

const STORES = '{info{stores{id}}}';
const token = 'token-of-a-caller';
const folder = mkdtempSync(join(tmpdir(), 'glance-graphql-sources-'));
afterAll(() => rmSync(folder, { recursive: true }));

const fixture = (name: string) => new URL(`../fixtures/${name}`, import.meta.url).pathname;
const right = fixture('localhost.pem');
/** A certificate that signs nothing here. */
const wrong = join(folder, 'wrong.pem');
writeFileSync(wrong, rootCertificates[0] ?? '');

function writeClouds(path: string, authUrl: string, cacert?: string): string {
  const lines = ['clouds:', '  mine:', '    auth:', `      auth_url: ${authUrl}`];
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, [...lines, ...(cacert === undefined ? [] : [`    cacert: ${cacert}`]), ''].join('\n'));
  return path;
}

describe('OS_CACERT', () => {
  let keystone: RecordingUpstream;
  let glance: RecordingUpstream;
  const files = { key: readFileSync(fixture('localhost-key.pem')), cert: readFileSync(right) };
  beforeAll(async () => {
    glance = await startUpstream(reply(200, { stores: [{ id: 'a' }] }), files);
    keystone = await startUpstream(reply(200, tokenInfo({ RegionOne: glance.url })), files);
  });
  afterAll(async () => {
    await keystone[Symbol.asyncDispose]();
    await glance[Symbol.asyncDispose]();
  });

  test.each([
    ['goes before a wrong `cacert`', wrong, right, null],
    ['is not needed beside a right `cacert`', right, undefined, null],
    ['goes before a right `cacert`, where it is wrong', right, wrong, 'UPSTREAM_UNAVAILABLE'],
    ['is missing beside a wrong `cacert`', wrong, undefined, 'UPSTREAM_UNAVAILABLE'],
  ])('%s', async (title, cacert, caFile, code) => {
    const file = writeClouds(join(folder, `${title.replace(/\W+/g, '-')}.yaml`), keystone.url, cacert);
    await using gateway = await startGateway({
      OS_CLOUD: 'mine',
      OS_CLIENT_CONFIG_FILE: file,
      ...(caFile !== undefined && { OS_CACERT: caFile }),
    });
    const { errors } = await gateway.query(STORES, { token });
    expect(errors.map(({ extensions }) => extensions.code)).toEqual(code === null ? [] : [code]);
  });
});

test('clouds.yaml is searched in XDG_CONFIG_HOME, and in ~/.config when that is not set', async () => {
  await using glance = await startUpstream(reply(200, { stores: [{ id: 'a' }] }));
  const info = reply(200, tokenInfo({ RegionOne: glance.url }));
  await using ofConfigHome = await startUpstream(info);
  await using ofHome = await startUpstream(info);
  const home = join(folder, 'home');
  const configHome = join(folder, 'config-home');
  writeClouds(join(home, '.config', 'openstack', 'clouds.yaml'), ofHome.url);
  writeClouds(join(configHome, 'openstack', 'clouds.yaml'), ofConfigHome.url);
  const requestCounts = async (env: Record<string, string>) => {
    await using gateway = await startGateway({ OS_CLOUD: 'mine', ...env });
    expect((await gateway.query(STORES, { token })).errors).toEqual([]);
    return [ofConfigHome.seen.length, ofHome.seen.length];
  };
  expect(await requestCounts({ HOME: home, XDG_CONFIG_HOME: configHome })).toEqual([1, 0]);
  expect(await requestCounts({ HOME: home })).toEqual([1, 1]);
  expect(await requestCounts({ XDG_CONFIG_HOME: configHome })).toEqual([2, 1]);
});

describe('an Image endpoint that overrides the catalog', () => {
  async function startCloud() {
    const overriding = await startUpstream(reply(200, { stores: [{ id: 'overriding' }] }));
    const listed = await startUpstream(reply(200, { stores: [{ id: 'listed' }] }));
    const keystone = await startUpstream(reply(200, tokenInfo({ north: listed.url, south: listed.url })));
    const upstreams = new AsyncDisposableStack();
    for (const upstream of [overriding, listed, keystone]) upstreams.use(upstream);
    return { overriding, listed, keystone, [Symbol.asyncDispose]: () => upstreams.disposeAsync() };
  }
  const REGIONS = '{info{stores{id} usage{scope}} imageRegions{id info{stores{id}}}}';

  test('serves the regions it is set for, and Keystone is asked about the token', async () => {
    await using cloud = await startCloud();
    await using gateway = await startGateway({
      OS_AUTH_URL: cloud.keystone.url,
      OS_REGION_NAME: 'north',
      OS_IMAGE_ENDPOINT_OVERRIDE: `${cloud.overriding.url}/v2`,
    });
    const { data } = await gateway.query(REGIONS, { token });
    const stores = [{ id: 'overriding' }];
    expect(data).toMatchObject({ info: { stores }, imageRegions: [{ id: 'north', info: { stores } }] });
    expect(cloud.keystone.seen.map(({ path }) => path)).toEqual(['/v3/auth/tokens']);
    expect(cloud.listed.seen).toEqual([]);
  });

  test('may be that of one region in clouds.yaml', async () => {
    await using cloud = await startCloud();
    const file = join(folder, 'override.yaml');
    const values = `{image_endpoint_override: "${cloud.overriding.url}"}`;
    writeFileSync(
      file,
      `clouds: {mine: {auth: {auth_url: "${cloud.keystone.url}"}, regions: [north, {name: south, values: ${values}}]}}`,
    );
    await using gateway = await startGateway({ OS_CLOUD: 'mine', OS_CLIENT_CONFIG_FILE: file });
    expect((await gateway.query('{imageRegions{id info{stores{id}}}}', { token })).data).toEqual({
      imageRegions: [
        { id: 'north', info: { stores: [{ id: 'listed' }] } },
        { id: 'south', info: { stores: [{ id: 'overriding' }] } },
      ],
    });
  });
});
