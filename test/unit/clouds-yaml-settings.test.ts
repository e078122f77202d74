/** Settings of `clouds.yaml` as openstacksdk reads them. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { type Environment, loadConfig } from '../../src/config/config.ts';

const folder = mkdtempSync(join(tmpdir(), 'clouds-settings-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = join(folder, 'clouds.yaml');

function load(yaml: string, env: Environment = {}) {
  writeFileSync(file, yaml);
  return loadConfig({ OS_CLOUD: 'dev', OS_CLIENT_CONFIG_FILE: file, HOME: folder, ...env });
}

/** With these lines in the cloud `dev`. */
const loadDev = (lines: string, env: Environment = {}) =>
  load(`clouds:\n  dev:\n    auth: {auth_url: "https://keystone.example/v3"}\n${lines.replace(/^/gm, '    ')}\n`, env);

const endpointAt = (url: string) => {
  const { origin, pathname } = new URL(url);
  const basePath = pathname.replace(/\/$/, '');
  return { origin, basePath, url: origin + basePath };
};

describe('YAML', () => {
  test('is version 1.1 with merge keys: own keys go first, then the first of several maps', () => {
    const { cloud, verify } = load(`
_base: &base
  interface: internal
  verify: no
  auth: &auth {auth_url: "https://keystone.example"}
_other: &other {interface: admin, region_name: south}
clouds:
  dev:
    verify: on
    <<: [*base, *other]
    auth:
      <<: *auth
      username: me
`);
    expect(cloud).toMatchObject({ interfaces: ['internal'], authEndpoint: { url: 'https://keystone.example' } });
    expect(verify).toBe(true);
  });

  test.each([
    ['no', false],
    ['Off', false],
    ['FALSE', false],
    ['"false"', false],
    ['yes', true],
    ['~', true],
  ])('reads verify: %s', (text, expected) => {
    expect(loadDev(`verify: ${text}`).verify).toBe(expected);
  });

  test('reads y and n as names, as PyYAML does, and takes the last of equal keys', () => {
    const { cloud } = loadDev('regions: [a]\nregions: [n, y]');
    expect(cloud).toMatchObject({ regions: ['n', 'y'] });
  });

  test('reads no other numbers than PyYAML does', () => {
    const { cloud } = loadDev('regions: [e1, 1e3, 08, 1.5e3, 010, 1.5, 1.5e+3, 0x10]');
    expect(cloud).toMatchObject({ regions: ['e1', '1e3', '08', '1.5e3', '8', '1.5', '1500', '16'] });
  });

  test('may use an anchor hundreds of times', () => {
    const clouds = Array.from({ length: 300 }, (_, index) => `  cloud-${index}: {<<: *base}`);
    const text = ['base: &base {auth: {auth_url: "https://a.example"}}', 'clouds:', '  dev: *base', ...clouds].join(
      '\n',
    );
    expect(load(text).cloud).toMatchObject({ authEndpoint: { origin: 'https://a.example' } });
  });
});

describe('the interface', () => {
  test.each([
    ['endpoint_type: internalURL', ['internal']],
    ['endpoint-type: internal\ninterface: public', ['internal']],
    ['image_interface: admin\nendpoint_type: internal', ['admin']],
    ['image_endpoint_type: adminURL', ['admin']],
    ['interface: [internalURL, public]', ['internal', 'public']],
    ['interface: ~', ['public']],
  ])('is read from %j', (lines, expected) => {
    expect(loadDev(lines).cloud).toMatchObject({ interfaces: expected });
  });

  test('is overridden by OS_INTERFACE', () => {
    expect(loadDev('image_interface: admin', { OS_INTERFACE: 'internal' }).cloud).toMatchObject({
      interfaces: ['internal'],
    });
  });
});

test.each([
  ['insecure: true', false],
  ['insecure: yes\nverify: true', false],
  ['insecure: "True"', false],
  ['insecure: false', true],
])('%j decides whether certificates are verified', (lines, expected) => {
  expect(loadDev(lines).verify).toBe(expected);
});

test('cacert may begin with ~, the home directory', () => {
  const fixture = new URL('../fixtures/localhost.pem', import.meta.url).pathname;
  const lines = 'cacert: ~/localhost.pem';
  expect(loadDev(lines, { HOME: join(fixture, '..') }).certificates).not.toBeNull();
  expect(() => loadDev(lines, { HOME: '/no' })).toThrow('cacert is "~/localhost.pem"; expected the path');
});

test('cacert may have keys of the cloud in braces', () => {
  const fixture = new URL('../fixtures/localhost.pem', import.meta.url).pathname;
  const lines = `region_name: localhost\ncacert: ${fixture.replace('localhost', '{region_name}')}`;
  expect(loadDev(lines).certificates).not.toBeNull();
});

test.each([
  ['force_ipv4: true', true],
  ['prefer_ipv6: no', true],
  ['force_ipv4: false', false],
])('%j decides whether only IPv4 is used', (lines, expected) => {
  expect(loadDev(lines).forceIpv4).toBe(expected);
});

test('the settings in `client` hold for all clouds', () => {
  const clouds = 'clouds: {dev: {auth: {auth_url: "https://a.example"}}}';
  expect(load(`client: {force-ipv4: true}\n${clouds}`).forceIpv4).toBe(true);
  expect(load(`client: {force_ipv4: true}\n${clouds}`, { OS_FORCE_IPV4: 'false' }).forceIpv4).toBe(false);
  expect(load(`client: {prefer_ipv6: false}\n${clouds}`).forceIpv4).toBe(true);
  const own = clouds.replace('dev: {', 'dev: {force_ipv4: false, ');
  expect(load(`client: {prefer_ipv6: false}\n${own}`).forceIpv4).toBe(false);
  expect(() => load(`client: {force_ipv4: maybe}\n${clouds}`)).toThrow('client.force_ipv4 is wrong; expected true');
});

describe('the Image endpoint', () => {
  test('can be overridden for all regions, while Keystone is asked about tokens', () => {
    const { cloud } = loadDev('image_endpoint_override: "https://{region_name}.glance.example/v2"\nregion_name: north');
    expect(cloud).toMatchObject({
      kind: 'catalog',
      regions: ['north'],
      overrides: new Map([['north', endpointAt('https://north.glance.example')]]),
    });
  });

  test('can be overridden for one region', () => {
    const { cloud } = loadDev('regions: [one, {name: two, values: {image_endpoint_override: "http://two/image"}}]');
    expect(cloud).toMatchObject({
      regions: ['one', 'two'],
      overrides: new Map([['two', endpointAt('http://two/image')]]),
    });
  });

  test.each(['none', 'None', '""', '~', 'admin_token'])('is all there is with auth_type %s', (type) => {
    const { cloud } = load(
      `clouds: {dev: {auth_type: ${type}, auth: {endpoint: "http://glance:9292"}, region_name: one}}`,
    );
    expect(cloud).toEqual({ kind: 'endpoints', endpoints: new Map([['one', endpointAt('http://glance:9292')]]) });
  });
});

describe('regions', () => {
  test('override the settings of the cloud, and expand the URL of Keystone', () => {
    const yaml = `
clouds:
  dev:
    auth: {auth_url: "https://{region_name}.example/v3", username: me}
    interface: public
    force_ipv4: true
    regions:
      - name: north
        values: {interface: internal, force_ipv4: ~, auth: {username: you}}
      - name: south
        values: {interface: internal}
`;
    const { cloud, defaultRegion, forceIpv4, warnings } = load(yaml);
    expect(forceIpv4).toBe(true);
    expect(cloud).toMatchObject({ authEndpoint: endpointAt('https://north.example'), interfaces: ['internal'] });
    expect(defaultRegion).toBe('north');
    expect(warnings).toContain(
      `${file}: the region south has another auth_url, which is not supported: that of north is used for all`,
    );
    expect(load(yaml, { OS_REGION_NAME: 'south' }).cloud).toMatchObject({
      authEndpoint: endpointAt('https://south.example'),
    });
    expect(() => load(yaml, { OS_REGION_NAME: 'east' })).toThrow('OS_REGION_NAME is "east"; expected a region of');
  });

  test('are not restricted by a single region_name, which is the default region', () => {
    const config = loadDev('region-name: north');
    expect(config.cloud).toMatchObject({ regions: null });
    expect(config.defaultRegion).toBe('north');
    expect(loadDev('region_name: north', { OS_REGION_NAME: 'south' }).defaultRegion).toBe('south');
  });

  test('may be in region_name, and be numbers', () => {
    expect(loadDev('region_name: north,south').cloud).toMatchObject({ regions: ['north', 'south'] });
    expect(loadDev('regions: [1, 2]')).toMatchObject({ cloud: { regions: ['1', '2'] }, defaultRegion: '1' });
  });

  test('may be an empty list, which lists none', () => {
    expect(loadDev('regions: []').cloud).toMatchObject({ regions: null });
  });

  test('go before region_name, as in openstacksdk', () => {
    expect(loadDev('region_name: south\nregions: [north, south]').defaultRegion).toBe('north');
  });
});

describe('other files', () => {
  function inHome(files: Readonly<Record<string, string>>, env: Environment = {}) {
    const home = mkdtempSync(join(folder, 'home-'));
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(join(home, name, '..'), { recursive: true });
      writeFileSync(join(home, name), text);
    }
    return loadConfig({ OS_CLOUD: 'dev', HOME: home, XDG_CONFIG_DIRS: join(home, 'xdg'), ...env });
  }
  const at = (name: string) => `.config/openstack/${name}`;
  const DEV = 'clouds: {dev: {auth: {auth_url: "https://keystone.example", username: me}, interface: internal}}';

  test('secure.yaml is merged into clouds.yaml, and goes before it', () => {
    const secure = 'clouds: {dev: {auth: {password: hunter2}, interface: admin}, prod: {}}';
    const { cloud } = inHome({ [at('clouds.yaml')]: DEV, [at('secure.yaml')]: secure });
    expect(cloud).toMatchObject({ authEndpoint: { origin: 'https://keystone.example' }, interfaces: ['admin'] });
    const named = join(folder, 'named-secure.yaml');
    writeFileSync(named, 'clouds: {dev: {region_name: south}}');
    const env = { OS_CLIENT_SECURE_FILE: named };
    expect(inHome({ [at('clouds.yaml')]: DEV, [at('secure.yaml')]: secure }, env)).toMatchObject({
      cloud: { interfaces: ['internal'] },
      defaultRegion: 'south',
    });
  });

  test('secure.yaml may be all there is, and an empty one is ignored', () => {
    expect(inHome({ [at('secure.yml')]: DEV }).cloud).toMatchObject({ interfaces: ['internal'] });
    expect(inHome({ [at('clouds.yaml')]: DEV, [at('secure.yaml')]: '' }).cloud).toMatchObject({
      interfaces: ['internal'],
    });
  });

  test('clouds-public.yaml has the profile of a cloud; the cloud’s own settings go first', () => {
    const publicClouds = `public-clouds:
  corp:
    auth: {auth_url: "https://{region_name}.corp.example:5000/v3"}
    interface: internal
    regions: [east, west]
`;
    for (const key of ['profile', 'cloud']) {
      const clouds = `clouds: {dev: {${key}: corp, auth: {username: me}, image_interface: admin}}`;
      expect(inHome({ [at('clouds.yaml')]: clouds, [at('clouds-public.yaml')]: publicClouds })).toMatchObject({
        cloud: {
          authEndpoint: { origin: 'https://east.corp.example:5000' },
          interfaces: ['admin'],
          regions: ['east', 'west'],
        },
        defaultRegion: 'east',
      });
    }
    const own = 'clouds: {dev: {profile: corp, region_name: west}}';
    expect(inHome({ [at('clouds.yaml')]: own, 'xdg/openstack/clouds-public.yml': publicClouds })).toMatchObject({
      cloud: { authEndpoint: { origin: 'https://west.corp.example:5000' }, regions: null },
      defaultRegion: 'west',
    });
  });

  test('an unknown profile is named in a warning', () => {
    const clouds = 'clouds: {dev: {profile: "https://vexxhost.com", auth: {auth_url: "https://a.example"}}}';
    expect(inHome({ [at('clouds.yaml')]: clouds }).warnings).toEqual([
      expect.stringContaining('clouds.dev.profile is "https://vexxhost.com", which is in no clouds-public.yaml'),
    ]);
    const withoutUrl = { [at('clouds.yaml')]: 'clouds: {dev: {profile: ovh}}' };
    expect(inHome(withoutUrl, { OS_AUTH_URL: 'https://a.example' }).cloud).toMatchObject({ kind: 'catalog' });
  });

  test('the first file that can be read counts, also as JSON', () => {
    const json = JSON.stringify({ clouds: { dev: { auth: { auth_url: 'https://json.example' } } } });
    expect(inHome({ 'xdg/openstack/clouds.json': json }).cloud).toMatchObject({
      authEndpoint: { origin: 'https://json.example' },
    });
    const files = { 'config/openstack/clouds.yaml/is-a-folder': '', [at('clouds.yaml')]: DEV };
    expect(inHome(files).cloud).toMatchObject({ authEndpoint: { origin: 'https://keystone.example' } });
  });
});

test.each([
  ['cert: /a.pem', 'clouds.dev.cert is not supported: no client certificate is sent'],
  ['image_service_type: image2', 'clouds.dev.image_service_type is not supported'],
  [
    'identity-endpoint-override: "http://a"',
    'clouds.dev.identity_endpoint_override is not supported: the auth URL is used',
  ],
  ['identity_api_version: 2.0', "asks for version 2 of Keystone's API"],
  ['auth_type: v2password', "asks for version 2 of Keystone's API"],
])('warns that %j, which decides where or how tokens travel, has no effect', (lines, warning) => {
  expect(loadDev(lines).warnings).toEqual([expect.stringContaining(warning)]);
});

test('warns of it where it is set for one region only', () => {
  const lines = 'regions: [a, {name: b, values: {cert: /b.pem}}, {name: c, values: {cert: /b.pem}}]';
  expect(loadDev(lines).warnings).toEqual([expect.stringContaining('clouds.dev.cert is not supported')]);
});

test('warns of nothing else', () => {
  const lines = 'identity_api_version: 3\nimage_api_version: 2\nimage_format: raw\nauth_type: v3applicationcredential';
  expect(loadDev(lines).warnings).toEqual([]);
});
