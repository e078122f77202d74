/** The layers of `src`, read from its imports: each folder imports itself and those below it, and no file is part of a cycle. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { describe, expect, test } from 'vitest';

const SRC = new URL('../../src', import.meta.url).pathname;

/** From the lowest to the highest. `''` is `src` itself. */
const LAYERS: readonly { readonly folder: string; readonly mayImport: readonly string[]; readonly mayUse: RegExp }[] = [
  { folder: 'openstack', mayImport: [], mayUse: /^(undici|tldts)$/ },
  { folder: 'cache', mayImport: ['openstack'], mayUse: /^@redis\/client$/ },
  {
    folder: 'telemetry',
    mayImport: ['openstack', 'cache'],
    mayUse: /^(@opentelemetry\/.*|pino|pino-pretty|prom-client)$/,
  },
  {
    folder: 'graphql',
    mayImport: ['openstack', 'cache', 'telemetry'],
    mayUse: /^(@apollo\/.*|dataloader|graphql|graphql-scalars|graphql-tag|lru-cache|negotiator)$/,
  },
  { folder: 'mcp', mayImport: ['graphql'], mayUse: /^(@modelcontextprotocol\/server|graphql)$/ },
  {
    folder: 'http',
    mayImport: ['openstack', 'graphql', 'mcp', 'telemetry'],
    mayUse: /^(@apollo\/server|@fastify\/.*|fastify|lru-cache|negotiator|pino)$/,
  },
  { folder: 'config', mayImport: ['openstack', 'telemetry'], mayUse: /^yaml$/ },
  { folder: 'sandbox', mayImport: ['openstack'], mayUse: /^$/ },
  {
    folder: '',
    mayImport: ['openstack', 'cache', 'telemetry', 'graphql', 'mcp', 'http', 'config', 'sandbox', 'cli'],
    mayUse: /^(fastify|pino)$/,
  },
  { folder: 'cli', mayImport: ['', 'openstack', 'cache', 'config'], mayUse: /^$/ },
];

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((name) => /\.[jt]s$/.test(name));
const importsOf = new Map(
  files.map((file) => [
    file,
    [
      ...readFileSync(join(SRC, file), 'utf8').matchAll(
        /^(?:import|export)[^'";]*?from '([^']+)'|^import '([^']+)'|import\('([^']+)'\)/gms,
      ),
    ].map((match) => match[1] ?? match[2] ?? match[3] ?? ''),
  ]),
);
const folderOf = (file: string) => (file.includes('/') ? (file.split('/')[0] ?? '') : '');
const packageOf = (target: string) =>
  target
    .split('/')
    .slice(0, target.startsWith('@') ? 2 : 1)
    .join('/');
const isOwn = (target: string) => target.startsWith('.') && target.endsWith('.ts');
const resolved = (file: string, target: string) => relative(SRC, join(SRC, dirname(file), target));

test('finds the imports', () => {
  expect([...importsOf.values()].flat().length).toBeGreaterThan(80);
});

test('knows every folder', () => {
  expect([...new Set(files.map(folderOf))].sort()).toEqual(LAYERS.map(({ folder }) => folder).sort());
});

test('has no cycle of imports', () => {
  const done = new Set<string>();
  function visit(file: string, path: readonly string[]): void {
    expect(path, 'a cycle').not.toContain(file);
    if (done.has(file)) return;
    for (const target of importsOf.get(file) ?? []) if (isOwn(target)) visit(resolved(file, target), [...path, file]);
    done.add(file);
  }
  for (const file of files) visit(file, []);
});

describe.each(LAYERS)('src/$folder', ({ folder, mayImport, mayUse }) => {
  const own = files.filter((file) => folderOf(file) === folder);

  test('imports downwards only', () => {
    for (const file of own) {
      for (const target of (importsOf.get(file) ?? []).filter(isOwn)) {
        expect([folder, ...mayImport], `${file} imports ${target}`).toContain(folderOf(resolved(file, target)));
      }
    }
  });

  test('uses its own packages only', () => {
    for (const file of own) {
      for (const target of importsOf.get(file) ?? []) {
        if (target.startsWith('.') || target.startsWith('node:')) continue;
        expect(packageOf(target), `${file} imports ${target}`).toMatch(mayUse);
      }
    }
  });
});

test('only program.ts reads the environment', () => {
  for (const file of files) {
    if (file !== 'program.ts') expect(readFileSync(join(SRC, file), 'utf8'), file).not.toContain('process.env');
  }
});

/** How Glance and Keystone spell things: for the decoders alone, and the sandbox, which plays them. */
const UPSTREAM_SPELLINGS =
  /import-methods|read-only|image_(size|stage|count)|data_dir|chunk_size|large_object|expires_at|region_id/;

test('has no upstream spelling above the decoders', () => {
  for (const file of files) {
    if (/^(openstack\/(glance|keystone)|sandbox|graphql\/generated)\//.test(file)) continue;
    const code = readFileSync(join(SRC, file), 'utf8').replace(/^import .*$/gm, '');
    expect(code, file).not.toMatch(UPSTREAM_SPELLINGS);
  }
});
