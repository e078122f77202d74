/** The floors of the house, read from the imports: who may know whom. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';

const SRC = new URL('../../src', import.meta.url).pathname;

/** Each room may import itself and these. The order is that of reading. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  upstream: [],
  keystone: ['upstream'],
  glance: ['upstream', 'keystone'],
  graphql: ['upstream', 'glance', 'keystone', 'telemetry'],
  config: ['upstream', 'keystone'],
  sandbox: ['upstream'],
  telemetry: [],
  'shared-cache': [],
  http: ['graphql', 'keystone', 'telemetry'],
};

/** Packages that a room may use beside Node's own modules. */
const MAY_USE: Readonly<Record<string, readonly string[]>> = {
  upstream: ['cockatiel', 'undici'],
  glance: ['lru-cache'],
  keystone: ['lru-cache', 'tldts'],
  config: ['yaml'],
  graphql: [
    '@apollo/server',
    '@apollo/subgraph',
    '@apollo/utils.keyvaluecache',
    'dataloader',
    'graphql',
    'graphql-scalars',
    'graphql-tag',
    'lru-cache',
    'negotiator',
  ],
  sandbox: [],
  'shared-cache': ['@redis/client'],
  telemetry: [
    '@opentelemetry/api',
    '@opentelemetry/exporter-trace-otlp-http',
    '@opentelemetry/resources',
    '@opentelemetry/sdk-trace-base',
    'pino',
    'pino-pretty',
    'prom-client',
  ],
  http: [
    '@apollo/server',
    '@fastify/cors',
    '@fastify/helmet',
    '@fastify/rate-limit',
    '@fastify/static',
    'fastify',
    'pino',
  ],
};

interface Edge {
  readonly file: string;
  readonly target: string;
}

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
const edges: Edge[] = files.flatMap((file) =>
  [
    ...readFileSync(join(SRC, file), 'utf8').matchAll(/^(?:import|export)[^'";]*?from '([^']+)'|^import '([^']+)'/gms),
  ].map((match) => ({
    file,
    target: match[1] ?? match[2] ?? '',
  })),
);
const roomOf = (file: string) => (file.includes('/') ? (file.split('/')[0] ?? '') : '');
const packageOf = (target: string) =>
  target
    .split('/')
    .slice(0, target.startsWith('@') ? 2 : 1)
    .join('/');

test('the imports were found', () => {
  expect(edges.length).toBeGreaterThan(80);
});

test('every room is on the plan', () => {
  const rooms = new Set(files.map(roomOf).filter((room) => room !== ''));
  expect([...rooms].sort()).toEqual(Object.keys(MAY_IMPORT).sort());
});

describe.each(Object.keys(MAY_IMPORT))('%s/', (room) => {
  const own = edges.filter(({ file }) => roomOf(file) === room);

  test('imports downwards only', () => {
    const targets = own
      .filter(({ target }) => target.startsWith('.'))
      .map(({ file, target }) => relative(SRC, join(SRC, dirname(file), target)));
    for (const target of targets) expect([room, ...(MAY_IMPORT[room] ?? [])]).toContain(roomOf(target));
  });

  test('uses its own packages only', () => {
    const packages = own
      .map(({ target }) => target)
      .filter((target) => !target.startsWith('.') && !target.startsWith('node:'));
    for (const name of packages) expect(MAY_USE[room]).toContain(packageOf(name));
  });

  test('reads no environment', () => {
    for (const file of files.filter((name) => roomOf(name) === room)) {
      expect(readFileSync(join(SRC, file), 'utf8')).not.toContain('process.env');
    }
  });
});
