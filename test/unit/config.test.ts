import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import { afterAll, describe, expect, test } from 'vitest';
import { envExample, readmeTable } from '../../scripts/document-variables.ts';
import { describeVariables } from '../../src/config/variables.ts';
import { type Environment, loadConfig } from '../../src/config.ts';

const problemsOf = (env: Environment) => {
  try {
    loadConfig(env);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return '';
};

test('nothing set is a sandbox on loopback', () => {
  expect(loadConfig({})).toMatchObject({
    cloud: { kind: 'sandbox' },
    defaultRegion: null,
    certificates: null,
    verify: true,
    host: '127.0.0.1',
    port: 4000,
    logLevel: 'info',
    corsOrigins: null,
    connectTimeoutMs: 2000,
    callTimeoutMs: 10000,
    shutdownTimeoutMs: 15000,
    warnings: [],
  });
});

test('0 is 0, and what is loaded can not be changed', () => {
  const config = loadConfig({ PORT: '0' });
  expect(config.port).toBe(0);
  expect(Object.isFrozen(config)).toBe(true);
});

describe('a wrong value is named, with what is accepted', () => {
  test.each([
    ['GLANCE_URL', 'ftp://host/', 'an http or https URL'],
    ['GLANCE_URL', 'glance.example:9292', 'an http or https URL'],
    ['GLANCE_URL', 'https://host/?project=a', 'without credentials, query or fragment'],
    ['GLANCE_URL', '', 'an http or https URL'],
    ['PORT', '12abc', 'a whole number from 0 to 65535'],
    ['PORT', '65536', 'a whole number from 0 to 65535'],
    ['PORT', '', 'a whole number from 0 to 65535'],
    ['PORT', 'NaN', 'a whole number from 0 to 65535'],
    ['HOST', 'two words', 'an IP address or a host name'],
    ['LOG_LEVEL', 'loud', 'one of fatal, error, warn, info, debug, trace, silent'],
    ['CORS_ORIGINS', '*', 'origins such as https://portal.example'],
    ['CORS_ORIGINS', 'https://portal.example/path', 'origins such as'],
    ['OS_CACERT', '/nowhere/ca.pem', 'the path of a readable file with certificates in PEM'],
    ['OS_CACERT', 'package.json', 'certificates in PEM'],
    ['OS_REGION_NAME', 'a\nb', 'without control characters'],
    ['UPSTREAM_TIMEOUT_MS', '0', 'a whole number from 1 to 600000'],
    ['SANDBOX', 'yes', '1 or 0'],
    ['OS_INTERFACE', 'publicURL', 'one of public, internal, admin'],
    ['OS_AUTH_URL', 'keystone:5000', 'an http or https URL'],
    ['GLANCE_ENDPOINTS', 'RegionOne=http://one', 'a JSON object such as'],
    ['GLANCE_ENDPOINTS', '{}', 'a JSON object such as'],
    ['GLANCE_ENDPOINTS', '[]', 'a JSON object such as'],
    ['GLANCE_ENDPOINTS', '{"RegionOne": "ftp://one"}', 'a JSON object such as'],
    ['GLANCE_ENDPOINTS', '{"": "http://one"}', 'a JSON object such as'],
  ])('%s=%s', (name, value, accepted) => {
    const problems = problemsOf({ [name]: value });
    expect(problems).toContain(`${name} is "${value}"`);
    expect(problems).toContain(accepted);
  });

  test('all of them at once', () => {
    const problems = problemsOf({ PORT: 'x', LOG_LEVEL: 'y', HOST: '' });
    expect(problems.split('\n')).toHaveLength(4);
  });

  test('without the password that a URL may hold', () => {
    const problems = problemsOf({ GLANCE_URL: 'https://admin:hunter2@cloud.example/image' });
    expect(problems).toContain('GLANCE_URL is "https://***@cloud.example/image"');
    expect(problems).not.toContain('hunter2');
  });
});

test('production refuses the sandbox unless it is asked for', () => {
  expect(problemsOf({ NODE_ENV: 'production' })).toContain(
    'One of GLANCE_URL, GLANCE_ENDPOINTS, OS_AUTH_URL, OS_CLOUD is missing',
  );
  expect(problemsOf({ NODE_ENV: 'production', SANDBOX: '1' })).toBe('');
  expect(problemsOf({ NODE_ENV: 'production', GLANCE_URL: 'https://cloud/image' })).toBe('');
});

test('origins are a list', () => {
  const { corsOrigins } = loadConfig({ CORS_ORIGINS: 'https://a.example, http://localhost:5173' });
  expect(corsOrigins).toEqual(['https://a.example', 'http://localhost:5173']);
});

test('a CA bundle joins the usual certificates', () => {
  const { certificates } = loadConfig({ OS_CACERT: 'test/fixtures/localhost.pem' });
  expect(certificates).toHaveLength(rootCertificates.length + 1);
});

describe('the cloud is', () => {
  test('one region by GLANCE_URL, called as configured', () => {
    const endpoint = { origin: 'https://cloud', basePath: '/image', url: 'https://cloud/image' };
    const regions = (env: Environment) => loadConfig({ GLANCE_URL: 'https://cloud/image/v2', ...env }).cloud;
    expect(regions({})).toEqual({ kind: 'endpoints', endpoints: new Map([['RegionOne', endpoint]]) });
    expect(regions({ OS_REGION_NAME: 'north' })).toEqual({
      kind: 'endpoints',
      endpoints: new Map([['north', endpoint]]),
    });
  });

  test('several by GLANCE_ENDPOINTS, whatever their names', () => {
    const { cloud } = loadConfig({
      GLANCE_ENDPOINTS: '{"Région Nord 1": "http://one:9292", "two": "http://two/image/"}',
    });
    expect(cloud).toEqual({
      kind: 'endpoints',
      endpoints: new Map([
        ['Région Nord 1', { origin: 'http://one:9292', basePath: '', url: 'http://one:9292' }],
        ['two', { origin: 'http://two', basePath: '/image', url: 'http://two/image' }],
      ]),
    });
  });

  test.each([
    ['https://keystone.example/identity', 'https://keystone.example', '/identity', false],
    ['http://keystone.example:5000/v3', 'http://keystone.example:5000', '', true],
  ])('found in the catalog by OS_AUTH_URL=%s', (url, origin, basePath, allowHttp) => {
    expect(loadConfig({ OS_AUTH_URL: url, OS_INTERFACE: 'internal' }).cloud).toEqual({
      kind: 'catalog',
      authEndpoint: { origin, basePath, url: origin + basePath },
      interface: 'internal',
      regions: null,
      allowHttp,
      endpointHosts: null,
    });
  });
});

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

  test('gives all but the credentials, and says so once', () => {
    const config = load(DEV);
    expect(config).toMatchObject({
      cloud: {
        kind: 'catalog',
        authEndpoint: { origin: 'https://keystone.example', basePath: '' },
        interface: 'internal',
        regions: ['north', 'south'],
        allowHttp: false,
      },
      defaultRegion: 'north',
      verify: true,
      warnings: [`The credentials in ${file} are not used: each caller brings a token of its own`],
    });
    expect(config.certificates).toHaveLength(rootCertificates.length + 1);
    expect(JSON.stringify(config)).not.toContain('hunter2');
  });

  test('is overridden by variables', () => {
    const { cloud, defaultRegion } = load(DEV, {
      OS_REGION_NAME: 'south',
      OS_INTERFACE: 'public',
      OS_AUTH_URL: 'http://other:5000',
    });
    expect(cloud).toMatchObject({ authEndpoint: { origin: 'http://other:5000' }, interface: 'public' });
    expect(defaultRegion).toBe('south');
  });

  test('may leave certificates unverified, with a warning, but not in production', () => {
    const unverified = DEV.replace('    interface', '    verify: false\n    interface');
    expect(load(unverified)).toMatchObject({
      verify: false,
      warnings: [expect.any(String), expect.stringContaining('verify: false')],
    });
    expect(problems(unverified, { NODE_ENV: 'production' })).toContain(
      'verify is false; accepted with NODE_ENV=production is true alone',
    );
  });

  test('is found where OpenStack’s clients look', () => {
    const home = join(folder, 'home');
    mkdirSync(join(home, '.config/openstack'), { recursive: true });
    writeFileSync(join(home, '.config/openstack/clouds.yaml'), DEV);
    expect(loadConfig({ OS_CLOUD: 'dev', HOME: home }).cloud).toMatchObject({ kind: 'catalog' });
  });

  test.each<[string, string, string]>([
    ['is malformed', 'clouds: [', "can't be read as YAML"],
    ['lacks that cloud', 'clouds: {prod: {}, test: {}}', 'OS_CLOUD is "dev"; accepted is a cloud of'],
    ['has a list for a map', 'clouds: [dev]', 'clouds is wrong; accepted is a map'],
    ['has a list for the cloud', 'clouds: {dev: [1]}', 'clouds.dev is wrong; accepted is a map'],
    ['has no auth', 'clouds: {dev: {}}', 'clouds.dev.auth is wrong; accepted is a map'],
    [
      'has no auth_url',
      'clouds: {dev: {auth: {}}}',
      'clouds.dev.auth.auth_url is wrong; accepted is the URL of Keystone',
    ],
    [
      'has an auth_url of another kind',
      'clouds: {dev: {auth: {auth_url: "ftp://a"}}}',
      'auth_url is "ftp://a"; accepted is an http or https URL',
    ],
    [
      'has an unknown interface',
      'clouds: {dev: {auth: {auth_url: "http://a"}, interface: outer}}',
      'interface is "outer"; accepted is one of public, internal, admin',
    ],
    [
      'has a region list that is none',
      'clouds: {dev: {auth: {auth_url: "http://a"}, regions: one}}',
      'clouds.dev.regions is wrong; accepted is a list of region names',
    ],
    [
      'has a text for verify',
      'clouds: {dev: {auth: {auth_url: "http://a"}, verify: "no"}}',
      'clouds.dev.verify is wrong; accepted is true or false',
    ],
    [
      'names a CA file that is not there',
      'clouds: {dev: {auth: {auth_url: "http://a"}, cacert: /no/where}}',
      'cacert is "/no/where"; accepted is the path',
    ],
  ])('that %s is told', (_title, yaml, problem) => {
    expect(problems(yaml)).toContain(problem);
  });

  test('that is missing is told', () => {
    expect(problemsOf({ OS_CLOUD: 'dev', OS_CLIENT_CONFIG_FILE: '/no/clouds.yaml' })).toContain(
      'OS_CLIENT_CONFIG_FILE is "/no/clouds.yaml"; accepted is',
    );
    expect(problemsOf({ OS_CLOUD: 'dev', HOME: '/no' })).toContain(
      'OS_CLOUD needs a clouds.yaml in one of ., /no/.config/openstack, /etc/openstack',
    );
  });
});

test('README and .env.example say what the declaration says', () => {
  const text = (name: string) => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');
  expect(text('README.md')).toContain(readmeTable());
  expect(text('.env.example')).toBe(envExample());
  expect(describeVariables().length).toBeGreaterThan(10);
});
