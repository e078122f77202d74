/** Makes the package once for all tests of this folder, as `npm pack` does for a release. */
import { chmodSync, cpSync, mkdtempSync, symlinkSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { npmEnvironment, ROOT, run } from './npm.ts';
import type { Packed } from './package.ts';

export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), 'glance-graphql-pack-'));
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    project.provide('packed', await pack(folder));
  } catch (error) {
    await remove();
    throw error;
  }
  return remove;
}

async function pack(folder: string): Promise<Packed> {
  const cache = join(folder, 'cache');
  // The unit of systemd runs the program as another user.
  chmodSync(folder, 0o755);
  // In a copy, since packing rebuilds the pages that the gateways of other tests serve.
  const copy = join(folder, 'checkout');
  const excluded = ['node_modules', 'examples/supergraph/node_modules', '.git', 'dist', 'web/dist'].map((name) =>
    join(ROOT, name),
  );
  cpSync(ROOT, copy, { recursive: true, filter: (path) => !excluded.includes(path) });
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  const options = ['--json', '--pack-destination', folder, '--foreground-scripts=false'];
  const { stdout } = await run('npm', ['pack', ...options], { cwd: copy, env: npmEnvironment(cache) });
  const [{ filename, files }]: [{ filename: string; files: readonly { path: string }[] }] = JSON.parse(
    stdout.slice(stdout.indexOf('[')),
  );
  return { folder, tarball: join(folder, filename), paths: files.map(({ path }) => path), cache };
}
