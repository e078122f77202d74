/** The package that `npm pack` creates contains what a user needs: `npx` starts the server from it, and programs embed it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { expect, test } from 'vitest';
import { ROOT, run } from './npm.ts';
import { preparePackage } from './package.ts';

const packed = preparePackage();

test('the package contains the compiled program, the schema, the pages and the documents, and nothing else', () => {
  const { paths } = packed;
  expect(paths).toEqual(
    expect.arrayContaining([
      'package.json',
      'README.md',
      'LICENSE',
      'dist/main.js',
      'dist/gateway.d.ts',
      'schema/info.graphql',
      'schema.graphql',
      'web/dist/graphiql.html',
      'docs/pictures/overview-light.png',
      'deploy/systemd/glance-graphql.service',
    ]),
  );
  const unexpected = paths.filter(
    (path) =>
      !/^(dist\/[\w/-]+\.(js|d\.ts)|schema\/[\w-]+\.graphql|schema\.graphql|web\/dist\/.+|docs\/.+|deploy\/.+|examples\/.+|bench\/RESULTS\.md|\.env\.example|package\.json|[A-Z]+\.md|LICENSE)$/.test(
        path,
      ),
  );
  expect(unexpected).toEqual([]);
});

test('the documents in the package link to files of the package', async () => {
  const unpacked = join(packed.folder, 'unpacked');
  mkdirSync(unpacked);
  await run('tar', ['-xzf', packed.tarball, '-C', unpacked]);
  const documents = packed.paths.filter((path) => path.endsWith('.md'));
  expect(documents).toEqual(expect.arrayContaining(['README.md', 'docs/operations.md', 'CONTRIBUTING.md']));
  const missing = documents.flatMap((path) => {
    const text = readFileSync(join(unpacked, 'package', path), 'utf8');
    return [...text.matchAll(/\]\(([^)\s#]+)[^)]*\)/g)]
      .map(([, link = '']) => link)
      .filter((link) => !/^https?:/.test(link) && !existsSync(join(unpacked, 'package', dirname(path), link)))
      .map((link) => `${path}: ${link}`);
  });
  expect(missing).toEqual([]);
});

test('npx starts the server from the package, and it serves queries and tools', { timeout: 180_000 }, async () => {
  const child = spawn('npx', ['--yes', '--prefer-offline', '--package', packed.tarball, 'glance-graphql'], {
    cwd: packed.folder,
    detached: true,
    env: { ...packed.env, PORT: '0', MCP: '1' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
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
    const client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode: 'auto' } });
    const requestInit = { headers: { 'X-Auth-Token': 'sandbox-admin' } };
    await client.connect(new StreamableHTTPClientTransport(new URL(`${url}/mcp`), { requestInit }));
    const { tools } = await client.listTools();
    expect(tools).toHaveLength(5);
    for (const { name } of tools) expect(await client.callTool({ name })).not.toHaveProperty('isError');
    await client.close();
  } finally {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGTERM');
    await ended;
  }
});

/** A program of another project. It ends when nothing keeps its process running. */
const EMBEDDER = `
import { createGateway, createLogger, type Gateway, loadConfig } from 'glance-graphql';

const config = loadConfig({ PORT: '0' });
const gateway: Gateway = await createGateway(config, createLogger('silent'));
const url = await gateway.app.listen({ host: config.host, port: config.port });
const response = await fetch(url + '/graphql', {
  method: 'POST',
  headers: { 'Content-Type': 'application/json', 'X-Auth-Token': 'sandbox-admin' },
  body: JSON.stringify({ query: '{ info { stores { id } } }' }),
});
const body: unknown = await response.json();
const { status } = response;
await gateway.close();
const isClosed = await fetch(url + '/healthz').then(() => false, () => true);
console.log(JSON.stringify({ status, body, isClosed }));
`;

test('a program embeds the gateway with the exports of the package', { timeout: 180_000 }, async () => {
  const project = join(packed.folder, 'embedder');
  mkdirSync(project);
  writeFileSync(join(project, 'package.json'), '{"type": "module"}');
  writeFileSync(join(project, 'embedder.ts'), EMBEDDER);
  const inProject = { cwd: project, env: packed.env };
  await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', packed.tarball], inProject);
  const types = ['--typeRoots', join(ROOT, 'node_modules/@types'), '--types', 'node'];
  const options = ['--strict', '--target', 'ES2024', '--module', 'NodeNext', ...types];
  await run(join(ROOT, 'node_modules/.bin/tsc'), [...options, 'embedder.ts'], inProject);
  const { stdout } = await run(process.execPath, ['embedder.js'], { ...inProject, timeout: 30_000 });
  expect(JSON.parse(stdout)).toEqual({
    status: 200,
    body: { data: { info: { stores: expect.arrayContaining([{ id: 'ceph' }]) } } },
    isClosed: true,
  });
});
