import { test } from 'vitest';

/**
 * For tests that need real programs beside npm's: they are skipped, and say so, on a machine that lacks them, unless
 * `REQUIRE_REAL_COMPONENTS=1`, as in CI, makes what is missing a failure.
 */
export function realComponents(missing: readonly string[]): { readonly skip: boolean } {
  if (missing.length === 0) return { skip: false };
  const message = `Not on this machine: ${missing.join(', ')}. test/openstack/install.sh installs it.`;
  if (process.env.REQUIRE_REAL_COMPONENTS === '1') {
    test('the real components are there', () => {
      throw new Error(message);
    });
  } else {
    process.stderr.write(`${message}\n`);
  }
  return { skip: true };
}
