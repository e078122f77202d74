import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates } from 'node:tls';
import { afterAll, describe, expect, test } from 'vitest';
import { type Environment, loadConfig } from '../../src/config/config.ts';
import { problemsOf } from '../config-problems.ts';

describe('clouds.yaml', () => {
  const folder = mkdtempSync(join(tmpdir(), 'clouds-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'clouds.yaml');
  const load = (yaml: string, env: Environment = {}) => {
    writeFileSync(file, yaml);
    return loadConfig({ OS_CLOUD: 'dev', OS_CLIENT_CONFIG_FILE: file, ...env });
  };
  const problems = (yaml: string, env: Environment = {}) => {
    writeFileSync(file, yaml);
    return problemsOf({ OS_CLOUD: 'dev', OS_CLIENT_CONFIG_FILE: file, ...env });
  };
  const DEV = `clouds:
  dev:
    auth:
      auth_url: https://keystone.example/v3
      username: me
      password: hunter2
    region_name: north
    regions:
      - north
      - name: south
        values: {}
    interface: internal
    cacert: test/fixtures/localhost.pem
`;

  test('sets everything but the credentials, with one warning', () => {
    const config = load(DEV);
    expect(config).toMatchObject({
      cloud: {
        kind: 'catalog',
        authEndpoint: { origin: 'https://keystone.example', basePath: '' },
        interfaces: ['internal'],
        regions: ['north', 'south'],
        allowHttp: false,
      },
      defaultRegion: 'north',
      verify: true,
      warnings: [`The credentials in ${file} are not used: each caller sends its own token`],
    });
    expect(config.certificates).toHaveLength(getCACertificates('default').length + 1);
    expect(JSON.stringify(config)).not.toContain('hunter2');
  });

  test('is overridden by variables', () => {
    const { cloud, defaultRegion } = load(DEV, {
      OS_REGION_NAME: 'south',
      OS_INTERFACE: 'public',
      OS_AUTH_URL: 'http://other:5000',
    });
    expect(cloud).toMatchObject({ authEndpoint: { origin: 'http://other:5000' }, interfaces: ['public'] });
    expect(defaultRegion).toBe('south');
  });

  test('can disable the verification of certificates, with a warning, but not in production', () => {
    const unverified = DEV.replace('    interface', '    verify: false\n    interface');
    expect(load(unverified)).toMatchObject({
      verify: false,
      warnings: [expect.any(String), expect.stringContaining('verify: false')],
    });
    expect(problems(unverified, { NODE_ENV: 'production' })).toContain(
      'has verify: false; NODE_ENV=production rejects it',
    );
    expect(load(unverified, { OS_INSECURE: '0', NODE_ENV: 'production' }).verify).toBe(true);
  });

  test('is found where OpenStack’s clients search', () => {
    const home = join(folder, 'home');
    mkdirSync(join(home, '.config/openstack'), { recursive: true });
    writeFileSync(join(home, '.config/openstack/clouds.yaml'), DEV);
    expect(loadConfig({ OS_CLOUD: 'dev', HOME: home }).cloud).toMatchObject({ kind: 'catalog' });
  });

  test.each<[string, string, string]>([
    ['is malformed', 'clouds: [', "can't be read as YAML"],
    ['lacks that cloud', 'clouds: {prod: {}, test: {}}', 'OS_CLOUD is "dev"; expected a cloud in'],
    ['has a list for a map', 'clouds: [dev]', 'clouds is wrong; expected a map'],
    ['has a list for the cloud', 'clouds: {dev: [1]}', 'clouds.dev is wrong; expected a map'],
    ['has no auth', 'clouds: {dev: {}}', 'clouds.dev.auth.auth_url is wrong; expected the URL of Keystone'],
    ['has a list for auth', 'clouds: {dev: {auth: []}}', 'clouds.dev.auth is wrong; expected a map'],
    ['has no auth_url', 'clouds: {dev: {auth: {}}}', 'clouds.dev.auth.auth_url is wrong; expected the URL of Keystone'],
    [
      'has an auth_url that is not http',
      'clouds: {dev: {auth: {auth_url: "ftp://a"}}}',
      'auth_url is "ftp://a"; expected an http or https URL',
    ],
    [
      'has an unknown interface',
      'clouds: {dev: {auth: {auth_url: "http://a"}, interface: outer}}',
      'interface is "outer"; expected one of public, internal, admin',
    ],
    [
      'has a string for regions',
      'clouds: {dev: {auth: {auth_url: "http://a"}, regions: one}}',
      'clouds.dev.regions is wrong; expected a list of names',
    ],
    [
      'has a region with unknown keys',
      'clouds: {dev: {auth: {auth_url: "http://a"}, regions: [{name: a, verify: false}]}}',
      'clouds.dev.regions is wrong; expected a list of names, or of maps with the keys name and values',
    ],
    [
      'has an unknown interface in a list',
      'clouds: {dev: {auth: {auth_url: "http://a"}, image_interface: [internal, outer]}}',
      'clouds.dev.image_interface is "outer"; expected one of public, internal, admin, or a list of them',
    ],
    [
      'has an empty list of interfaces',
      'clouds: {dev: {auth: {auth_url: "http://a"}, interface: []}}',
      'clouds.dev.interface is "[]"; expected one of public, internal, admin, or a list of them',
    ],
    [
      'has a template of tokens in an endpoint',
      'clouds: {dev: {auth: {auth_url: "http://a"}, image_endpoint_override: "http://a/%(project_id)s"}}',
      'clouds.dev.image_endpoint_override is "http://a/%(project_id)s"; expected an http or https URL',
    ],
    [
      'has an unknown key in the template of a URL',
      'clouds: {dev: {auth: {auth_url: "http://{nowhere}"}}}',
      'clouds.dev.auth.auth_url is "http://{nowhere}"; expected an http or https URL',
    ],
    [
      'needs no Keystone, but has no endpoint',
      'clouds: {dev: {auth_type: none}}',
      'clouds.dev.auth.endpoint is wrong; expected the URL of Glance',
    ],
    [
      'has a profile that is nowhere',
      'clouds: {dev: {profile: ovh}}',
      'expected the URL of Keystone, which no clouds-public.yaml gives for the profile "ovh"',
    ],
    [
      'has a string for verify',
      'clouds: {dev: {auth: {auth_url: "http://a"}, verify: "no"}}',
      'clouds.dev.verify is wrong; expected true or false',
    ],
    [
      'names a CA file that does not exist',
      'clouds: {dev: {auth: {auth_url: "http://a"}, cacert: /no/where}}',
      'cacert is "/no/where"; expected the path',
    ],
  ])('is reported when it %s', (_title, yaml, problem) => {
    expect(problems(yaml)).toContain(problem);
  });

  test('is reported without the password when it is not YAML', () => {
    const invalid = problems('clouds:\n  dev:\n    auth:\n      password: *hunter2\n');
    expect(invalid).toContain("can't be read as YAML");
    expect(invalid).not.toContain('hunter2');
    expect(problems('clouds: [')).toMatch(/can't be read as YAML \(line \d+, column \d+\)/);
  });

  test('is reported when it is missing', () => {
    expect(problemsOf({ OS_CLOUD: 'dev', OS_CLIENT_CONFIG_FILE: '/no/clouds.yaml' })).toContain(
      'OS_CLIENT_CONFIG_FILE is "/no/clouds.yaml"; expected the path',
    );
    expect(problemsOf({ OS_CLOUD: 'dev', HOME: '/no' })).toContain(
      'OS_CLOUD needs a clouds.yaml in one of ., /no/.config/openstack, /etc/xdg/openstack, /etc/openstack',
    );
    expect(problems(DEV, { OS_CLIENT_SECURE_FILE: '/no/secure' })).toContain(
      'OS_CLIENT_SECURE_FILE is "/no/secure"; expected the path of a readable file',
    );
  });
});
