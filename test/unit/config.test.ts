import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getCACertificates } from 'node:tls';
import { afterAll, describe, expect, test } from 'vitest';
import { envExample, variablesTable } from '../../scripts/document-variables.ts';
import { type Environment, loadConfig } from '../../src/config/config.ts';
import { describeVariables } from '../../src/config/variables.ts';
import { problemsOf } from '../config-problems.ts';

test('defaults to a sandbox on loopback', () => {
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
    fastPath: true,
    persistedDocuments: null,
    ttlMs: { versions: 30000, importMethods: 30000, stores: 30000, storesDetail: 30000, usage: 5000 },
    catalogTtlMs: 300000,
    staleIfErrorMs: 0,
    warnings: [],
  });
});

test('accepts 0 and returns a frozen object', () => {
  const config = loadConfig({ PORT: '0' });
  expect(config.port).toBe(0);
  expect(Object.isFrozen(config)).toBe(true);
});

describe('reports an invalid value and the expected one', () => {
  test.each([
    ['GLANCE_URL', 'ftp://host/', 'an http or https URL'],
    ['GLANCE_URL', 'glance.example:9292', 'an http or https URL'],
    ['GLANCE_URL', 'https://host/#a', 'without credentials, query or fragment'],
    ['GLANCE_URL', '', 'an http or https URL'],
    ['PORT', '12abc', 'a whole number from 0 to 65535'],
    ['PORT', '65536', 'a whole number from 0 to 65535'],
    ['PORT', '', 'a whole number from 0 to 65535'],
    ['PORT', 'NaN', 'a whole number from 0 to 65535'],
    ['OTEL_RESOURCE_ATTRIBUTES', 'production', 'pairs such as key=value'],
    ['OTEL_RESOURCE_ATTRIBUTES', 'a=b,,c=d', 'pairs such as key=value'],
    ['OTEL_RESOURCE_ATTRIBUTES', 'a=%zz', 'percent-encoded'],
    ['OTEL_TRACES_SAMPLER', 'sometimes', 'one of always_on, always_off, traceidratio'],
    ['OTEL_TRACES_SAMPLER_ARG', '10', 'a number from 0 to 1'],
    ['OTEL_TRACES_SAMPLER_ARG', '', 'a number from 0 to 1'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'localhost:4318', 'an http or https URL'],
    ['METRICS_PORT', 'metrics', 'a whole number from 0 to 65535'],
    ['HOST', 'two words', 'an IP address or a host name'],
    ['LOG_LEVEL', 'loud', 'one of fatal, error, warn, info, debug, trace, silent'],
    ['CORS_ORIGINS', '*', 'origins such as https://portal.example'],
    ['CORS_ORIGINS', 'https://portal.example/path', 'origins such as'],
    ['OS_CACERT', '/nowhere/ca.pem', 'the path of a readable file with certificates in PEM'],
    ['OS_CACERT', 'package.json', 'certificates in PEM'],
    ['OS_REGION_NAME', 'a\nb', 'without control characters'],
    ['UPSTREAM_TIMEOUT_MS', '0', 'a whole number from 1 to 600000'],
    ['SANDBOX', 'yes', '1 or 0'],
    ['OS_INTERFACE', 'PublicURL', 'one of public, internal, admin'],
    ['OS_ENDPOINT_TYPE', 'URL', 'one of public, internal, admin'],
    ['OS_INSECURE', 'maybe', 'true or false, 1 or 0'],
    ['HTTPS_PROXY', 'socks5://proxy.example', 'an http or https URL such as http://user:password@proxy.example:3128'],
    ['HTTP_PROXY', 'http://proxy.example/path', 'an http or https URL'],
    ['HTTP_PROXY', 'proxy.example:port', 'an http or https URL'],
    ['NO_PROXY', '10.0.0.0/33', '* for all, or hosts, domains and networks'],
    ['OS_IMAGE_ENDPOINT_OVERRIDE', 'glance:9292', 'an http or https URL'],
    ['OS_AUTH_URL', 'keystone:5000', 'an http or https URL'],
    ['GLANCE_ENDPOINTS', 'RegionOne=http://one', 'a JSON object such as'],
    ['GLANCE_ENDPOINTS', '{}', 'a JSON object such as'],
    ['GLANCE_ENDPOINTS', '[]', 'a JSON object such as'],
    ['GLANCE_ENDPOINTS', '{"RegionOne": "ftp://one"}', 'a JSON object such as'],
    ['GLANCE_ENDPOINTS', '{"": "http://one"}', 'a JSON object such as'],
  ])('%s=%s', (name, value, expected) => {
    const problems = problemsOf({ [name]: value });
    expect(problems).toContain(`${name} is "${value}"`);
    expect(problems).toContain(expected);
  });

  test('for all variables at once', () => {
    const problems = problemsOf({ PORT: 'x', LOG_LEVEL: 'y', HOST: '' });
    expect(problems.split('\n')).toHaveLength(4);
  });

  test('without the password in a URL', () => {
    const problems = problemsOf({ GLANCE_URL: 'https://admin:hunter2@cloud.example/image' });
    expect(problems).toContain('GLANCE_URL is "https://***@cloud.example/image"');
    expect(problems).not.toContain('hunter2');
  });
});

describe('never prints a secret', () => {
  test.each([
    ['CACHE_URL', 'redis://:hunter2/b@host'],
    ['CACHE_URL', 'redis://:hunter2@host:6379/zero'],
    ['OS_TOKEN', 'hunter2 hunter2'],
  ])('of %s=%s', (name, value) => {
    const problems = problemsOf({ [name]: value });
    expect(problems).toContain(`${name} is "***"`);
    expect(problems).not.toContain('hunter2');
  });

  test.each([
    ['OS_AUTH_URL', 'https://me:hunter2/x@y@keystone.example', 'https://***@keystone.example'],
    ['OS_AUTH_URL', 'me:hunter2@keystone.example', '***@keystone.example'],
    ['OS_AUTH_URL', 'https://keystone.example/?key=hunter2&a=b', 'https://keystone.example/?***'],
    ['GLANCE_URL', 'https://me:hunter2@host/?key=hunter2', 'https://***@host/?***'],
    ['OS_AUTH_URL', `https://me:${'hunter2'.repeat(50)}@keystone.example`, 'https://***@keystone.example'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'http://me:hunter2@collector:4318', 'http://***@collector:4318'],
    ['HTTPS_PROXY', 'http://me:hunter2/%@proxy.example:3128', 'http://***@proxy.example:3128'],
    ['HTTP_PROXY', 'http://me:hunter2%@proxy.example:3128', 'http://***@proxy.example:3128'],
    ['GLANCE_ENDPOINTS', '{"one": "http://me:hunter2@a", "two": "http://me:hunter2@b"}', '{"one": "http://***@b"}'],
  ])('of %s=%s', (name, value, shown) => {
    const problems = problemsOf({ [name]: value });
    expect(problems).toContain(`${name} is "${shown}"`);
    expect(problems).not.toContain('hunter2');
  });
});

describe('CACHE_URL_FILE', () => {
  const folder = mkdtempSync(join(tmpdir(), 'cache-url-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'secret');
  const write = (text: string) => {
    writeFileSync(file, text);
    return { CACHE_URL_FILE: file };
  };

  test('names a file that contains the URL', () => {
    expect(loadConfig(write('redis://:hunter2@host:6379/1\n')).sharedCacheUrl).toBe('redis://:hunter2@host:6379/1');
    expect(loadConfig({ ...write('valkeys://host'), CACHE_URL_FILE: '~/secret', HOME: folder }).sharedCacheUrl).toBe(
      'rediss://host',
    );
  });

  test.each(['redis://:hunter2/b@host', 'hunter2', ''])('is reported without its content when that is %j', (text) => {
    const problems = problemsOf(write(text));
    expect(problems).toContain(`CACHE_URL_FILE is "${file}"; expected the path of a readable file that contains a URL`);
    expect(problems).not.toContain('hunter2');
  });

  test('is reported when there is no such file, or beside CACHE_URL', () => {
    expect(problemsOf({ CACHE_URL_FILE: '/no/where' })).toContain('CACHE_URL_FILE is "/no/where"');
    const both = { ...write('redis://:hunter2@host'), CACHE_URL: 'redis://:hunter3@host' };
    expect(problemsOf(both)).toContain('CACHE_URL and CACHE_URL_FILE are both set; expected one of them');
    expect(problemsOf(both)).not.toContain('hunter');
  });
});

test('rejects the sandbox in production unless it is allowed', () => {
  expect(problemsOf({ NODE_ENV: 'production' })).toContain(
    'One of GLANCE_URL, GLANCE_ENDPOINTS, OS_AUTH_URL, OS_CLOUD is missing',
  );
  expect(problemsOf({ NODE_ENV: 'production', SANDBOX: '1' })).toBe('');
  expect(problemsOf({ NODE_ENV: 'production', GLANCE_URL: 'https://cloud/image' })).toBe('');
});

test('parses a list of origins', () => {
  const { corsOrigins } = loadConfig({ CORS_ORIGINS: 'https://a.example, http://localhost:5173' });
  expect(corsOrigins).toEqual(['https://a.example', 'http://localhost:5173']);
});

describe('OS_CACERT', () => {
  test('adds a CA bundle to the certificates that the process trusts', () => {
    const { certificates } = loadConfig({ OS_CACERT: 'test/fixtures/localhost.pem' });
    expect(certificates).toHaveLength(getCACertificates('default').length + 1);
  });

  test('may begin with ~, the home directory', () => {
    const inHome = (HOME: string) => loadConfig({ HOME, OS_CACERT: '~/fixtures/localhost.pem' }).certificates;
    expect(inHome('test')).not.toBeNull();
    expect(problemsOf({ HOME: 'src', OS_CACERT: '~/fixtures/localhost.pem' })).toContain('OS_CACERT is "~/fixtures');
    expect(problemsOf({ OS_CACERT: '~/fixtures/localhost.pem' })).toContain('OS_CACERT is "~/fixtures');
  });
});

describe('proxies', () => {
  test('are for http and https upstreams, and have a scheme by default', () => {
    expect(loadConfig({ HTTPS_PROXY: 'proxy.example:3128' }).proxies).toEqual({
      http: null,
      https: 'http://proxy.example:3128',
      exclude: '',
    });
    expect(loadConfig({ NO_PROXY: '*' }).proxies).toBeNull();
  });

  test('may be set in lower case, be empty, and are overridden in upper case', () => {
    const lower = { http_proxy: 'http://a', https_proxy: 'http://b', no_proxy: 'c' };
    expect(loadConfig(lower).proxies).toEqual({ http: 'http://a', https: 'http://b', exclude: 'c' });
    expect(loadConfig({ ...lower, HTTP_PROXY: '', HTTPS_PROXY: 'http://d' }).proxies).toEqual({
      http: null,
      https: 'http://d',
      exclude: 'c',
    });
    expect(loadConfig({ HTTP_PROXY: '', HTTPS_PROXY: '', NO_PROXY: '' }).proxies).toBeNull();
  });
});

describe('the cloud has', () => {
  test('one region with GLANCE_URL, named as configured', () => {
    const endpoint = { origin: 'https://cloud', basePath: '/image', url: 'https://cloud/image' };
    const regions = (env: Environment) => loadConfig({ GLANCE_URL: 'https://cloud/image/v2', ...env }).cloud;
    expect(regions({})).toEqual({ kind: 'endpoints', endpoints: new Map([['RegionOne', endpoint]]) });
    expect(regions({ OS_REGION_NAME: 'north' })).toEqual({
      kind: 'endpoints',
      endpoints: new Map([['north', endpoint]]),
    });
  });

  test('several regions with GLANCE_ENDPOINTS, with any names', () => {
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
  ])('the regions of the catalog with OS_AUTH_URL=%s', (url, origin, basePath, allowHttp) => {
    expect(loadConfig({ OS_AUTH_URL: url, OS_INTERFACE: 'internal' }).cloud).toEqual({
      kind: 'catalog',
      authEndpoint: { origin, basePath, url: origin + basePath },
      interfaces: ['internal'],
      regions: null,
      overrides: new Map(),
      allowHttp,
      endpointHosts: null,
    });
  });
});

describe('an openrc file', () => {
  const cloudOf = (env: Environment) => loadConfig({ OS_AUTH_URL: 'https://keystone.example', ...env }).cloud;

  test.each<[Environment, string]>([
    [{ OS_INTERFACE: 'internalURL' }, 'internal'],
    [{ OS_ENDPOINT_TYPE: 'adminURL' }, 'admin'],
    [{ OS_ENDPOINT_TYPE: 'publicURL', OS_INTERFACE: 'internal' }, 'internal'],
  ])('selects the interface by %o', (env, found) => {
    expect(cloudOf(env)).toMatchObject({ interfaces: [found] });
  });

  test('can override the Image endpoint of its region, with or without its name', () => {
    const endpoint = { origin: 'http://glance', basePath: '/image', url: 'http://glance/image' };
    const env = { OS_IMAGE_ENDPOINT_OVERRIDE: 'http://glance/image/v2' };
    expect(cloudOf(env)).toMatchObject({
      kind: 'catalog',
      regions: ['RegionOne'],
      overrides: new Map([['RegionOne', endpoint]]),
    });
    expect(cloudOf({ ...env, OS_REGION_NAME: 'north' })).toMatchObject({ regions: ['north'] });
    expect(problemsOf(env)).toContain('OS_IMAGE_ENDPOINT_OVERRIDE needs OS_AUTH_URL or OS_CLOUD');
  });

  test.each(['1', 'true', 'True', 'yes'])('can disable the verification of certificates by OS_INSECURE=%s', (value) => {
    const { verify, warnings } = loadConfig({ OS_INSECURE: value });
    expect(verify).toBe(false);
    expect(warnings).toEqual([expect.stringContaining('OS_INSECURE is 1: certificates are not checked')]);
    expect(problemsOf({ OS_INSECURE: value, NODE_ENV: 'production', SANDBOX: '1' })).toContain('OS_INSECURE is 1');
    expect(loadConfig({ OS_INSECURE: 'False' })).toMatchObject({ verify: true, warnings: [] });
  });

  test('is warned of settings that would send tokens another way', () => {
    expect(loadConfig({ OS_CERT: '/a.pem', OS_IMAGE_URL: 'http://a', OS_KEY: '', OS_USERNAME: 'me' }).warnings).toEqual(
      [
        'OS_CERT is not supported: no client certificate is sent',
        'OS_IMAGE_URL is not supported: OS_IMAGE_ENDPOINT_OVERRIDE is used',
      ],
    );
    expect(loadConfig({ OS_IDENTITY_API_VERSION: '2.0' }).warnings).toEqual([
      "OS_IDENTITY_API_VERSION or OS_AUTH_TYPE asks for version 2 of Keystone's API, which is not supported: version 3 is used",
    ]);
    expect(loadConfig({ OS_IDENTITY_API_VERSION: '3', OS_AUTH_TYPE: 'v3password' }).warnings).toEqual([]);
  });
});

test('docs/configuration.md and .env.example match the declarations', () => {
  const text = (name: string) => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');
  expect(text('docs/configuration.md')).toContain(variablesTable());
  expect(text('.env.example')).toBe(envExample());
  expect(describeVariables().length).toBeGreaterThan(10);
});

describe('telemetry', () => {
  const telemetry = (env: Environment) => loadConfig(env).telemetry;

  test('is off by default', () => {
    expect(telemetry({})).toMatchObject({ tracesUrl: null, metricsUrl: null, headers: {} });
  });

  test('goes below the common endpoint, except for signals with an endpoint of their own', () => {
    expect(
      telemetry({
        OTEL_EXPORTER_OTLP_ENDPOINT: 'http://a:4318/',
        OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://b/traces',
      }),
    ).toMatchObject({ tracesUrl: 'http://b/traces', metricsUrl: 'http://a:4318/v1/metrics' });
  });

  test('does not disclose invalid headers', () => {
    const message = problemsOf({ OTEL_EXPORTER_OTLP_HEADERS: 'x-api-key a-secret' });
    expect(message).toContain('OTEL_EXPORTER_OTLP_HEADERS is "***"; expected pairs such as key=value');
  });
});

test('METRICS_PORT differs from PORT', () => {
  expect(problemsOf({ METRICS_PORT: '4000' })).toContain(
    'METRICS_PORT is 4000, as PORT is; expected another port, or 0',
  );
  expect(problemsOf({ METRICS_PORT: '0', PORT: '0' })).toBe('');
});
