import { readFileSync } from 'node:fs';
import { rootCertificates } from 'node:tls';
import { describe, expect, test } from 'vitest';
import { envExample, readmeTable } from '../../scripts/document-variables.ts';
import { describeVariables, type Environment, loadConfig } from '../../src/config.ts';

const problemsOf = (env: Environment) => {
  try {
    loadConfig(env);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  return '';
};

test('nothing set is a sandbox on loopback', () => {
  expect(loadConfig({})).toEqual({
    glanceEndpoint: null,
    defaultRegion: 'RegionOne',
    certificates: null,
    host: '127.0.0.1',
    port: 4000,
    logLevel: 'info',
    corsOrigins: null,
    connectTimeoutMs: 2000,
    callTimeoutMs: 10000,
    shutdownTimeoutMs: 15000,
    sandboxAllowed: false,
    nodeEnv: 'development',
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
  expect(problemsOf({ NODE_ENV: 'production' })).toContain('GLANCE_URL is missing');
  expect(problemsOf({ NODE_ENV: 'production', SANDBOX: '1' })).toBe('');
  expect(problemsOf({ NODE_ENV: 'production', GLANCE_URL: 'https://cloud/image' })).toBe('');
});

test('origins are a list', () => {
  const { corsOrigins } = loadConfig({ CORS_ORIGINS: 'https://a.example, http://localhost:5173' });
  expect(corsOrigins).toEqual(['https://a.example', 'http://localhost:5173']);
});

test('a CA bundle joins the usual certificates', () => {
  const { certificates } = loadConfig({ OS_CACERT: 'test/fixtures/ca.pem' });
  expect(certificates).toHaveLength(rootCertificates.length + 1);
});

test('README and .env.example say what the declaration says', () => {
  const text = (name: string) => readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8');
  expect(text('README.md')).toContain(readmeTable());
  expect(text('.env.example')).toBe(envExample());
  expect(describeVariables().length).toBeGreaterThan(10);
});
