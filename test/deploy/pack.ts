/** Makes the package, as `npm pack` does for a release. */
import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

export const run = promisify(execFile);
export const ROOT = new URL('../..', import.meta.url).pathname;

export interface Packed {
  /** A folder for the test, outside of the checkout. */
  readonly folder: string;
  /** The path of the package in it. */
  readonly tarball: string;
  readonly paths: readonly string[];
  /** Without the variables of npm and Vitest, which would make npm use the folder that the tests run in. */
  readonly env: NodeJS.ProcessEnv;
  remove(): void;
}

export async function packProject(): Promise<Packed> {
  const folder = mkdtempSync(join(tmpdir(), 'glance-graphql-pack-'));
  const env = {
    ...Object.fromEntries(
      Object.entries(process.env).filter(([name]) => name !== 'NODE_ENV' && !/^(npm_|VITEST|INIT_CWD)/.test(name)),
    ),
    npm_config_cache: join(folder, 'cache'),
  };
  // In a copy, since packing rebuilds the pages that the gateways of other tests serve.
  const copy = join(folder, 'checkout');
  const excluded = ['node_modules', 'examples/supergraph/node_modules', '.git', 'dist', 'web/dist'].map((name) =>
    join(ROOT, name),
  );
  cpSync(ROOT, copy, { recursive: true, filter: (path) => !excluded.includes(path) });
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  const options = ['--json', '--pack-destination', folder, '--foreground-scripts=false'];
  const { stdout } = await run('npm', ['pack', ...options], { cwd: copy, env });
  const [{ filename, files }]: [{ filename: string; files: readonly { path: string }[] }] = JSON.parse(
    stdout.slice(stdout.indexOf('[')),
  );
  return {
    folder,
    tarball: join(folder, filename),
    paths: files.map(({ path }) => path),
    env,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
