/** What `npm pack` makes: only what a user needs, and `npx` of it starts the server. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';

const run = promisify(execFile);
const ROOT = new URL('../..', import.meta.url).pathname;
const folder = mkdtempSync(join(tmpdir(), 'glance-graphql-pack-'));

/** Without what npm and Vitest told this process: npm would go by it to the folder that the tests are run from. */
const ENV = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => name !== 'NODE_ENV' && !/^(npm_|VITEST|INIT_CWD)/.test(name)),
);

interface Packed {
  readonly filename: string;
  readonly files: readonly { readonly path: string }[];
}

let packed: Packed;
beforeAll(async () => {
  // In a copy: packing builds the pages anew, which the gateways of other tests are reading.
  const copy = join(folder, 'checkout');
  const left = ['node_modules', 'examples', '.git', 'dist', 'web/dist'].map((name) => join(ROOT, name));
  cpSync(ROOT, copy, { recursive: true, filter: (path) => !left.includes(path) });
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder, '--foreground-scripts=false'], {
    cwd: copy,
    env: ENV,
  });
  packed = JSON.parse(stdout.slice(stdout.indexOf('[')))[0];
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('the package holds the compiled program, the schema and the pages, and nothing else', () => {
  const paths = packed.files.map(({ path }) => path);
  expect(paths).toEqual(
    expect.arrayContaining([
      'package.json',
      'README.md',
      'LICENSE',
      'dist/main.js',
      'dist/gateway.d.ts',
      'schema/info.graphql',
      'web/dist/graphiql/index.html',
    ]),
  );
  const others = paths.filter(
    (path) =>
      !/^(dist\/[\w/-]+\.(js|d\.ts)|schema\/[\w-]+\.graphql|web\/dist\/.+|package\.json|README\.md|LICENSE)$/.test(
        path,
      ),
  );
  expect(others).toEqual([]);
});

test('npx of it starts the server, which answers', { timeout: 180_000 }, async () => {
  const child = spawn(
    'npx',
    ['--yes', '--prefer-offline', '--package', join(folder, packed.filename), 'glance-graphql'],
    {
      cwd: folder,
      detached: true,
      env: { ...ENV, PORT: '0', npm_config_cache: join(folder, 'cache') },
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  const ended = once(child, 'exit');
  try {
    let url: string | undefined;
    while (url === undefined) {
      if (child.exitCode !== null) throw new Error(errors);
      await new Promise((resolve) => setTimeout(resolve, 100));
      url = /listens at (\S+)/.exec(errors)?.[1];
    }
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json', 'X-Auth-Token': 'sandbox-admin' },
      body: '{"query":"{info{importMethods{value}}}"}',
    });
    expect(await response.json()).toMatchObject({ data: { info: { importMethods: { value: expect.any(Array) } } } });
    expect((await fetch(`${url}/graphiql`)).status).toBe(200);
  } finally {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGTERM');
    await ended;
  }
});
