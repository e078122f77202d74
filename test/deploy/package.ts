/** The package that `setup.ts` made, and a folder to use it in. */
import { chmodSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { inject } from 'vitest';
import { npmEnvironment } from './npm.ts';

export interface Packed {
  /** A folder outside of the checkout, which is removed after all tests. */
  readonly folder: string;
  /** The path of the package in it. */
  readonly tarball: string;
  readonly paths: readonly string[];
  /** npm's cache in it, empty at first. All tests use it, so that npm fetches each dependency once. */
  readonly cache: string;
}

declare module 'vitest' {
  interface ProvidedContext {
    packed: Packed;
  }
}

/** Each call makes a folder of its own, which other users can read. */
export function preparePackage(): Packed & { readonly env: NodeJS.ProcessEnv } {
  const packed = inject('packed');
  const folder = mkdtempSync(join(packed.folder, 'test-'));
  chmodSync(folder, 0o755);
  return { ...packed, folder, env: npmEnvironment(packed.cache) };
}
