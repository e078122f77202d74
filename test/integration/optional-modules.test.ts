/** What is not switched on is not loaded: it would take memory and time at the start. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { startProgram } from '../program.ts';

const SRC = new URL('../../src/', import.meta.url);
const folder = mkdtempSync(join(tmpdir(), 'glance-graphql-modules-'));
afterAll(() => rmSync(folder, { recursive: true }));
const manifest = join(folder, 'manifest.json');
writeFileSync(manifest, '{"a": "{__typename}"}');

/** Nothing listens there. */
const NOWHERE = 'http://127.0.0.1:9';

/** Switches on everything that is optional, but lines for people, which need a terminal. */
const EVERYTHING = {
  CACHE_URL: 'redis://127.0.0.1:9',
  HTTP_PROXY: NOWHERE,
  MCP: '1',
  OTEL_EXPORTER_OTLP_ENDPOINT: NOWHERE,
  PERSISTED_DOCUMENTS: manifest,
};

const MODULES = [
  'cache/redis',
  'config/watch-file',
  'graphql/persisted-documents',
  'http/routes/mcp',
  'mcp/server',
  'openstack/proxy',
  'telemetry/metrics-push',
  'telemetry/tracing',
  'trusted-documents',
].map((name) => new URL(`${name}.ts`, SRC).href);

/** prom-client loads `@opentelemetry/api`. */
const PACKAGES = [
  '@modelcontextprotocol/server',
  '@opentelemetry/core',
  '@opentelemetry/exporter-metrics-otlp-http',
  '@opentelemetry/exporter-trace-otlp-http',
  '@opentelemetry/resources',
  '@opentelemetry/sdk-metrics',
  '@opentelemetry/sdk-trace',
  '@redis/client',
].map((name) => `/node_modules/${name}/`);

/** For lines for people. */
const PRETTY = '/node_modules/pino-pretty/';

/** Makes Node print the URL of each module that it loads. */
const PRINT_LOADED = `import { registerHooks } from 'node:module';
  registerHooks({ load(url, context, next) { console.error('LOADED ' + url); return next(url, context); } });`;
const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(PRINT_LOADED)}`;

async function loadedWith(env: Readonly<Record<string, string>>): Promise<readonly string[]> {
  await using program = await startProgram({ GLANCE_URL: NOWHERE, NODE_OPTIONS, ...env });
  return [...program.banner.matchAll(/^LOADED (\S+)/gm)].map(([, url = '']) => url);
}

/** The modules of `src` that are imported by a call, such as `import('./mcp/server.ts')`. */
function importedByCall(): readonly string[] {
  const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  return files.flatMap((file) =>
    [...readFileSync(new URL(file, SRC), 'utf8').matchAll(/\bimport\('(\.[^']+)'\)/g)].map(
      ([, target = '']) => new URL(target, new URL(file, SRC)).href,
    ),
  );
}

test('the list of optional modules is complete', () => {
  expect(importedByCall().length).toBeGreaterThan(5);
  expect(MODULES).toEqual(expect.arrayContaining([...importedByCall()]));
});

test('loads the optional modules of the features that are on, and no others', async () => {
  const [without, everything] = await Promise.all([loadedWith({ NO_PROXY: '*' }), loadedWith(EVERYTHING)]);
  const within = (urls: readonly string[]) => (name: string) => urls.some((url) => url.includes(name));
  expect(without).toContain(new URL('gateway.ts', SRC).href);
  expect([...MODULES, ...PACKAGES, PRETTY].filter(within(without))).toEqual([]);
  expect([...MODULES, ...PACKAGES].filter((name) => !within(everything)(name))).toEqual([]);
});
